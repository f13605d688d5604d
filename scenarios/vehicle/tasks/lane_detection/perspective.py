"""Fitting a line in the bird's eye view of an image, and in the image itself.

Coordinates are shares of the image's width and height, so that one perspective holds for all
sizes of one camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

HIGHEST_HORIZON: Final = 0.28
"""Above the horizon of every camera of the generated data, whose rows are 0.33 to 0.42 of the
height: a perspective whose horizon cut a line would have no place for its far end."""

_EXTENT_A_DEGREE: Final = 0.055
"""A short line of many degrees would bend anywhere outside the rows it is seen in: with faultless
pixels of 150 generated frames 5 % of the lines were wrong at 0.023, none at 0.055."""

_REWEIGHTINGS: Final = 5


@dataclass(frozen=True, kw_only=True)
class Perspective:
    """The homography [[a, b, c], [0, d, e], [0, f, 1]] of Neven et al., arXiv 1802.05591."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    @property
    def numbers(self) -> tuple[float, ...]:
        """The six numbers, from a to f."""
        return (self.a, self.b, self.c, self.d, self.e, self.f)

    def divisor(self, y: Values) -> Values:
        """What homogeneous coordinates of points at *y* are divided by; 0 at the horizon."""
        return self.f * y + 1

    def along(self, y: Values) -> Values:
        """The coordinate along the road of points at *y*: it does not depend on their x."""
        return (self.d * y + self.e) / self.divisor(y)

    def across(self, x: Values, y: Values) -> Values:
        """The coordinate across the road."""
        return (self.a * x + self.b * y + self.c) / self.divisor(y)

    def back(self, across: Values, y: Values) -> Values:
        """The image's x of points at *y* that are *across* the road."""
        return (across * self.divisor(y) - self.b * y - self.c) / self.a


def fixed_perspective(horizon: float = HIGHEST_HORIZON) -> Perspective:
    """A level camera's view with its *horizon* at a share of the height.

    Along the road it counts in distances to what is seen at the bottom of the image.
    """
    scale = (1 - horizon) / horizon
    return Perspective(a=-scale, b=0.0, c=scale / 2, d=0.0, e=-scale, f=-1 / horizon)


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A polynomial, highest power first, in the image (*perspective* None) or from above."""

    coefficients: Values
    centre: float
    scale: float
    perspective: Perspective | None

    def x(self, y: Values) -> Values:
        """Where the curve crosses *y*; NaN at and beyond the perspective's horizon."""
        if self.perspective is None:
            return self._value((y - self.centre) / self.scale)
        seen = self.perspective.divisor(y) * self.perspective.divisor(np.ones(1)) > 0
        below = np.where(seen, y, 1.0)
        along = (self.perspective.along(below) - self.centre) / self.scale
        return np.where(seen, self.perspective.back(self._value(along), below), np.nan)

    def _value(self, along: Values) -> Values:
        return np.asarray(np.polyval(self.coefficients, along), dtype=np.float64)


def fit_curve(
    x: Values, y: Values, *, degree: int, perspective: Perspective | None, weights: Values
) -> Curve:
    """Fit a line's points, in shares of width and height, by weighted least squares in x.

    With a *perspective* the polynomial is one of the bird's eye view, as H-Net's is. There a
    distant pixel is many metres wide; each point's error is weighted so that what is least is
    the squared error back in the image, which is what H-Net's own loss asks for. Points beyond
    the perspective's horizon are left out. The degree is lowered for lines of a small
    extent in y; without any point the curve is NaN everywhere.
    """
    error = weights
    if perspective is None:
        along, across = y, x
    else:
        divisor = perspective.divisor(y)
        seen = divisor * perspective.divisor(np.ones(1)) > 0
        x, y, divisor, weights = x[seen], y[seen], divisor[seen], weights[seen]
        along, across = perspective.along(y), perspective.across(x, y)
        error = weights * divisor**2
    if not len(along):
        return Curve(coefficients=np.full(1, np.nan), centre=0.0, scale=1.0, perspective=None)
    centre = float(along.mean())
    scale = float(np.abs(along - centre).max()) or 1.0
    extent = float(y.max() - y.min())
    bearable = min(degree, len(along) - 1, int(extent / _EXTENT_A_DEGREE))
    powers = np.vander((along - centre) / scale, bearable + 1)
    root = np.sqrt(error)
    solution, *_ = np.linalg.lstsq(powers * root[:, np.newaxis], across * root, rcond=None)
    coefficients = np.asarray(solution, dtype=np.float64)
    return Curve(coefficients=coefficients, centre=centre, scale=scale, perspective=perspective)


def fit_robustly(
    x: Values, y: Values, *, degree: int, perspective: Perspective | None, scale: float
) -> Curve:
    """Fit a line's points as `fit_curve`, those far from the others counting little.

    Least squares, reweighted by Geman and McClure's (1 + (error / *scale*)^2)^-2: at the
    *scale*, a share of the width, a point counts a quarter.
    """
    weights = np.ones(len(x))
    for _ in range(_REWEIGHTINGS):
        curve = fit_curve(x, y, degree=degree, perspective=perspective, weights=weights)
        error = curve.x(y) - x
        # A point at the horizon or beyond has no error and no part in the fit.
        weights = 1 / (1 + (np.nan_to_num(error) / scale) ** 2) ** 2
    return fit_curve(x, y, degree=degree, perspective=perspective, weights=weights)
