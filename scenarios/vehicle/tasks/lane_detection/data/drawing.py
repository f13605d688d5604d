"""Filling polygons with soft edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHIFT: Final = 4
"""Polygons are placed to a sixteenth of a pixel."""

_LIMIT: Final = 1 << 14
"""Points farther out than this are moved in: OpenCV's fixed point numbers would overflow."""


def fill(image: NDArray[Any], polygons: list[NDArray[np.float64]], colour: Any) -> None:
    """Fill *polygons*, each (n, 2) of column and row, in *image*, uint8 with 1 or 3 channels."""
    import cv2

    for polygon in polygons:
        points = np.rint(np.clip(polygon, -_LIMIT, _LIMIT) * (1 << _SHIFT)).astype(np.int32)
        cv2.fillPoly(image, [points], colour, lineType=cv2.LINE_AA, shift=_SHIFT)
