"""Quality of action recognition, and that of trivial methods beside it.

The data set's own measure is the share of test videos whose class is named right, top-1; the
mean over classes of that share is given too, as UCF101's classes differ in size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.scenarios.camera.tasks.action.clips import crop_centre, resize
from edge_aibench.scenarios.camera.tasks.action.presets import CLIP_FRAMES
from edge_aibench.tasks.sample import Sample

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from edge_aibench.scenarios.camera.tasks.action.processing import Recognition
    from edge_aibench.tasks.component import Metrics
    from edge_aibench.tasks.sample import Samples

    Videos = Samples[NDArray[np.uint8], str]
    Pairs = Sequence[tuple[Sample[NDArray[np.uint8], str], Recognition]]

HEADLINE: Final = "top1"

_CONTROL_SIDE = 16


def judge(samples: Videos, pairs: Pairs) -> Metrics:  # noqa: ARG001  # the Judge's arguments
    """Give `top1` and `mean_class_top1` of the answered videos.

    Raises ConfigError if there are none, or for a video of a class that the network has no
    output for.
    """
    for sample, answer in pairs:
        check_class(sample.label, answer.classes, where=sample.name)
    return measure([sample.label for sample, _ in pairs], [answer.label for _, answer in pairs])


def check_class(label: str, classes: Collection[str], *, where: str) -> None:
    """Raise ConfigError, citing *where*, unless *label* is one of the network's *classes*."""
    if label not in classes:
        raise unknown_name("class among the network's outputs", label, classes, where=where)


def measure(labels: Sequence[str], named: Sequence[str]) -> Metrics:
    """Give both measures from the right and the named classes of equally many videos."""
    if not labels:
        raise ConfigError(
            "there must be at least one video that could be read",
            where="quality of task action",
            next_step="check the data set's folder",
        )
    right = np.array([label == name for label, name in zip(labels, named, strict=True)])
    classes, members = np.unique(np.asarray(labels), return_inverse=True)
    by_class = np.bincount(members, weights=right, minlength=len(classes)) / np.bincount(members)
    return {"top1": float(right.mean()), "mean_class_top1": float(by_class.mean())}


def controls(train: Videos, test: Videos) -> Mapping[str, Metrics]:
    """Measure what needs no training: the commonest class, and three nearest neighbours.

    The neighbours are found among the training videos by one frame, by the mean of all frames
    (in which what moves is blurred), and by the mean difference of neighbouring frames, which
    shows where things move but neither how fast nor which way.
    """
    train_labels, known = _summaries(train)
    test_labels, asked = _summaries(test)
    names, counts = np.unique(np.asarray(train_labels), return_counts=True)
    commonest = str(names[counts.argmax()])
    result: dict[str, Metrics] = {
        "commonest_class": measure(test_labels, [commonest] * len(test_labels))
    }
    for method in _SUMMARIES:
        nearest = _nearest(known[method], asked[method])
        result[method] = measure(test_labels, [train_labels[place] for place in nearest])
    return result


@dataclass(frozen=True)
class RepeatedFrame:
    """`Samples` in which nothing moves: each video is its middle frame, 16 times.

    What a trained network reaches on them is what it reads from single frames alone.
    """

    samples: Videos

    def __len__(self) -> int:
        """How many videos there are."""
        return len(self.samples)

    def __getitem__(self, index: int, /) -> Sample[NDArray[np.uint8], str]:
        """Read one; raises ConfigError if it is damaged."""
        sample = self.samples[index]
        frame = sample.raw[len(sample.raw) // 2]
        still = np.broadcast_to(frame, (CLIP_FRAMES, *frame.shape))
        return Sample(name=sample.name, raw=still, label=sample.label)


def repeated_frame(samples: Videos) -> RepeatedFrame:
    """Give *samples* with one frame in place of each video."""
    return RepeatedFrame(samples)


def _one_frame(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(frames[len(frames) // 2])


def _mean_frame(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(frames.mean(axis=0))


def _mean_difference(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    if len(frames) == 1:
        return np.zeros_like(frames[0])
    return np.asarray(np.abs(np.diff(frames, axis=0)).mean(axis=0))


_SUMMARIES: Final[dict[str, Callable[[NDArray[np.float32]], NDArray[np.float32]]]] = {
    "one_frame_nearest_neighbour": _one_frame,
    "mean_frame_nearest_neighbour": _mean_frame,
    "mean_difference_nearest_neighbour": _mean_difference,
}


def _summaries(videos: Videos) -> tuple[list[str], dict[str, NDArray[np.float32]]]:
    """Labels, and for each method (videos, 16 x 16 x 3); damaged videos are passed over."""
    labels: list[str] = []
    summaries: dict[str, list[NDArray[Any]]] = {method: [] for method in _SUMMARIES}
    for index in range(len(videos)):
        try:
            sample = videos[index]
        except ConfigError:
            continue
        small = resize(crop_centre(sample.raw), height=_CONTROL_SIDE, width=_CONTROL_SIDE)
        frames = small.astype(np.float32)
        labels.append(sample.label)
        for method, summarise in _SUMMARIES.items():
            summaries[method].append(summarise(frames).ravel())
    if not labels:
        raise ConfigError(
            "there must be at least one video that can be read",
            where="controls of task action",
            next_step="check the data set's folder",
        )
    return labels, {method: np.stack(rows) for method, rows in summaries.items()}


def _nearest(known: NDArray[np.float32], asked: NDArray[np.float32]) -> NDArray[np.intp]:
    """For each asked row the nearest known one, by Euclidean distance, the first of equals."""
    squares = (known**2).sum(axis=1) - 2 * asked @ known.T
    return np.asarray(squares.argmin(axis=1))
