"""The netem backend: links made by the kernel's network emulator.

Each wire is one veth pair; what leaves an interface is shaped there, on its way out. Every
complaint of `tc` is an error: a link that silently has no delay makes every number wrong.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from edge_aibench.emulate.links.backend import (
    MTU_BYTES,
    Capability,
    Endpoint,
    LinkCounters,
    WireCounters,
    naming_wire,
)
from edge_aibench.emulate.links.interface import bring_up, check_name, prepare_interface
from edge_aibench.emulate.links.namespace import inside_process, open_namespace
from edge_aibench.emulate.links.rtnetlink import RouteSocket, VethEnd
from edge_aibench.errors import EdgeAIBenchError, HostError, InternalError, RunError
from edge_aibench.model.link import LinkDirection
from edge_aibench.network.schedule import DEFAULT_MAX_QUEUE_S
from edge_aibench.network.tc import netem_arguments

_TC_WITHIN_S = 10.0
_OPERATIONAL_WITHIN_S = 5.0


@dataclass(frozen=True)
class _Pair:
    a: Endpoint
    b: Endpoint


class NetemBackend:
    """Links through the kernel's netem; use it in a `with` statement.

    The delay tables that `tc` reads lie in a folder inside *scratch*, while the statement lasts.
    """

    def __init__(self, *, scratch: Path, max_queue_s: float = DEFAULT_MAX_QUEUE_S) -> None:
        self._scratch = scratch
        self._max_queue_s = max_queue_s
        self._wires: dict[str, _Pair] = {}
        self._tables: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        self._tables = tempfile.TemporaryDirectory(prefix="netem-", dir=self._scratch)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            for wire in list(self._wires):
                self.detach(wire)
        finally:
            if self._tables is not None:
                self._tables.cleanup()
                self._tables = None

    def probe(self) -> Capability:
        """Try netem in a network namespace made for the purpose, which vanishes at once."""
        missing = [name for name in ("tc", "unshare") if shutil.which(name) is None]
        if missing:
            return Capability(
                available=False,
                reason=f"the program {' and '.join(missing)} is missing",
                mend="install iproute2 and util-linux",
            )
        tried = subprocess.run(
            ["unshare", "--net", "tc", "qdisc", "add", "dev", "lo", "root", "netem"],
            capture_output=True,
            text=True,
            timeout=_TC_WITHIN_S,
            check=False,
        )
        if tried.returncode == 0:
            return Capability(available=True, reason="the kernel has netem")
        return Capability(
            available=False,
            reason=f"the kernel does not do netem: {tried.stderr.strip()}",
            mend="modprobe sch_netem, or use --backend relay, which needs no kernel module",
        )

    def attach(
        self, wire: str, a: Endpoint, b: Endpoint, *, up: LinkDirection, down: LinkDirection
    ) -> None:
        """Join *a* and *b* by the new wire *wire*; *up* leads from *a* to *b*.

        Raises RunError or HostError naming the wire; nothing is left of the wire then.
        """
        if wire in self._wires:
            raise RunError(f"wire '{wire}' is attached already")
        pair = _Pair(a, b)
        try:
            _create(pair)
            try:
                self._shape(a, up)
                self._shape(b, down)
                for end in (a, b):
                    bring_up(end.name, pid=end.pid)
                _wait_until_operational(a)
            except EdgeAIBenchError:
                _delete(pair)
                raise
        except EdgeAIBenchError as error:
            raise naming_wire(error, wire, a, b) from error
        self._wires[wire] = pair

    def set(
        self, wire: str, *, up: LinkDirection | None = None, down: LinkDirection | None = None
    ) -> None:
        """Change one or both directions of *wire*; packets under way keep their due instants.

        Raises HostError for an outage that holds packets: netem cannot.
        """
        pair = self._known(wire)
        for end, direction in ((pair.a, up), (pair.b, down)):
            if direction is not None:
                self._shape(end, direction)

    def observe(self, wire: str) -> WireCounters:
        """Read the counters of *wire*, from its attachment on.

        The kernel counts losses and overflows in one number; here it is *lost*.
        """
        pair = self._known(wire)
        return WireCounters(up=_counters(pair.a), down=_counters(pair.b))

    def detach(self, wire: str) -> None:
        """Remove *wire* and both its interfaces; packets under way are gone."""
        pair = self._known(wire)
        del self._wires[wire]
        try:
            _delete(pair)
        except RunError:
            # With the process that held it, a node's namespace takes both interfaces along.
            if _both_holders_alive(pair):
                raise

    def _known(self, wire: str) -> _Pair:
        if wire not in self._wires:
            raise RunError(f"there is no wire '{wire}' attached")
        return self._wires[wire]

    def _shape(self, end: Endpoint, direction: LinkDirection) -> None:
        if self._tables is None:
            raise InternalError("the netem backend is used outside its `with` statement")
        if direction.outage == "held":
            raise HostError(
                f"interface {end.name}: the kernel's netem cannot hold packets during an outage "
                "and send them afterwards",
                mend="use --backend relay, or make the handovers lose packets: "
                "'handover: {kind: lost}' in the link's mobility, 'lost' in its trace",
            )
        rendered = netem_arguments(end.name, direction, max_queue_s=self._max_queue_s)
        if rendered.table is not None:
            table = Path(self._tables.name) / f"{rendered.table.name}.dist"
            if not table.exists():
                table.write_text(rendered.table.text())
        _tc(end, *rendered.arguments, library=self._tables.name)


def _create(pair: _Pair) -> None:
    for end in (pair.a, pair.b):
        check_name(end.name)
    with (
        RouteSocket() as route,
        open_namespace(pair.a.pid) as a_fd,
        open_namespace(pair.b.pid) as b_fd,
    ):
        a = VethEnd(pair.a.name, namespace_fd=a_fd, mac=pair.a.mac)
        b = VethEnd(pair.b.name, namespace_fd=b_fd, mac=pair.b.mac)
        route.create_veth(a, b, mtu_bytes=MTU_BYTES)
    try:
        for end in (pair.a, pair.b):
            with inside_process(end.pid):
                prepare_interface(end.name)
    except EdgeAIBenchError:
        _delete(pair)
        raise


def _wait_until_operational(first: Endpoint) -> None:
    """Wait until the end that came up first, its peer still down, can send.

    The kernel puts its queue in place when it next looks at the links: at once, or a second later.
    """
    end_s = time.monotonic() + _OPERATIONAL_WITHIN_S
    with inside_process(first.pid), RouteSocket() as route:
        while not route.is_operational(first.name):
            if time.monotonic() > end_s:
                raise RunError(f"interface {first.name} does not become operational")
            time.sleep(1e-3)


def _delete(pair: _Pair) -> None:
    with inside_process(pair.a.pid), RouteSocket() as route:
        route.delete_link(pair.a.name)


def _both_holders_alive(pair: _Pair) -> bool:
    return all(end.pid is None or Path(f"/proc/{end.pid}").exists() for end in (pair.a, pair.b))


def _counters(end: Endpoint) -> LinkCounters:
    shown = json.loads(_tc(end, "-s", "-j", "qdisc", "show", "dev", end.name, "root"))
    if not shown or shown[0].get("kind") != "netem":
        raise RunError(f"interface {end.name} has lost its netem qdisc")
    netem = shown[0]
    return LinkCounters(
        packets=netem["packets"],
        sent_bytes=netem["bytes"],
        lost=netem["drops"],
        dropped=0,
        queued=netem["qlen"],
    )


def _tc(end: Endpoint, *arguments: str, library: str | None = None) -> str:
    """Run tc where *end* lives; give what it prints. Raises RunError at any complaint."""
    environment = {"PATH": "/usr/sbin:/sbin:/usr/bin:/bin"}
    if library is not None:
        environment["TC_LIB_DIR"] = library
    command = ["tc", *arguments]
    try:
        # A child begins in the namespace of the thread that makes it.
        with inside_process(end.pid):
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=_TC_WITHIN_S,
                check=False,
                env=environment,
            )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RunError(f"cannot run '{' '.join(command)}': {error}") from error
    # Some complaints come with exit status 0.
    if done.returncode != 0 or done.stderr.strip():
        raise RunError(
            f"'{' '.join(command)}' failed: {done.stderr.strip() or done.stdout.strip()}",
            next_step="if this kernel has no netem: --backend relay does without",
        )
    return done.stdout
