"""The few kernel calls that Python 3.11 has no function for."""

from __future__ import annotations

import ctypes
import os
import signal
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_PR_SET_TIMERSLACK = 29
_CPUCLOCK_SCHED = 2
_MS_REC = 0x4000
_MS_PRIVATE = 1 << 18

LATENCY_INTERFACE = "/dev/cpu_dma_latency"
"""While a process holds it open, no core sleeps more deeply than the microseconds written."""

WORKER_PRIORITY = 1
"""Of what works on stages: before ordinary processes, behind what carries messages."""

_libc = ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    """Leave the namespaces named by *flags* for new ones (unshare(2)). Raises OSError."""
    _check(_libc.unshare(flags), "unshare")


def enter_network(namespace_fd: int) -> None:
    """Move this thread into the network namespace open as *namespace_fd* (setns(2))."""
    _check(_libc.setns(namespace_fd, CLONE_NEWNET), "setns")


def enter_network_of(pid: int) -> None:
    """Move this thread into the network namespace of process *pid*. Raises OSError."""
    namespace_fd = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        enter_network(namespace_fd)
    finally:
        os.close(namespace_fd)


def mount_private_proc() -> None:
    """Mount a /proc of this process's own PID namespace, unseen outside. Raises OSError."""
    _check(_libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None), "mount --make-rprivate /")
    _check(_libc.mount(b"proc", b"/proc", b"proc", 0, None), "mount /proc")


def die_with_parent(number: int = signal.SIGKILL) -> None:
    """Have the kernel send signal *number* to this process when its parent thread ends."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0), "prctl")


def set_process_name(name: str) -> None:
    """Show *name* (15 bytes) as this process's name in ps and top."""
    _check(_libc.prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0), "prctl")


def set_timer_slack_ns(slack_ns: int) -> None:
    """Have timers of this thread fire at most *slack_ns* late (the default is 50 us)."""
    _check(_libc.prctl(_PR_SET_TIMERSLACK, slack_ns, 0, 0, 0), "prctl")


def become_realtime(priority: int) -> bool:
    """Run this thread before all ordinary ones; False where that is not allowed.

    Processes that it forks are ordinary again.
    """
    policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
    try:
        os.sched_setscheduler(0, policy, os.sched_param(priority))
    except PermissionError:
        return False
    return True


@contextmanager
def cores_kept_awake(interface: str = LATENCY_INTERFACE) -> Iterator[bool]:
    """Have idle cores wait without sleeping; gives False where that is not allowed.

    A core that sleeps takes a while to wake, which every hop would pay once or twice although
    no emulated machine has anything to do with it: on a virtual machine a bare veth round trip
    took 0.16 to 0.26 ms with sleeping cores and 0.02 to 0.10 ms without. The kernel's
    interface for it lets go when the file is closed, also by the death of the process
    (Documentation/power/pm_qos_interface.rst of Linux).
    """
    try:
        descriptor = os.open(interface, os.O_WRONLY | os.O_CLOEXEC)
    except OSError:
        # Not root, or a kernel or container without it.
        yield False
        return
    try:
        os.write(descriptor, struct.pack("i", 0))
        yield True
    finally:
        os.close(descriptor)


def process_start(pid: int) -> int | None:
    """Start time of process *pid* in clock ticks since boot; None when there is none.

    Together with the number it names one process for ever: numbers are used again.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(fields[19])


def cpu_time_s(pid: int) -> float | None:
    """Processor time that process *pid* has taken with all its threads; None when it is gone.

    Its clock number is that of clock_getcpuclockid(3), which Python has no function for: the
    number's complement, and the kernel's code for time on a processor.
    """
    try:
        return time.clock_gettime((~pid << 3) | _CPUCLOCK_SCHED)
    except OSError:
        return None


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
