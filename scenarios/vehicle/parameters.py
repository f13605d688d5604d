"""What `parameters` in scenario.yaml may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import Field

from edge_aibench.config.values import DocumentValue


class CompressParameters(DocumentValue):
    """The stage `compress`."""

    jpeg_quality: int = Field(85, ge=1, le=100, description="a whole number from 1 to 100")


class DetectParameters(DocumentValue):
    """The stage `detect`: a region's least height in pixels, and its likeness to a sign's shape."""

    smallest: int = Field(12, ge=6, le=200, description="a whole number from 6 to 200")
    likeness: float = Field(0.9, ge=0.5, le=1, description="a number from 0.5 to 1")


class SignParameters(DocumentValue):
    """The stage `traffic-sign`: the length of a capsule below which a region is no sign."""

    least_length: float = Field(0.4, ge=0, le=1, description="a number from 0 to 1")


PARAMETERS: Final[Mapping[str, type[DocumentValue]]] = {
    "compress": CompressParameters,
    "detect": DetectParameters,
    "traffic-sign": SignParameters,
}
"""By sensor or stage; the others have none."""
