from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

from edge_aibench.scenarios.camera.tasks.person_reid.component import component
from edge_aibench.scenarios.camera.tasks.person_reid.task import PERSON_REID
from edge_aibench.tasks.component import LearnerRequest
from edge_aibench.tasks.payload import parse_encoding
from edge_aibench.tasks.sample import read_samples


def test_listing_the_task_loads_nothing_heavy() -> None:
    heavy = ("torch", "cv2", "numpy", "scipy")
    code = (
        "import sys; import edge_aibench.scenarios.camera.tasks.person_reid.task; "
        f"sys.exit(any(name in sys.modules for name in {heavy}))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_glue_loads_no_framework() -> None:
    code = (
        "import sys; import edge_aibench.scenarios.camera.tasks.person_reid.component as c; "
        "c.component(); sys.exit(any(name in sys.modules for name in ('torch', 'cv2')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_entry_gives_this_component() -> None:
    made = PERSON_REID.component() if PERSON_REID.component else None
    assert type(made) is type(component())
    assert set(component().presets) == set(PERSON_REID.parameters)
    assert component().headline in PERSON_REID.metrics
    for encoding in component().encodings:
        parse_encoding(encoding)


def test_samples_go_all_the_way_to_the_metrics(generated: Path) -> None:
    parts = component()
    samples = parts.data.open(generated, split="test")
    processing, network = parts.processing("lite"), parts.build("lite", 0)
    pairs = []
    for sample in read_samples(samples, range(0, len(samples), 2)).samples:
        with torch.inference_mode():
            outputs = network(*(torch.from_numpy(r) for r in processing.preprocess(sample.raw)))
        answer = processing.postprocess(tuple(o.numpy() for o in outputs), sample.raw)
        assert abs(np.linalg.norm(answer) - 2**0.5) < 1e-5  # two parts of length 1
        pairs.append((sample, answer))
    metrics = parts.judge(samples, pairs)
    assert set(metrics) == set(PERSON_REID.metrics)
    assert all(0 <= value <= 1 for value in metrics.values())


def test_the_learner_is_made_for_the_request(generated: Path) -> None:
    parts = component()
    learner = parts.learner(
        LearnerRequest(
            preset="lite",
            seed=0,
            epochs=2,
            device="cpu",
            train=parts.data.open(generated, split="train"),
            val=parts.data.open(generated, split="val"),
        )
    )
    assert learner.epochs == 2
