"""Finding regions of a frame that look like traffic signs, by colour and shape.

Signs are red, blue or yellow on purpose. Each colour's strength is cut at several levels, since
no single one suits fresh and faded paint, sun and shade; what hangs together at a level is a
candidate, and is kept if its outline is a disc, an octagon, a triangle or a diamond. Signs
without colour (the ends of limits) are not found.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Image = NDArray[np.uint8]
    Boxes = NDArray[np.int32]
    Box = tuple[int, int, int, int]
    _Found = tuple[float, Box]

SEARCHED_SHARE: Final = 0.42
"""Of the rows, from the top: signs stand higher than the camera, so above the horizon, which is
at 0.33 to 0.42 for the cameras that lane detection's data has; below lie road and brake lights."""

MOST_REGIONS: Final = 12

_LARGEST_SHARE: Final = 0.5
_WIDTH_TO_HEIGHT: Final = (0.75, 1.3)
# Of the box, by the colour's own pixels: a triangle's rim has a fifth, a square all of it.
_FILLED: Final = (0.12, 0.92)
_SAME_SIGN: Final = 0.45
_FEWEST_POINTS: Final = 4
_ROUND: Final = 0.95
_POINTED: Final = 0.78
# Between a disc, 0.785, and an octagon, 0.83.
_DISC_FILLS: Final = 0.8


@dataclass(frozen=True, kw_only=True)
class _Paint:
    """A colour of signs: the *levels* at which its strength, 0 to 255, is cut, the *shapes* it
    is used for, and how much larger than the colour's own box the sign is.
    """

    levels: tuple[int, ...]
    shapes: tuple[str, ...]
    margin: float


_PAINTS: Final = {
    "red": _Paint(
        levels=(20, 34, 52, 76, 110),
        shapes=("disc", "triangle"),
        margin=0.02,
    ),
    "blue": _Paint(levels=(56, 80, 105, 130), shapes=("disc",), margin=0.04),
    # The yellow middle of the priority road's sign is 0.64 of it across.
    "yellow": _Paint(levels=(60, 90, 125, 160), shapes=("diamond",), margin=0.56),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Regions:
    """Sign-like regions of a frame: *boxes* int32 (n, 4), left, top, right and bottom, the last
    two not included, and what is cut out of each, uint8 RGB (height, width, 3).
    """

    boxes: Boxes
    crops: tuple[Image, ...]


@dataclass(frozen=True, kw_only=True)
class SignFinder:
    """Finds regions at least *smallest_px* high that are like a sign's shape by a share of at
    least *likeness*: by how round they are, or how full of them their triangle or diamond is.
    """

    smallest_px: int = 12
    likeness: float = 0.9

    def find(self, image: Any) -> Regions:
        """Give the regions of *image*, the likest first; raises ConfigError for no RGB image."""
        frame = _checked(image)
        searched = frame[: round(SEARCHED_SHARE * len(frame))]
        found: list[_Found] = []
        for colour, strength in _strengths(searched).items():
            paint = _PAINTS[colour]
            candidates = [
                candidate
                for level in paint.levels
                for candidate in self._at_level(strength, level, paint)
            ]
            found += _agreed(candidates, self.likeness)
        boxes = [group[0][1] for group in _groups(found)][:MOST_REGIONS]
        crops = tuple(
            np.ascontiguousarray(frame[top:bottom, left:right])
            for left, top, right, bottom in boxes
        )
        return Regions(boxes=np.array(boxes, np.int32).reshape(-1, 4), crops=crops)

    def _at_level(self, strength: Image, level: int, paint: _Paint) -> list[_Found]:
        import cv2

        mask = (strength > level).view(np.uint8)
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        found = []
        for outline in outlines:
            # Most are specks of a few points.
            if len(outline) < _FEWEST_POINTS:
                continue
            box = cv2.boundingRect(outline)
            if self._plausible(box, strength.shape):
                likeness = _likeness(outline, box, paint.shapes)
                found.append((likeness, _grown(box, paint.margin, strength.shape)))
        return found

    def _plausible(self, box: Sequence[int], shape: tuple[int, ...]) -> bool:
        _, _, width, height = box
        return (
            self.smallest_px <= height <= _LARGEST_SHARE * shape[0]
            and _WIDTH_TO_HEIGHT[0] <= width / height <= _WIDTH_TO_HEIGHT[1]
        )


def overlap(one: Any, other: Any) -> float:
    """Intersection over union of two boxes (left, top, right, bottom)."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    common = width * height
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return float(common / (areas - common))


def _checked(image: Any) -> Image:
    array = np.asarray(image)
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 or 0 in array.shape:
        raise ConfigError(
            "must be an image, uint8 (height, width, 3) in RGB",
            where="stage detect",
            key="image",
            value=(array.dtype.name, array.shape),
            next_step="decode the frame first",
        )
    return array


def _strengths(image: Image) -> dict[str, Image]:
    """How far each colour is above the others, as a share of its own light, 0 to 255."""
    import cv2

    red, green, blue = (np.ascontiguousarray(image[..., place]) for place in range(3))
    warm = cv2.min(red, green)
    above = {
        "red": (cv2.subtract(red, green), red),
        "blue": (cv2.subtract(blue, cv2.max(red, green)), blue),
        "yellow": (cv2.subtract(warm, blue), warm),
    }
    return {
        name: np.asarray(cv2.divide(more, own, scale=255), np.uint8)
        for name, (more, own) in above.items()
    }


def _likeness(outline: Any, box: Sequence[int], shapes: tuple[str, ...]) -> float:
    """How much an outline is like the likest of *shapes*, 1 for one that is it."""
    import cv2

    hull = cv2.convexHull(outline)
    # Contours run through the middles of pixels: half a pixel is missing all round.
    length = cv2.arcLength(hull, closed=True)
    rim = length / 2 + 1
    area = cv2.contourArea(hull) + rim
    filled = area / (box[2] * box[3])
    roundness = 4 * np.pi * area / (length + 4) ** 2
    found = 0.0
    if "disc" in shapes:
        found = min(roundness / _ROUND, 1 - abs(filled / _DISC_FILLS - 1))
    if "triangle" in shapes and roundness < _POINTED:
        enclosing, _ = cv2.minEnclosingTriangle(hull)
        found = max(found, area / (enclosing + rim))
    if "diamond" in shapes:
        between = (box[2] - 1) * (box[3] - 1)
        found = max(found, 1 - abs(cv2.contourArea(hull) / between - 0.5))
    return float(min(found, 1.0))


def _grown(box: Sequence[int], margin: float, shape: tuple[int, ...]) -> Box:
    """The box with *margin* more of its sides, half of it at each end, within the image."""
    left, top, width, height = box
    aside, above = margin * width / 2, margin * height / 2
    return (
        max(round(left - aside), 0),
        max(round(top - above), 0),
        min(round(left + width + aside), shape[1]),
        round(top + height + above),
    )


def _groups(found: list[_Found]) -> list[list[_Found]]:
    """Candidates that overlap the likest one of their group, the likest first."""
    groups: list[list[_Found]] = []
    for candidate in sorted(found, key=lambda pair: -pair[0]):
        for group in groups:
            if overlap(group[0][1], candidate[1]) >= _SAME_SIGN:
                group.append(candidate)
                break
        else:
            groups.append([candidate])
    return groups


def _agreed(found: list[_Found], least: float) -> list[_Found]:
    """The likest of each group whose likeness is at least *least* at half of the levels: blurred
    by compression, a brake light looks round at one of them.
    """
    return [group[0] for group in _groups(found) if median(like for like, _ in group) >= least]
