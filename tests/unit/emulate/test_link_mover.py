"""Links changed at their instants, and what the record says of it."""

from __future__ import annotations

import time

import pytest

from edge_aibench.emulate.link_mover import LinkMover
from edge_aibench.emulate.link_results import with_movement
from edge_aibench.emulate.links.backend import Capability, Endpoint, WireCounters
from edge_aibench.model.link import LinkDirection
from edge_aibench.network.trace import LinkState, LinkTrace
from edge_aibench.record.links import LinkAsked, LinkMovement, LinkResult

MS = 1_000_000


def state(delay_s: float, rate_bps: float = 8e6, *, out: bool = False) -> LinkState:
    one = LinkDirection(delay_s=delay_s, rate_bps=rate_bps, outage="lost" if out else "none")
    return LinkState(up=one, down=one.model_copy(update={"outage": "none"}))


class Noted:
    """A backend that writes down what is set."""

    def __init__(self) -> None:
        self.settings: list[tuple[str, float]] = []

    def probe(self) -> Capability:
        raise NotImplementedError

    def attach(
        self, wire: str, a: Endpoint, b: Endpoint, *, up: LinkDirection, down: LinkDirection
    ) -> None:
        raise NotImplementedError

    def set(
        self, wire: str, *, up: LinkDirection | None = None, down: LinkDirection | None = None
    ) -> None:
        assert up is not None
        assert down is not None
        self.settings.append((wire, up.delay_s))

    def observe(self, wire: str) -> WireCounters:
        raise NotImplementedError

    def detach(self, wire: str) -> None:
        raise NotImplementedError


TRACES = {
    "access/0": LinkTrace((0.0, 0.02), (state(0.001), state(0.002))),
    "access/1": LinkTrace((0.0, 0.01, 5.0), (state(0.003), state(0.004), state(0.005))),
}


@pytest.mark.parametrize("dilation", [1.0, 3.0])
def test_every_wire_changes_when_its_trace_says(dilation: float) -> None:
    backend = Noted()
    mover = LinkMover(backend, TRACES, dilation=dilation, duration_s=1.0)
    origin_ns = time.monotonic_ns()
    mover.begin(origin_ns)
    # Delays are as much longer as time is slower.
    assert backend.settings == [("access/0", 0.001 * dilation), ("access/1", 0.003 * dilation)]
    assert mover.next_ns() == origin_ns + round(10 * MS * dilation)
    while mover.next_ns() < origin_ns + 1000 * MS:
        mover.move()
    assert time.monotonic_ns() >= origin_ns + 20 * MS * dilation
    assert backend.settings[2:] == [("access/1", 0.004 * dilation), ("access/0", 0.002 * dilation)]
    assert mover.latest_ns < 1000 * MS


def test_without_traces_nothing_is_ever_due() -> None:
    mover = LinkMover(Noted(), {}, dilation=1.0, duration_s=1.0)
    mover.begin(time.monotonic_ns())
    assert mover.next_ns() == 2**63


def test_the_record_says_how_a_link_moved() -> None:
    # 2 s at 8 Mbit/s and 10 ms, 1 s out, 1 s at 4 Mbit/s and 30 ms; the run ends after 4 s.
    trace = LinkTrace(
        (0.0, 2.0, 3.0, 9.0),
        (state(0.01), state(0.01, out=True), state(0.03, 4e6), state(0.5)),
    )
    links = tuple(
        LinkResult(wire=wire, link="access", direction=way, asked=LinkAsked(delay_s=0.01))
        for wire in ("access/0", "access/1")
        for way in ("up", "down")
    )
    up, down, *others = with_movement(links, {"access/0": trace}, duration_s=4.0)
    assert up.movement == LinkMovement(
        changes=2, outages=1, outage_s=1.0, rate_mean_bps=7e6, delay_mean_s=0.015
    )
    assert down.movement is not None
    assert (down.movement.outages, down.movement.outage_s) == (0, 0.0)
    assert [link.movement for link in others] == [None, None]
