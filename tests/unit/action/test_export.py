"""The exported network answers as the native one does."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from edge_aibench.scenarios.camera.tasks.action.component import component
from edge_aibench.tasks.component import Component


def test_onnx_runtime_equals_pytorch_on_videos(generated: Path) -> None:
    """To 1e-4, over rows of several videos, more than it was exported with."""
    action = component()
    assert isinstance(action, Component)
    network = action.build("lite", 3)
    processing = action.processing("lite")
    videos = action.data.open(generated, split="test")
    clips = np.concatenate([processing.preprocess(videos[place].raw)[0] for place in range(3)])
    with torch.inference_mode():
        native = network(torch.from_numpy(clips)).numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's exporter meets deprecations of its own
        program = torch.onnx.export(
            network,
            (torch.zeros(2, 3, 16, 56, 56),),
            dynamo=True,
            dynamic_shapes=({0: torch.export.Dim("rows", min=1)},),
            verbose=False,
        )
    assert program is not None
    session = onnxruntime.InferenceSession(program.model_proto.SerializeToString())
    (name,) = (entry.name for entry in session.get_inputs())
    (exported,) = session.run(None, {name: clips})
    assert len(clips) > 2
    assert exported.shape == native.shape == (len(clips), 10)
    assert np.abs(native).max() > 0.1
    np.testing.assert_allclose(exported, native, atol=1e-4)
    (alone,) = session.run(None, {name: clips[:1]})
    np.testing.assert_allclose(alone, native[:1], atol=1e-4)
