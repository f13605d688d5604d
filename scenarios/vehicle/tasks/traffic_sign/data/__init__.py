"""GTSRB on disk: reading it, and generating data in its layout."""

from __future__ import annotations

from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.layout import GtsrbLayout

__all__ = ["GtsrbLayout"]
