"""Who is told how an emulated run goes, and shows nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_aibench.emulate.live import LiveState


class Silence:
    """Shows nothing."""

    def phase(self, what: str) -> None:
        """Learn that *what* begins."""
        del what

    def live(self, state: LiveState) -> None:
        """Learn how the load goes."""
        del state
