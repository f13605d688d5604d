"""What a helper process asks of the kernel for itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from edge_aibench.emulate import kernel
from edge_aibench.errors import RunError


def die_with_parent(parent_pid: int, *, signal_number: int) -> None:
    """Ask the kernel to send *signal_number* to this process when its parent ends.

    Raises RunError if the parent ended before the kernel was asked.
    """
    kernel.die_with_parent(signal_number)
    if os.getppid() != parent_pid:
        raise RunError(f"parent process {parent_pid} has ended")


@contextmanager
def realtime_for_a_while(priority: int) -> Iterator[bool]:
    """Run the calling thread before all ordinary ones; tells whether that was allowed."""
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    allowed = kernel.become_realtime(priority)
    try:
        yield allowed
    finally:
        if allowed:
            os.sched_setscheduler(0, policy, parameters)
