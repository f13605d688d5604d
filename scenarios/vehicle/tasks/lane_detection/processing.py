"""On the device: image to network input, network output to lane lines in the image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.vehicle.tasks.lane_detection.clustering import MeanShift
from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import ABSENT, Lanes, answer_rows
from edge_aibench.scenarios.vehicle.tasks.lane_detection.perspective import (
    Curve,
    Perspective,
    fit_robustly,
    fixed_perspective,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from edge_aibench.tasks.component import Rows

    Image = NDArray[np.uint8]

CurveFit = Literal["perspective", "polynomial"]
PerspectiveOf = Callable[[Any], Perspective]
"""From a raw image to the perspective in which its lines are fitted, as H-Net gives it."""

_SMALLEST_SIDE: Final = 16

_STRAY: Final = 0.01
"""A row whose pixels are this share of the width off its curve counts a quarter."""


def _always_fixed(_raw: Any) -> Perspective:
    return fixed_perspective()


@dataclass(frozen=True, kw_only=True)
class LaneProcessing:
    """The `Processing` of lane detection for networks of input *size* (height, width).

    A pixel is lane line if its logit is the higher one by *margin*: at 0 the class weights of
    the training would make every line some pixels too wide; at 2.5 what they add is taken off
    again. Lane pixels are clustered in the embedding by *radius*, see `MeanShift`. At *most*
    lines are answered; those of less than a share *smallest* of the pixels or *shortest* of the
    height are none. The defaults are those that did best on generated validation frames.

    Of each cluster the mean column of each row is fitted by a polynomial: with *curve_fit*
    `perspective` from above, through *perspective* (a fixed one unless an H-Net is given), with
    `polynomial` in the image. It is a cubic from above, as H-Net's, and a parabola in the image,
    where a cubic follows noise outside the rows it was fitted to; *degree* overrides that.
    Answers are `Lanes` at `answer_rows`, from the top of the cluster down to where the line
    leaves the image.
    """

    size: tuple[int, int]
    margin: float = 2.0
    radius: float = 1.5
    most: int = 5
    smallest: float = 0.0012
    shortest: float = 0.06
    curve_fit: CurveFit = "perspective"
    degree: int | None = None
    perspective: PerspectiveOf = _always_fixed

    def preprocess(self, raw: Any, /) -> Rows:
        """See `Processing.preprocess`: float32 (1, 3, height, width) from -1 to 1."""
        return (normalise(shrink(checked_image(raw), self.size)[np.newaxis]),)

    def postprocess(self, outputs: Rows, raw: Any, /) -> Lanes:
        """See `Processing.postprocess`; *outputs* are logits (1, 2, h, w) and embeddings
        (1, d, h, w).
        """
        logits, embedding = outputs[0][0], outputs[1][0]
        image_rows, image_columns = raw.shape[:2]
        rows = answer_rows(image_rows)
        y = (rows + 0.5) / image_rows
        lines = []
        for curve, top in self._curves(logits, embedding, raw):
            x = curve.x(y) * image_columns - 0.5
            inside = (y >= top) & (x >= 0) & (x <= image_columns - 1)
            if inside.any():
                lines.append(np.where(inside, x, ABSENT))
        columns = np.array(lines).reshape(len(lines), len(rows))
        return Lanes(rows=rows, columns=columns)

    def describe(self, answer: Any, /) -> Mapping[str, Any]:
        """See `Processing.describe`: lines and rows in whole pixels, as TuSimple writes them."""
        return {
            "lanes": np.rint(answer.columns).astype(int).tolist(),
            "h_samples": answer.rows.astype(int).tolist(),
        }

    def _curves(
        self, logits: NDArray[np.float32], embedding: NDArray[np.float32], raw: Any
    ) -> list[tuple[Curve, float]]:
        """The curve of each cluster, and where it begins as a share of the height."""
        rows, columns = np.nonzero(logits[1] - logits[0] > self.margin)
        fewest = round(self.smallest * logits[0].size)
        clusters = MeanShift(radius=self.radius, fewest=fewest, most=self.most)
        labels = clusters.labels(embedding[:, rows, columns].T)
        from_above = self.curve_fit == "perspective"
        perspective = self.perspective(raw) if from_above else None
        degree = self.degree if self.degree is not None else 2 + from_above
        height, width = logits.shape[1:]
        curves = []
        for line in range(int(labels.max(initial=-1)) + 1):
            of_line = labels == line
            counts = np.bincount(rows[of_line], minlength=height)
            sums = np.bincount(rows[of_line], columns[of_line], minlength=height)
            crossed = np.flatnonzero(counts)
            if crossed[-1] - crossed[0] < self.shortest * height:
                continue
            curve = fit_robustly(
                (sums[crossed] / counts[crossed] + 0.5) / width,
                (crossed + 0.5) / height,
                degree=degree,
                perspective=perspective,
                scale=_STRAY,
            )
            curves.append((curve, float(crossed[0] + 0.5) / height))
        return curves


def checked_image(raw: Any) -> Image:
    """Give *raw* if it is an image; raises ConfigError otherwise."""
    array = np.asarray(raw)
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3:
        raise ConfigError(
            "must be an image, uint8 (height, width, 3) in RGB",
            where="lane-detection",
            key="raw",
            value=(array.dtype.name, array.shape),
        )
    if min(array.shape[:2]) < _SMALLEST_SIDE:
        raise ConfigError(
            f"must be an image of at least {_SMALLEST_SIDE} pixels a side",
            where="lane-detection",
            key="raw",
            value=array.shape,
        )
    return array


def shrink(image: Image, size: tuple[int, int]) -> Image:
    """Resize an image to *size* (height, width), averaging what falls into one pixel."""
    import cv2

    height, width = size
    resized: Any = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(resized, dtype=np.uint8)


def normalise(images: NDArray[Any]) -> NDArray[np.float32]:
    """From (n, height, width, 3), 0 to 255, to float32 (n, 3, height, width), -1 to 1."""
    scaled = np.moveaxis(images, 3, 1).astype(np.float32) * np.float32(1 / 127.5)
    return np.ascontiguousarray(scaled - np.float32(1))
