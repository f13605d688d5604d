"""The tasks of the autonomous vehicle: lanes and signs; importing this loads no framework."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edge_aibench.scenarios.vehicle.tasks.lane_detection.task import LANE_DETECTION
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.task import TRAFFIC_SIGN

if TYPE_CHECKING:
    from edge_aibench.tasks.task import Task

TASKS: Final[tuple[Task, ...]] = (LANE_DETECTION, TRAFFIC_SIGN)
