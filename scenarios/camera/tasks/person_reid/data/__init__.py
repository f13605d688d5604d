"""The Market-1501 layout: its loader, and a generator of people under six cameras."""

from __future__ import annotations

from edge_aibench.scenarios.camera.tasks.person_reid.data.layout import (
    GALLERY,
    QUERY,
    Market1501,
    MarketSamples,
    Sighting,
)
from edge_aibench.scenarios.camera.tasks.person_reid.data.names import DISTRACTOR, JUNK, ImageName

__all__ = [
    "DISTRACTOR",
    "GALLERY",
    "JUNK",
    "QUERY",
    "ImageName",
    "Market1501",
    "MarketSamples",
    "Sighting",
]
