"""What a helper process asks of the kernel for itself."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

from edge_aibench.errors import HostError, RunError

_PR_SET_PDEATHSIG = 1
_PR_SET_TIMERSLACK = 29

_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent_pid: int, *, signal_number: int) -> None:
    """Ask the kernel to send *signal_number* to this process when its parent ends.

    Raises RunError if the parent ended before the kernel was asked.
    """
    _prctl(_PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent_pid:
        raise RunError(f"parent process {parent_pid} has ended")


def wake_on_time() -> None:
    """Let timers of this thread end when they are due, not up to 50 us later to save power."""
    _prctl(_PR_SET_TIMERSLACK, 1)


def become_realtime(priority: int) -> bool:
    """Run this process before all ordinary ones; False where that is not allowed.

    Processes that it forks are ordinary again.
    """
    try:
        policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(0, policy, os.sched_param(priority))
    except PermissionError:
        return False
    return True


@contextmanager
def realtime_for_a_while(priority: int) -> Iterator[bool]:
    """Run the calling thread before all ordinary ones; tells whether that was allowed."""
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    allowed = become_realtime(priority)
    try:
        yield allowed
    finally:
        if allowed:
            os.sched_setscheduler(0, policy, parameters)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        raise HostError(f"prctl {option} failed: {os.strerror(ctypes.get_errno())}")
