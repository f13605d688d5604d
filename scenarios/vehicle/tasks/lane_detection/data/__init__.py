"""Frames with labelled lane lines: TuSimple's and CULane's layouts, and a generator for both."""

from __future__ import annotations

from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.culane import CULane
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.tusimple import TuSimple

__all__ = ["CULane", "TuSimple"]
