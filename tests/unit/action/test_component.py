"""The task as the framework sees it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.camera.tasks.action.component import component
from edge_aibench.scenarios.camera.tasks.action.evaluation import repeated_frame
from edge_aibench.scenarios.camera.tasks.action.task import ACTION
from edge_aibench.tasks.component import Component
from edge_aibench.tasks.payload import parse_encoding


def test_the_entry_gives_the_component() -> None:
    assert ACTION.component is not None
    action = ACTION.component()
    assert isinstance(action, Component)
    assert action.task is ACTION
    assert action.presets.keys() == ACTION.parameters.keys()


def test_neither_listing_nor_describing_loads_a_heavy_package() -> None:
    program = (
        "import sys\n"
        "from edge_aibench.scenarios.camera.tasks.action.task import ACTION\n"
        "print(ACTION.component().preset('lite').parameters)\n"
        "print(*sorted({'torch', 'cv2', 'scipy', 'onnxruntime'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["527714", ""]


@pytest.mark.parametrize("preset", ["reference", "lite", "lite-ucf101"])
def test_the_network_has_the_presets_inputs_and_outputs(preset: str) -> None:
    action = component()
    (clips,) = action.presets[preset].inputs
    (logits,) = action.presets[preset].outputs
    rows = action.processing(preset).preprocess(np.zeros((17, 12, 16, 3), dtype=np.uint8))
    assert rows[0].shape == (2, *clips.shape)
    assert rows[0].dtype == clips.dtype
    with torch.inference_mode():
        output = action.build(preset, 0)(torch.from_numpy(rows[0]))
    assert output.shape == (2, *logits.shape)


def test_from_a_file_to_its_description(generated: Path) -> None:
    action = component()
    assert action.read is not None
    raw = action.read(generated / "UCF-101/TaiChi/v_TaiChi_g01_c01.avi")
    processing = action.processing("lite")
    (clips,) = processing.preprocess(raw)
    with torch.inference_mode():
        logits = action.build("lite", 0)(torch.from_numpy(clips)).numpy()
    described = processing.describe(processing.postprocess((logits,), raw))
    assert described["clips"] == -(-len(raw) // 16)
    with pytest.raises(ConfigError, match=r"classInd\.txt: must be a video"):
        action.read(generated / "ucfTrainTestlist/classInd.txt")


def test_controls_and_judge_on_generated_videos(generated: Path) -> None:
    """One video a class: a constant answer names one of ten right."""
    action = component()
    train = action.data.open(generated, split="train")
    test = action.data.open(generated, split="test")
    quality = action.controls(train, test)
    assert quality["commonest_class"] == {"top1": 0.1, "mean_class_top1": 0.1}
    assert all(0 <= metrics["top1"] <= 1 for metrics in quality.values())
    # A split is its own nearest neighbour.
    assert action.controls(test, test)["mean_frame_nearest_neighbour"]["top1"] == 1.0


def test_a_repeated_frame_is_one_clip(generated: Path) -> None:
    action = component()
    still = repeated_frame(action.data.open(generated, split="test"))
    (clips,) = action.processing("lite").preprocess(still[0].raw)
    assert clips.shape == (1, 3, 16, 56, 56)
    assert (clips == clips[:, :, :1]).all()
    assert (clips.std(axis=(3, 4)) > 0).all()


def test_encodings_are_known() -> None:
    assert [parse_encoding(name).name for name in component().encodings] == [
        "raw",
        "jpeg",
        "float32",
        "base64-float64",
    ]
