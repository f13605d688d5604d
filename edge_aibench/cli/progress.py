"""What a run shows of itself while it goes on: a line that changes, or a line now and then."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from edge_aibench.emulate.live import LiveState

_LINE_EVERY_S = 5.0
_CLEAR = "\r\x1b[K"


class SilentObserver:
    """Shows nothing."""

    def phase(self, what: str) -> None:
        del what

    def live(self, state: LiveState) -> None:
        del state

    def share(self, share: float) -> None:
        del share


class ConsoleObserver:
    """Writes to *stream*: one changing line on a terminal, a line every 5 s elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._began_s = time.monotonic()
        self._next_line_s = 0.0
        self._gone = False

    def phase(self, what: str) -> None:
        """Tell that *what* begins."""
        if what == "load" and self._terminal:
            return
        text = f"[{time.monotonic() - self._began_s:5.1f} s] {what}"
        self._write(text, stays=True)

    def live(self, state: LiveState) -> None:
        """Show how the load goes."""
        if not self._terminal and time.monotonic() < self._next_line_s:
            return
        self._next_line_s = time.monotonic() + _LINE_EVERY_S
        from edge_aibench.report.console import WIDTH, render_live, to_text
        from edge_aibench.report.views import LiveView

        view = LiveView(
            elapsed_s=state.at_s,
            total_s=state.total_s,
            sent=state.due,
            done=state.answered,
            p50_ms=state.p50_ms,
            p99_ms=state.p99_ms,
        )
        over = state.at_s >= state.total_s
        self._write(to_text(render_live(view), width=WIDTH).rstrip(), stays=over)

    def share(self, share: float) -> None:
        """Show how much of the simulated time is over, from 0 to 1."""
        now_s = time.monotonic()
        if not self._next_line_s:
            # A run that is over within seconds needs no line.
            self._next_line_s = now_s + _LINE_EVERY_S
        if not self._terminal and now_s < self._next_line_s:
            return
        self._next_line_s = now_s + _LINE_EVERY_S
        elapsed_s = now_s - self._began_s
        left_s = elapsed_s * (1.0 - share) / share if share > 0 else 0.0
        text = f"[{elapsed_s:5.1f} s] simulated {share:.0%}, about {left_s:.0f} s left"
        self._write(text, stays=share >= 1.0)

    def _write(self, text: str, *, stays: bool) -> None:
        if self._gone:
            return
        end = "\n" if stays or not self._terminal else ""
        start = _CLEAR if self._terminal else ""
        try:
            self._stream.write(f"{start}{text}{end}")
            self._stream.flush()
        except OSError:
            # The terminal was closed, or the reader of a pipe has left: the run has no one to
            # show its progress to, and goes on (or is being ended by SIGHUP, and saves).
            self._gone = True
