"""Network namespaces: make one, and work in one for a while."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_aibench.emulate import kernel
from edge_aibench.errors import HostError, RunError


def unshare_network() -> None:
    """Move the calling thread into a network namespace of its own.

    Raises HostError where the kernel does not allow it.
    """
    try:
        kernel.unshare(kernel.CLONE_NEWNET)
    except OSError as error:
        raise HostError(
            f"this machine refuses a new network namespace ({error.strerror})",
            mend="run as root, or allow user namespaces: sysctl kernel.unprivileged_userns_clone=1",
        ) from error


@contextmanager
def open_namespace(pid: int | None) -> Iterator[int]:
    """Open the network namespace of process *pid* (None: the caller's) for a while.

    Gives a descriptor. Raises RunError if there is no such process any more.
    """
    place = "/proc/thread-self/ns/net" if pid is None else f"/proc/{pid}/ns/net"
    try:
        namespace_fd = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise RunError(f"process {pid}, which holds a network namespace, has ended") from error
    try:
        yield namespace_fd
    finally:
        os.close(namespace_fd)


@contextmanager
def inside(namespace_fd: int) -> Iterator[None]:
    """Let the calling thread be in the namespace of *namespace_fd* for a while.

    A socket keeps the namespace in which it was made, so what is opened here stays there.
    """
    with open_namespace(None) as home_fd:
        _enter(namespace_fd)
        try:
            yield
        finally:
            _enter(home_fd)


@contextmanager
def inside_process(pid: int | None) -> Iterator[None]:
    """Let the calling thread be in the namespace of process *pid* (None: stay) for a while."""
    if pid is None:
        yield
        return
    with open_namespace(pid) as namespace_fd, inside(namespace_fd):
        yield


def disable_ipv6() -> None:
    """Keep the kernel from sending IPv6 packets of its own in this thread's namespace.

    Neighbour discovery and multicast reports would travel the emulated links and be counted.
    A kernel without IPv6 has nothing to disable.
    """
    for scope in ("all", "default"):
        switch = Path(f"/proc/sys/net/ipv6/conf/{scope}/disable_ipv6")
        if switch.exists():
            switch.write_text("1")


def _enter(namespace_fd: int) -> None:
    try:
        kernel.enter_network(namespace_fd)
    except OSError as error:
        raise RunError(f"cannot enter a network namespace ({error.strerror})") from error
