"""The task's entry in the list."""

from __future__ import annotations

from typing import Final

from edge_aibench.tasks.task import REFERENCE, Task
from edge_aibench.tasks.weights import packaged_weights


def _component() -> object:
    """Give the component; imported here because listing tasks must stay cheap."""
    from edge_aibench.scenarios.home.tasks.speech.component import component

    return component()


SPEECH: Final = Task(
    name="speech",
    title="Speech recognition: what was said to the home",
    network="DeepSpeech2: 2 convolutions, 5 bidirectional GRUs of 800, CTC",
    framework="TensorFlow/Keras",
    dataset="LibriSpeech (generated commands to a home by default)",
    parameters={REFERENCE: 62_699_133, "edge-aibench": 41_187_968, "lite": 720_588},
    metrics=("wer", "cer", "sentence_error_rate"),
    component=_component,
    weights_root=lambda: packaged_weights("home"),
)
