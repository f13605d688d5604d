"""What happens to a video before the network, and to its clips' scores after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.scenarios.camera.tasks.action.clips import (
    check_video,
    clip_frames,
    crop_centre,
    normalise,
    resize,
)
from edge_aibench.scenarios.camera.tasks.action.presets import NetworkShape, network_shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from edge_aibench.tasks.component import Rows

_NAMED_IN_DESCRIPTION: Final = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class Recognition:
    """The answer for a video: *scores*, float64 (classes,) summing to 1, in *classes*' order.

    *clips* is over how many clips they are the mean.
    """

    classes: tuple[str, ...]
    scores: NDArray[np.float64]
    clips: int

    @property
    def label(self) -> str:
        """The class of the highest score, the first of equal ones."""
        return self.classes[int(self.scores.argmax())]


@dataclass(frozen=True, kw_only=True)
class ActionProcessing:
    """The `Processing` of a network of *shape*."""

    shape: NetworkShape

    def preprocess(self, raw: Any, /) -> Rows:
        """Cut a video into clips, each a row, float32 (clips, 3, 16, side, side).

        The middle square of every frame is scaled to *side* pixels: the published test scales
        the shorter side and then crops, which is the same up to the rounding of the crop.
        Raises ConfigError unless *raw* is uint8 (frames, height, width, 3).
        """
        video = check_video(raw)
        side = self.shape.side
        frames = resize(crop_centre(video), height=side, width=side)
        return (normalise(frames[clip_frames(len(frames))]),)

    def postprocess(self, outputs: Rows, raw: Any, /) -> Recognition:  # noqa: ARG002  # protocol
        """Average the clips' softmax scores, logits (clips, classes), over the video."""
        logits = outputs[0].astype(np.float64)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        scores = powers / powers.sum(axis=1, keepdims=True)
        return Recognition(
            classes=self.shape.classes, scores=scores.mean(axis=0), clips=len(logits)
        )

    def describe(self, answer: Recognition, /) -> Mapping[str, Any]:
        """Name the class, and the five highest scores."""
        best = np.argsort(-answer.scores, kind="stable")[:_NAMED_IN_DESCRIPTION]
        return {
            "action": answer.label,
            "scores": {answer.classes[place]: float(answer.scores[place]) for place in best},
            "clips": answer.clips,
        }


def processing(preset: str) -> ActionProcessing:
    """Make the processing of a preset; raises ConfigError for an unknown one."""
    return ActionProcessing(shape=network_shape(preset))
