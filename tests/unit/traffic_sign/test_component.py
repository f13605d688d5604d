from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from edge_aibench.scenarios.vehicle.tasks.traffic_sign.component import component
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.task import TRAFFIC_SIGN
from edge_aibench.tasks.component import Component


def test_the_task_leads_to_its_component() -> None:
    assert TRAFFIC_SIGN.component is not None
    found = TRAFFIC_SIGN.component()
    assert isinstance(found, Component)
    assert found.task is TRAFFIC_SIGN
    assert set(found.presets) == set(TRAFFIC_SIGN.parameters)
    assert found.headline in TRAFFIC_SIGN.metrics


def test_listing_and_preparing_load_no_framework() -> None:
    program = (
        "import sys\n"
        "from edge_aibench.scenarios.vehicle.tasks.traffic_sign.task import TRAFFIC_SIGN\n"
        "heavy = {'tensorflow', 'keras', 'torch', 'cv2', 'scipy', 'pandas'}\n"
        "assert not heavy & sys.modules.keys()\n"
        "TRAFFIC_SIGN.component().processing('lite')\n"
        "sys.exit(', '.join(heavy & sys.modules.keys()) or None)\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr


def test_a_sample_goes_all_the_way(signs_root: Path) -> None:
    parts = component()
    split = parts.data.open(signs_root, split="test")
    processing = parts.processing("lite")
    network = parts.build("lite", 0)
    pairs = []
    for index in range(3):
        sample = split[index]
        outputs = tuple(
            np.array(output) for output in (network(*processing.preprocess(sample.raw)),)
        )
        pairs.append((sample, processing.postprocess(outputs, sample.raw)))
    quality = parts.judge(split, pairs)
    right = sum(answer.class_id == sample.label for sample, answer in pairs)
    assert quality[parts.headline] == right / 3
