"""The link check finds good links good and bad links bad, each way, also at a bridge."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edge_aibench.emulate.links.backend import Endpoint
from edge_aibench.emulate.links.check import AttachedWire, check_links, last_attempts
from edge_aibench.emulate.links.relay import RelayBackend
from edge_aibench.emulate.links.rtnetlink import RouteSocket
from edge_aibench.errors import RunError
from edge_aibench.model.link import Jitter, LinkDirection

pytestmark = pytest.mark.emulation

_UP = LinkDirection(delay_s=0.005, rate_bps=20e6)
_DOWN = LinkDirection(
    delay_s=0.01, rate_bps=50e6, loss=0.02, jitter=Jitter(law="normal", spread_s=0.001)
)


def _attach(backend: RelayBackend, pid: int, number: int = 0) -> AttachedWire:
    a, b = Endpoint("h-eth0", pid=pid), Endpoint(f"s1-eth{number}")
    backend.attach(f"access/{number}", a, b, up=_UP, down=_DOWN)
    return AttachedWire(f"access/{number}", a, b, _UP, _DOWN)


def test_links_as_asked_are_within(start_node: Any) -> None:
    with RelayBackend(seed=1) as backend:
        wires = [_attach(backend, start_node(), number) for number in range(3)]
        checks = last_attempts(check_links(wires))
        assert {(check.wire, check.direction) for check in checks} == {
            (wire.wire, way) for wire in wires for way in ("up", "down")
        }
        assert [check.problems for check in checks] == [()] * 6
        for check in checks:
            assert check.within
            assert check.delay_p50_s == pytest.approx(check.asked.delay_s, rel=0.2)
            assert check.rate_bps == pytest.approx(check.asked.rate_bps, rel=0.1)
            assert check.delay_p99_s is None or check.delay_p99_s >= check.delay_p50_s
            assert check.lost == round(check.loss_observed * check.sent)


@pytest.mark.parametrize(
    ("actual", "problem"),
    [
        (LinkDirection(delay_s=0.007, rate_bps=20e6), "median delay"),
        (LinkDirection(delay_s=0.003, rate_bps=20e6), "median delay"),
        (LinkDirection(delay_s=0.005, rate_bps=15e6), "rate 15"),
        (LinkDirection(delay_s=0.005), "asked 20 Mbit/s"),
        (LinkDirection(delay_s=0.005, rate_bps=20e6, loss=0.2), "lost"),
    ],
)
def test_a_link_unlike_what_was_asked_is_found(
    start_node: Any, actual: LinkDirection, problem: str
) -> None:
    with RelayBackend(seed=1) as backend:
        wire = _attach(backend, start_node())
        backend.set("access/0", up=actual)
        checks = check_links([wire], attempts=2)
        up = [check for check in checks if check.direction == "up"]
        assert [check.attempt for check in up] == [1, 2]
        for check in up:
            assert not check.within
            assert any(problem in text for text in check.problems)
        (down,) = [check for check in last_attempts(checks) if check.direction == "down"]
        assert down.within


def test_missing_jitter_is_found(start_node: Any) -> None:
    with RelayBackend(seed=1) as backend:
        wire = _attach(backend, start_node())
        backend.set("access/0", down=replace_jitter(_DOWN))
        (down,) = [c for c in check_links([wire], attempts=1) if c.direction == "down"]
        assert any(text.startswith("jitter") for text in down.problems)


def replace_jitter(direction: LinkDirection) -> LinkDirection:
    return direction.model_copy(update={"jitter": Jitter()})


def test_ports_of_a_bridge_are_checked_each_alone(start_node: Any) -> None:
    with RelayBackend(seed=1) as backend, RouteSocket() as route:
        wires = [_attach(backend, start_node(), number) for number in range(2)]
        route.create_bridge("s1")
        for number in range(2):
            route.set_master(f"s1-eth{number}", "s1")
        checks = last_attempts(check_links(wires[:1]))
        assert [check.problems for check in checks] == [(), ()]
        # The hundred and more test frames did not go on through the bridge to the other wire;
        # what did are the bridge's own multicast queries.
        assert sum(check.sent for check in checks) > 100
        assert backend.observe("access/1").down.packets < 10


def test_an_interface_that_is_gone_is_named(start_node: Any) -> None:
    with RelayBackend(seed=1) as backend:
        wire = _attach(backend, start_node())
        gone = replace(wire, a=Endpoint("nowhere", pid=wire.a.pid))
        with pytest.raises(RunError, match="interface nowhere"):
            check_links([gone])
