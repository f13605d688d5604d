"""The relay backend: links made in user space, for kernels without netem.

Each wire is two veth pairs. The near ends belong to the nodes; the far ends live in the network
namespace of one relay process, which hands frames from one to the other when they are due.
"""

from __future__ import annotations

import json
import os
import signal
import socket
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from edge_aibench.emulate.links.backend import (
    MTU_BYTES,
    Capability,
    Endpoint,
    LinkCounters,
    WireCounters,
    naming_wire,
)
from edge_aibench.emulate.links.interface import bring_up, check_name, prepare_interface
from edge_aibench.emulate.links.namespace import inside, open_namespace
from edge_aibench.emulate.links.relay_process import MAX_MESSAGE_BYTES, relay_main
from edge_aibench.emulate.links.rtnetlink import RouteSocket, VethEnd
from edge_aibench.errors import EdgeAIBenchError, InternalError, RunError
from edge_aibench.model.link import LinkDirection
from edge_aibench.network.schedule import DEFAULT_MAX_QUEUE_S

_ANSWER_WITHIN_S = 10.0


@dataclass(frozen=True)
class RelayHealth:
    """How the relay process is doing.

    *realtime* tells whether it runs before ordinary processes. *overrun* counts frames that the
    kernel dropped because the relay came too late to take them, *oversized* frames longer than
    any link carries: both mean that a run cannot be trusted. *rests* counts how often the relay,
    busy without a break, had to pause for the sake of the nodes' programs. *cpu_s* is the
    processor time it has used.
    """

    realtime: bool
    overrun: int
    oversized: int
    rests: int
    cpu_s: float


@dataclass(frozen=True)
class _FarEnd:
    """The end of a veth pair that lies in the relay's namespace."""

    name: str
    index: int


