"""The tasks of the surveillance camera: persons and actions; importing this loads no framework."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edge_aibench.scenarios.camera.tasks.action.task import ACTION
from edge_aibench.scenarios.camera.tasks.person_reid.task import PERSON_REID

if TYPE_CHECKING:
    from edge_aibench.tasks.task import Task

TASKS: Final[tuple[Task, ...]] = (ACTION, PERSON_REID)
