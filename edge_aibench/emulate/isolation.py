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
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from edge_aibench.emulate import kernel
from edge_aibench.errors import EXIT_HOST, EXIT_INTERNAL, HostError, RunError

_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_isolated(inner: Callable[[], int], *, on_start: Callable[[int], None]) -> int:
    """Run *inner* in new namespaces and give its exit code.

    *on_start* is told the holder's process number before anything is made. An interrupt is
    passed on to *inner* as KeyboardInterrupt. Raises RunError when *inner* was killed,
    HostError when the machine does not let us make the namespaces.
    """
    gate_read, gate_write = os.pipe()
    with _signals_held():
        holder = os.fork()
        if holder == 0:
            _end_with(lambda: _hold(inner, gate_read))
        os.close(gate_read)
        on_start(holder)
        with _signals_forwarded_to(holder):
            os.write(gate_write, b"g")
            os.close(gate_write)
            code = _wait(holder)
    if code < 0:
        raise RunError(
            f"the emulation was ended from outside (signal {-code})",
            next_step="what was measured until then is in the run folder",
        )
    if code == EXIT_HOST:
        raise HostError("the emulation could not start; the reason stands above")
    return code


def _hold(inner: Callable[[], int], gate: int) -> int:
    """Make the namespaces, start *inner* as process 1 in them and wait for it."""
    kernel.die_with_parent()
    if os.read(gate, 1) != b"g":
        return EXIT_INTERNAL
    os.setsid()
    make_namespaces()
    first = os.fork()
    if first == 0:
        _end_with(lambda: _be_first(inner))
    with _signals_forwarded_to(first):
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
            mend=f"run it as root: sudo {' '.join(sys.argv)}",
        ) from error


def _be_first(inner: Callable[[], int]) -> int:
    kernel.die_with_parent()
    try:
        kernel.mount_private_proc()
    except OSError as error:
        raise HostError(
            f"this machine lets us mount no /proc in a namespace of our own: {error}",
            mend="run it as root, outside a restricted container",
        ) from error
    # Only now may an interrupt reach us: Python raises KeyboardInterrupt for it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _FORWARDED)
    return inner()


def _end_with(body: Callable[[], int]) -> None:
    """Run *body* in a forked process and end it there, never returning to the caller's stack."""
    code = EXIT_INTERNAL
    try:
        code = body()
    except HostError as error:
        sys.stderr.write(f"{error}\n")
        code = EXIT_HOST
    except BaseException:  # noqa: BLE001 - the process ends here; nothing above may see it
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _wait(pid: int) -> int:
    """Wait for *pid*: its exit code, or minus the signal that ended it."""
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


@contextlib.contextmanager
def _signals_held() -> Iterator[None]:
    """Hold signals back while there is no one to pass them to."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _FORWARDED)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _signals_forwarded_to(pid: int) -> Iterator[None]:
    """Pass interrupts on to *pid* instead of acting on them here."""

    def forward(number: int, _frame: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)

    before = {number: signal.signal(number, forward) for number in _FORWARDED}
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _FORWARDED)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
