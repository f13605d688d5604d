"""An observer that remembers, for tests of whatever runs an experiment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_aibench.emulate.live import LiveState


class RecordingObserver:
    """Keeps the *phases* and live *states* it was told, in order."""

    def __init__(self) -> None:
        self.phases: list[str] = []
        self.states: list[LiveState] = []

    def phase(self, what: str) -> None:
        self.phases.append(what)

    def live(self, state: LiveState) -> None:
        self.states.append(state)
