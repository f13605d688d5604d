"""What Ctrl-C, SIGTERM and SIGHUP do at each moment of a run.

They mean the same: stop, and keep what was measured. A signal that was ignored when the program
began stays ignored: that is how `nohup` and a shell's background jobs protect their commands.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

PATIENCE_S = 10.0
"""For so long after an interrupt further ones change nothing: people press Ctrl-C twice, and the
second must not cut short the saving that the first began."""

_AGAIN_AFTER_S = 0.01

_Handler = Callable[[int, FrameType | None], None]


class Noted:
    """Whether a signal came while signals were only noted."""

    def __init__(self) -> None:
        self.seen = False


@contextlib.contextmanager
def raised() -> Iterator[None]:
    """Raise KeyboardInterrupt for all three, as Python does for Ctrl-C alone."""
    with _handled_by(signal.default_int_handler):
        yield


@contextlib.contextmanager
def noted() -> Iterator[Noted]:
    """Only note signals, for what must be done whole; the caller asks `seen` afterwards."""
    note = Noted()

    def take(_number: int, _frame: FrameType | None) -> None:
        note.seen = True

    with _handled_by(take):
        yield note


@contextlib.contextmanager
def forwarded_to(pid: int) -> Iterator[None]:
    """Pass signals on to process *pid* instead of acting on them here."""

    def forward(number: int, _frame: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)

    with _handled_by(forward):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        yield


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Have the kernel hold signals back, also from children forked here."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def raise_from_now_on() -> None:
    """Raise KeyboardInterrupt for the first signal, and for later ones after `PATIENCE_S`.

    Signals that were held back come through now. This lasts until the process ends.
    """
    raiser = _Raiser()
    for number in _heeded():
        signal.signal(number, raiser.take)
    signal.signal(signal.SIGALRM, raiser.take_again)
    sys.unraisablehook = raiser.notice
    # Python calls hooks around a fork, and what is raised in them is lost: hold signals there.
    # The hook before the fork that was registered last runs first, those after it in order.
    every = (*SIGNALS, signal.SIGALRM)
    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, every),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, every),
        after_in_child=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, every),
    )
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


class _Raiser:
    """Raises KeyboardInterrupt, and again where Python could not pass it on.

    A handler runs between any two instructions, also in a destructor or a hook, from where
    Python passes no exception on but reports it to `sys.unraisablehook`. Without this, 2 of 13
    interrupts at random moments were lost, both while agents were forked, and the run went on.
    """

    def __init__(self) -> None:
        self._patient_until_s = 0.0
        self._number: int = signal.SIGINT

    def take(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal."""
        if time.monotonic() >= self._patient_until_s:
            self._patient_until_s = time.monotonic() + PATIENCE_S
            self._number = number
            signal.default_int_handler(number, frame)

    def notice(self, lost: sys.UnraisableHookArgs) -> None:
        """Learn that an exception was lost."""
        if lost.exc_type is KeyboardInterrupt:
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_AFTER_S)
        else:
            sys.__unraisablehook__(lost)

    def take_again(self, _number: int, frame: FrameType | None) -> None:
        """Handle the lost signal once more, in the way that holds by now."""
        self._patient_until_s = 0.0
        handler = signal.getsignal(self._number)
        if callable(handler):
            handler(self._number, frame)


@contextlib.contextmanager
def _handled_by(handler: _Handler) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in _heeded()}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _heeded() -> list[signal.Signals]:
    return [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
