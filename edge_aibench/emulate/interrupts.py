"""What Ctrl-C, SIGTERM and SIGHUP do at each moment of a run.

They mean the same: stop, and keep what was measured. A signal that was ignored when the program
began stays ignored: that is how `nohup` and a shell's background jobs protect their commands.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

PATIENCE_S = 10.0
"""For so long after an interrupt further ones change nothing: people press Ctrl-C twice, and the
second must not cut short the saving that the first began."""

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

    Signals that were held back come through now.
    """
    patient_until_s = 0.0

    def take(number: int, frame: FrameType | None) -> None:
        nonlocal patient_until_s
        if time.monotonic() >= patient_until_s:
            patient_until_s = time.monotonic() + PATIENCE_S
            signal.default_int_handler(number, frame)

    for number in _heeded():
        signal.signal(number, take)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


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
