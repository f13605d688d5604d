"""Run a function in namespaces of its own: network, mounts, processes (and users, if not root).

Three processes take part. The caller stays outside, passes signals on and reports. A *holder*
makes the namespaces and waits. The *inner* process is number 1 of the new process namespace:
when it ends, for whatever reason, the kernel ends every other process in there, and with the
last of them go all interfaces, bridges and brokers. Each dies with its parent, so `kill -9` of
the caller takes the rest along.
"""

from __future__ import annotations

import contextlib
import os
import select
import shlex
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from edge_aibench.emulate import interrupts, kernel
from edge_aibench.errors import (
    EXIT_HOST,
    EXIT_INTERNAL,
    EXIT_INTERRUPTED,
    HostError,
    InternalError,
    RunError,
)


def run_isolated(inner: Callable[[], int], *, on_start: Callable[[int], None]) -> int:
    """Run *inner* in new namespaces and give its exit code.

    *on_start* is told the holder's process number before anything is made. An interrupt is
    passed on to *inner* as KeyboardInterrupt. Nothing of it runs any more on return. Raises
    RunError when *inner* was killed, HostError when the machine does not let us make the
    namespaces, InternalError when *inner* let an error escape.
    """
    gate_read, gate_write = os.pipe()
    reason_read, reason_write = os.pipe()
    with interrupts.held():
        holder = os.fork()
        if holder == 0:
            os.close(gate_write)
            os.close(reason_read)
            _end_with(lambda: _hold(inner, gate_read, reason_write), reason_write)
        os.close(gate_read)
        os.close(reason_write)
        with interrupts.forwarded_to(holder):
            try:
                on_start(holder)
                os.write(gate_write, b"g")
            finally:
                # Closed without a word, the gate tells the holder to end.
                os.close(gate_write)
                code = _wait(holder)
                reason = _read_to_end(reason_read)
    if code < 0:
        raise RunError(f"the emulation was ended from outside (signal {-code})")
    if reason:
        raise HostError(reason) if code == EXIT_HOST else InternalError(reason)
    return code


def _hold(inner: Callable[[], int], gate: int, reason: int) -> int:
    """Make the namespaces, start *inner* as process 1 in them and wait for it."""
    kernel.die_with_parent()
    if os.read(gate, 1) != b"g":
        return EXIT_INTERNAL
    os.setsid()
    make_namespaces()
    alive_read, alive_write = os.pipe()
    first = os.fork()
    if first == 0:
        os.close(alive_write)
        _end_with(lambda: _be_first(inner, alive_read), reason)
    with interrupts.forwarded_to(first):
        code = _wait(first)
    if code < 0:
        # Die as the inner process died, so that the caller sees the same.
        os.kill(os.getpid(), -code)
        signal.pause()
    return code


def make_namespaces() -> None:
    """Leave for new namespaces, as a mapped root where we are not root. Raises HostError."""
    flags = kernel.CLONE_NEWNET | kernel.CLONE_NEWNS | kernel.CLONE_NEWPID
    user, group = os.geteuid(), os.getegid()
    try:
        if user != 0:
            kernel.unshare(kernel.CLONE_NEWUSER)
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"0 {user} 1")
            Path("/proc/self/gid_map").write_text(f"0 {group} 1")
        kernel.unshare(flags)
    except OSError as error:
        raise HostError(
            f"this machine lets us make no namespaces: {error}",
            mend=f"run it as root: sudo {shlex.join(sys.argv)}"
            if user != 0
            else "run it outside the container, or give that the capability CAP_SYS_ADMIN",
        ) from error


def _be_first(inner: Callable[[], int], holder_alive: int) -> int:
    kernel.die_with_parent()
    if select.select([holder_alive], [], [], 0)[0]:
        # The holder ended before the kernel was asked to end us with it.
        return EXIT_INTERNAL
    try:
        kernel.mount_private_proc()
    except OSError as error:
        raise HostError(
            f"this machine lets us mount no /proc in a namespace of our own: {error}",
            mend="run it as root, outside a restricted container",
        ) from error
    interrupts.raise_from_now_on()
    return inner()


def _end_with(body: Callable[[], int], reason: int) -> None:
    """Run *body* in a forked process and end it there, never returning to the caller's stack.

    What kept it from giving an exit code is written to the descriptor *reason*.
    """
    code = EXIT_INTERNAL
    try:
        code = body()
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    except HostError as error:
        _tell(reason, str(error))
        code = EXIT_HOST
    except BaseException as error:  # noqa: BLE001 - the process ends here; the caller is told
        if os.environ.get("EDGE_AIBENCH_DEBUG") == "1":
            traceback.print_exc()
        _tell(reason, f"{type(error).__name__}: {error}")
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _tell(reason: int, text: str) -> None:
    # Nobody reads before the end: what is longer than a pipe holds would block.
    os.write(reason, text.encode()[:4096])


def _wait(pid: int) -> int:
    """Wait for *pid*: its exit code, or minus the signal that ended it."""
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def _read_to_end(descriptor: int) -> str:
    """Read what was written by processes that have it open, until the last of them has ended."""
    with os.fdopen(descriptor, "rb") as pipe:
        return pipe.read().decode(errors="replace")
