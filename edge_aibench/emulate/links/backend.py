"""What a link backend is: the one thing that stands between two emulated nodes.

One backend object serves one run. Names are those of the run's wires.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, Self

from edge_aibench.errors import EdgeAIBenchError, HostError, InternalError, RunError
from edge_aibench.model.link import LinkDirection

MTU_BYTES = 1500
"""IP packet size of every link; the Ethernet header comes on top."""

Way = Literal["up", "down"]


@dataclass(frozen=True)
class Endpoint:
    """An interface to be made: its *name*, where it lives and its MAC address.

    *pid* is that of any process in the wanted network namespace; None means the namespace of
    the calling process. *mac* None leaves the choice to the kernel.
    """

    name: str
    pid: int | None = None
    mac: str | None = None


@dataclass(frozen=True)
class Capability:
    """Whether a backend works on this machine, why (not), and what would mend it."""

    available: bool
    reason: str
    mend: str | None = None


@dataclass(frozen=True)
class LinkCounters:
    """What one direction has done since it was attached.

    *packets* and *sent_bytes* (Ethernet frames) have arrived, *lost* fell to the loss law,
    *dropped* to a full queue or an end that was gone, *queued* are under way. The lateness is
    how long after its due instant a packet was handed to its receiver, in nanoseconds; None
    where the backend cannot see it or nothing has arrived.
    """

    packets: int
    sent_bytes: int
    lost: int
    dropped: int
    queued: int
    lateness_p50_ns: int | None = None
    lateness_p99_ns: int | None = None
    lateness_max_ns: int | None = None


@dataclass(frozen=True)
class WireCounters:
    """Both directions of one wire."""

    up: LinkCounters
    down: LinkCounters


class LinkBackend(Protocol):
    """Makes links that delay, lose and slow down packets as asked, and changes them."""

    def probe(self) -> Capability:
        """Tell whether this machine can do it; touches nothing."""
        ...

    def attach(
        self, wire: str, a: Endpoint, b: Endpoint, *, up: LinkDirection, down: LinkDirection
    ) -> None:
        """Join *a* and *b* by the new wire *wire*; *up* leads from *a* to *b*.

        On return both interfaces exist, are up and shape from the first packet on. Raises
        RunError or HostError naming the wire; nothing is left of it then.
        """
        ...

    def set(
        self, wire: str, *, up: LinkDirection | None = None, down: LinkDirection | None = None
    ) -> None:
        """Change one or both directions; packets under way keep their due instants.

        Only an outage that holds packets moves them: `network/schedule.py` says how. Raises
        HostError if the backend cannot hold packets.
        """
        ...

    def observe(self, wire: str) -> WireCounters:
        """Read the counters of *wire*."""
        ...

    def detach(self, wire: str) -> None:
        """Remove *wire* and both its interfaces; packets under way are gone."""
        ...


def naming_wire(error: EdgeAIBenchError, wire: str, a: Endpoint, b: Endpoint) -> EdgeAIBenchError:
    """Give *error* again, of the same kind, saying which wire it happened to."""
    where = f"wire '{wire}' from {a.name} to {b.name}"
    if isinstance(error, HostError):
        return HostError(f"{where}: {error.what}", mend=error.mend)
    if isinstance(error, RunError):
        return RunError(f"{where}: {error.what}", next_step=error.next_step)
    return InternalError(f"{where}: {error}")


class ManagedBackend(LinkBackend, Protocol):
    """A backend that is started and stopped: use it in a `with` statement."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