class RelayBackend:
    """Links through one relay process; use it in a `with` statement.

    The process is forked on entry, which must happen while the caller has a single thread. It
    ends with the statement and, whatever happens, with the process that made it.
    """

    def __init__(
        self, *, seed: int, max_queue_s: float = DEFAULT_MAX_QUEUE_S, realtime: bool = True
    ) -> None:
        self._seed = seed
        self._max_queue_s = max_queue_s
        self._want_realtime = realtime
        self._control: socket.socket | None = None
        self._requests = 0
        self._pid = 0
        self._pid_fd = -1
        self._open_files = ExitStack()
        self._attached = 0
        self._wires: dict[str, tuple[_FarEnd, ...]] = {}
        self.realtime = False

    def __enter__(self) -> Self:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        parent_pid = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            _be_relay(
                theirs,
                parent_pid=parent_pid,
                seed=self._seed,
                max_queue_s=self._max_queue_s,
                realtime=self._want_realtime,
            )
        self._pid_fd = os.pidfd_open(self._pid)
        theirs.close()
        ours.settimeout(_ANSWER_WITHIN_S)
        self._control = ours
        try:
            self.realtime = bool(self._receive()["realtime"])
            self._enter_namespaces()
        except EdgeAIBenchError:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._delete(far for wire in self._wires.values() for far in wire)
        self._wires.clear()
        self._stop()

    def _enter_namespaces(self) -> None:
        # Held open for the whole run: interfaces can then be removed even if the relay is gone.
        with self._open_files as files:
            self._far_fd = files.enter_context(open_namespace(self._pid))
            with inside(self._far_fd):
                self._far_route = files.enter_context(RouteSocket())
            self._near_route = files.enter_context(RouteSocket())
            self._open_files = files.pop_all()

    def probe(self) -> Capability:
        """Tell whether packet sockets can be opened here, which is all the relay needs."""
        try:
            socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
        except PermissionError:
            return Capability(
                available=False,
                reason="packet sockets need the right CAP_NET_RAW",
                mend="run as root, or in a user and network namespace of your own",
            )
        except OSError as error:
            return Capability(
                available=False, reason=f"this kernel has no packet sockets: {error.strerror}"
            )
        return Capability(available=True, reason="packet sockets work")

    def attach(
        self, wire: str, a: Endpoint, b: Endpoint, *, up: LinkDirection, down: LinkDirection
    ) -> None:
        """Join *a* and *b* by the new wire *wire*; *up* leads from *a* to *b*.

        Raises RunError or HostError naming the wire; nothing is left of the wire then.
        """
        if wire in self._wires:
            raise RunError(f"wire '{wire}' is attached already")
        self._attached += 1
        made: list[_FarEnd] = []
        try:
            for end, side in ((a, "a"), (b, "b")):
                made.append(self._make_pair(end, f"w{self._attached}{side}"))
            self._request(
                {
                    "do": "attach",
                    "wire": wire,
                    "a": (made[0].name, made[0].index),
                    "b": (made[1].name, made[1].index),
                    "up": _as_json(up),
                    "down": _as_json(down),
                }
            )
            # Up only now that the relay knows what to do with the first frame. The far end goes
            # first: an end that comes up while its peer is down gets its queue, and can send,
            # only when the kernel next looks at the links, up to a second later.
            for far, end in zip(made, (a, b), strict=True):
                self._far_route.set_up(far.index)
                bring_up(end.name, pid=end.pid)
        except EdgeAIBenchError as error:
            self._far_route.delete_links(far.index for far in made)
            raise naming_wire(error, wire, a, b) from error
        self._wires[wire] = tuple(made)

    def _make_pair(self, end: Endpoint, far_name: str) -> _FarEnd:
        """Make *end* and its far end *far_name* in the relay's namespace, both down."""
        check_name(end.name)
        with open_namespace(end.pid) as near_fd:
            near = VethEnd(end.name, namespace_fd=near_fd, mac=end.mac)
            far = VethEnd(far_name, namespace_fd=self._far_fd, arp=False)
            self._near_route.create_veth(near, far, mtu_bytes=MTU_BYTES)
            with inside(self._far_fd):
                far_index = socket.if_nametoindex(far_name)
            try:
                with inside(self._far_fd):
                    prepare_interface(far_name)
                with inside(near_fd):
                    prepare_interface(end.name)
            except EdgeAIBenchError:
                self._far_route.delete_links([far_index])
                raise
        return _FarEnd(far_name, far_index)

    def set(
        self, wire: str, *, up: LinkDirection | None = None, down: LinkDirection | None = None
    ) -> None:
        """Change one or both directions of *wire*; packets under way keep their due instants."""
        self._check_known(wire)
        changes = {"up": up and _as_json(up), "down": down and _as_json(down)}
        self._request({"do": "set", "wire": wire, **changes})

    def observe(self, wire: str) -> WireCounters:
        """Read the counters of *wire*, from its attachment on."""
        self._check_known(wire)
        answer = self._request({"do": "observe", "wire": wire})
        return WireCounters(up=LinkCounters(**answer["up"]), down=LinkCounters(**answer["down"]))

    def detach(self, wire: str) -> None:
        """Remove *wire* and both its interfaces; packets under way are gone."""
        self._check_known(wire)
        self._request({"do": "detach", "wire": wire})
        self._delete(self._wires.pop(wire))

    def health(self) -> RelayHealth:
        """Ask the relay how it is doing. Raises RunError if it has ended."""
        return RelayHealth(**self._request({"do": "health"}))

    def lateness(self) -> Counter[int]:
        """How many frames so far were late by at most so many ns, all directions together."""
        counts = self._request({"do": "lateness"})["counts"]
        return Counter({int(late_ns): count for late_ns, count in counts.items()})

    def _check_known(self, wire: str) -> None:
        if wire not in self._wires:
            raise RunError(f"there is no wire '{wire}' attached")

    def _delete(self, ends: Iterable[_FarEnd]) -> None:
        # A node that has ended took its interface, and so our end of the pair, with it.
        with inside(self._far_fd):
            present = {index for index, _ in socket.if_nameindex()}
        self._far_route.delete_links(far.index for far in ends if far.index in present)

    def _request(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._control is None:
            raise InternalError("the relay backend is used outside its `with` statement")
        self._requests += 1
        number = self._requests
        try:
            self._control.send(json.dumps({"number": number, **request}).encode())
        except OSError as error:
            raise self._lost() from error
        # An interrupt may have cut short an earlier wait: its answer comes first, and is nobody's.
        while (answer := self._receive())["number"] < number:
            pass
        if "error" in answer:
            raise RunError(f"the relay failed: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def _receive(self) -> dict[str, Any]:
        if self._control is None:
            raise InternalError("the relay backend is used outside its `with` statement")
        try:
            message = self._control.recv(MAX_MESSAGE_BYTES)
        except TimeoutError as error:
            raise RunError(
                f"the relay (process {self._pid}) has not answered for {_ANSWER_WITHIN_S:.0f} s",
                next_step="the machine may be overloaded: run fewer nodes, or with --dilation",
            ) from error
        except OSError as error:
            raise self._lost() from error
        if not message:
            raise self._lost()
        answer: dict[str, Any] = json.loads(message)
        if "died" in answer:
            raise RunError(f"the relay failed: {answer['died']}")
        return answer

    def _lost(self) -> RunError:
        return RunError(
            f"the relay (process {self._pid}) has ended: the emulated links are gone",
            next_step="if the machine ran out of memory, run fewer nodes or slower links",
        )

    def _stop(self) -> None:
        if self._control is None:
            return
        self._open_files.close()
        self._control.close()
        self._control = None
        try:
            # By descriptor: the number may be another process's by now.
            signal.pidfd_send_signal(self._pid_fd, signal.SIGKILL)
            os.waitid(os.P_PIDFD, self._pid_fd, os.WEXITED)
        except (ProcessLookupError, ChildProcessError):
            # It has ended, and an engine that is process 1 of its namespace has reaped it.
            return
        finally:
            os.close(self._pid_fd)


def _be_relay(
    control: socket.socket, *, parent_pid: int, seed: int, max_queue_s: float, realtime: bool
) -> None:
    """Be the forked process: never returns to the code of the parent."""
    status = 1
    try:
        relay_main(
            control, parent_pid=parent_pid, seed=seed, max_queue_s=max_queue_s, realtime=realtime
        )
        status = 0
    finally:
        # Not sys.exit: the parent's exit handlers and open files are not this process's.
        os._exit(status)


def _as_json(direction: LinkDirection) -> dict[str, Any]:
    return direction.model_dump(mode="json", by_alias=True)
