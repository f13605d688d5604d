"""The parts of the speech task put together."""

from __future__ import annotations

from typing import Final

from edge_aibench.scenarios.home.tasks.speech.alphabet import CLASSES
from edge_aibench.scenarios.home.tasks.speech.data.layout import LibriSpeech
from edge_aibench.scenarios.home.tasks.speech.evaluation import controls, judge
from edge_aibench.scenarios.home.tasks.speech.learner import SpeechLearner
from edge_aibench.scenarios.home.tasks.speech.networks import build
from edge_aibench.scenarios.home.tasks.speech.processing import SpeechProcessing
from edge_aibench.scenarios.home.tasks.speech.shapes import SHAPES, shape_of
from edge_aibench.scenarios.home.tasks.speech.sound import read_recording
from edge_aibench.scenarios.home.tasks.speech.task import SPEECH
from edge_aibench.tasks.component import Component, Preset, TensorSpec

FLOPS_OF_10_S: Final = {
    "reference": 41_982_967_634,
    "edge-aibench": 51_817_880_384,
    "lite": 776_084_464,
}
"""The floating point operations of 10 s of sound, 1000 frames, counted by TensorFlow's profiler.

The profiler does not look into loops: the work of a recurrent layer's step, counted alone, is added
for each frame that the layer reads.
"""


def component() -> Component:
    """Give the component of the task `speech`."""
    return Component(
        task=SPEECH,
        framework="keras",
        presets={name: _preset(name) for name in SHAPES},
        data=LibriSpeech(),
        processing=lambda preset: SpeechProcessing(bins=shape_of(preset).bins),
        build=build,
        learner=SpeechLearner,
        judge=judge,
        controls=controls,
        read=read_recording,
        headline="wer",
        lower_is_better=True,
        encodings=("raw", "flac", "float32", "base64-float64"),
    )


def _preset(name: str) -> Preset:
    return Preset(
        parameters=SPEECH.parameters[name],
        flops=None,
        flops_note=f"{FLOPS_OF_10_S[name]:,} for 10 s of sound (1000 frames), 2 a multiply-add",
        inputs=(TensorSpec(name="features", shape=(None, shape_of(name).bins)),),
        outputs=(TensorSpec(name="logits", shape=(None, CLASSES)),),
    )
