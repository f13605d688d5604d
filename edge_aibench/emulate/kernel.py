"""The few kernel calls that Python 3.11 has no function for."""

from __future__ import annotations

import ctypes
import os
import signal
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_PR_SET_TIMERSLACK = 29
_MS_REC = 0x4000
_MS_PRIVATE = 1 << 18

_libc = ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    """Leave the namespaces named by *flags* for new ones (unshare(2)). Raises OSError."""
    _check(_libc.unshare(flags), "unshare")


def enter_namespace(path: Path, kind: int) -> None:
    """Enter the namespace at *path*, such as /proc/PID/ns/net (setns(2)). Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _check(_libc.setns(descriptor, kind), f"setns {path}")
    finally:
        os.close(descriptor)


def enter_network_of(pid: int) -> None:
    """Move this thread into the network namespace of process *pid*. Raises OSError."""
    enter_namespace(Path(f"/proc/{pid}/ns/net"), CLONE_NEWNET)


def mount_private_proc() -> None:
    """Mount a /proc of this process's own PID namespace, unseen outside. Raises OSError."""
    _check(_libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None), "mount --make-rprivate /")
    _check(_libc.mount(b"proc", b"/proc", b"proc", 0, None), "mount /proc")


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent thread ends (prctl(2))."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")


def set_process_name(name: str) -> None:
    """Show *name* (15 bytes) as this process's name in ps and top."""
    _check(_libc.prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0), "prctl")


def set_timer_slack_ns(slack_ns: int) -> None:
    """Have timers of this thread fire at most *slack_ns* late (the default is 50 us)."""
    _check(_libc.prctl(_PR_SET_TIMERSLACK, slack_ns, 0, 0, 0), "prctl")


def try_real_time(priority: int) -> bool:
    """Schedule this thread first-in-first-out at *priority*, if this machine allows it."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except PermissionError:
        return False
    return True


def process_start(pid: int) -> int | None:
    """Start time of process *pid* in clock ticks since boot; None when there is none.

    Together with the number it names one process for ever: numbers are used again.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(fields[19])


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
