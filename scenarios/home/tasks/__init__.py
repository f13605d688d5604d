"""The tasks of the smart home: faces and speech; importing this loads no framework."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edge_aibench.scenarios.home.tasks.face.task import FACE
from edge_aibench.scenarios.home.tasks.speech.task import SPEECH

if TYPE_CHECKING:
    from edge_aibench.tasks.task import Task

TASKS: Final[tuple[Task, ...]] = (FACE, SPEECH)
