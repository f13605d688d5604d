"""A saved configuration loads again, unchanged, whatever was in it."""

from __future__ import annotations

import math
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.config.document import parse_document, write_document
from edge_aibench.config.load import (
    document_form,
    scenario_from_document,
    topology_from_document,
)
from edge_aibench.config.overrides import parse_overrides
from edge_aibench.config.values import Amount, Value
from edge_aibench.model.hardware import Yardstick
from edge_aibench.model.link import Jitter, Link, LinkDirection, LinkEnergy
from edge_aibench.model.mobility import Handover, Mobility, Route, Station
from edge_aibench.model.scenario import Scenario
from edge_aibench.model.topology import Hardware, NodeGroup, Topology
from edge_aibench.model.trace_table import TraceColumns, TraceTable

seconds = st.floats(min_value=1e-9, max_value=1e4)


@st.composite
def directions(draw: st.DrawFn) -> LinkDirection:
    law = draw(st.sampled_from(["none", "uniform", "normal", "lognormal"]))
    spread_s = 0.0 if law == "none" else draw(seconds)
    least_s = {"none": 0.0, "uniform": math.sqrt(3), "normal": 3.0, "lognormal": 1e-3}[law]
    return LinkDirection(
        delay_s=spread_s * least_s + draw(seconds),
        jitter=Jitter(law=law, spread_s=spread_s),
        loss=draw(st.floats(min_value=0, max_value=0.999)),
        rate_bps=draw(st.none() | st.floats(min_value=1e3, max_value=1e12)),
        energy=LinkEnergy(
            sending_j_per_bit=draw(st.none() | st.floats(min_value=0, max_value=1)),
            receiving_j_per_bit=draw(st.none() | st.floats(min_value=0, max_value=1)),
        ),
    )


@st.composite
def mobilities(draw: st.DrawFn) -> Mobility:
    metres = st.floats(min_value=0, max_value=1e5)
    points = st.tuples(metres, metres)
    shortest_s, more_s = draw(seconds), draw(seconds)
    return Mobility(
        route=Route(
            speed_m_per_s=draw(st.floats(min_value=0, max_value=100)),
            waypoints=((0.0, 0.0), (1.0, 0.0), *draw(st.lists(points, max_size=4))),
        ),
        stations=tuple(
            Station(at=at, range_m=draw(st.floats(min_value=1, max_value=1e4)))
            for at in draw(st.lists(points, min_size=1, max_size=3))
        ),
        handover=Handover(
            kind=draw(st.sampled_from(["held", "lost"])),
            shortest_s=shortest_s,
            longest_s=shortest_s + more_s,
            hysteresis_db=draw(st.floats(min_value=0, max_value=10)),
            time_to_trigger_s=draw(seconds),
        ),
        shadowing_db=draw(st.floats(min_value=0, max_value=20)),
        step_s=draw(st.floats(min_value=0.01, max_value=10)),
    )


@st.composite
def trace_tables(draw: st.DrawFn) -> TraceTable:
    gaps_s = draw(st.lists(st.floats(min_value=1e-3, max_value=100), max_size=6))
    instants_s = tuple(accumulate(gaps_s, initial=0.0))
    n = len(instants_s)
    columns = TraceColumns(
        loss=tuple(draw(st.lists(st.floats(min_value=0, max_value=0.999), min_size=n, max_size=n))),
        outage=tuple(
            draw(st.lists(st.sampled_from(["none", "held", "lost"]), min_size=n, max_size=n))
        ),
    )
    period_s = draw(st.none() | st.just(instants_s[-1] + 1.0))
    return TraceTable(
        instants_s, columns, draw(st.just(columns) | st.just(TraceColumns())), period_s
    )


@st.composite
def links(draw: st.DrawFn) -> Link:
    moves = draw(st.sampled_from(["not", "by mobility", "by trace"]))
    up, down = draw(directions()), draw(directions())
    if moves == "by mobility":
        up, down = (d.model_copy(update={"rate_bps": d.rate_bps or 1e6}) for d in (up, down))
    return Link(
        between=("bed", "edge"),
        up=up,
        down=down,
        idle_power_w=draw(st.none() | st.floats(min_value=0, max_value=1e3)),
        mobility=draw(mobilities()) if moves == "by mobility" else None,
        trace=draw(trace_tables()) if moves == "by trace" else None,
    )


def judged() -> st.SearchStrategy[Hardware]:
    return st.builds(
        Hardware,
        name=st.just("box"),
        stated_speed=st.floats(min_value=1e-3, max_value=1000),
        memory_bytes=st.none() | st.floats(min_value=0, max_value=1e15),
        cores=st.none() | st.integers(1, 512),
        busy_power_w=st.none() | st.floats(min_value=100, max_value=1e4),
        idle_power_w=st.none() | st.floats(min_value=0, max_value=100),
        price_per_hour=st.none()
        | st.builds(Amount, st.floats(min_value=0, max_value=1e6), st.sampled_from(["EUR", "USD"])),
        source=st.text(max_size=20),
    )


@st.composite
def by_yardstick(draw: st.DrawFn) -> Hardware:
    times = st.floats(min_value=1e-3, max_value=10)
    yardstick = Yardstick(
        time_s=draw(times),
        precision=draw(st.sampled_from(["float32", "float16", "int8"])),
        runtime="some",
        origin="somebody",
    )
    hardware = Hardware(name="box", yardstick=yardstick)
    return hardware.measured_here(draw(times)) if draw(st.booleans()) else hardware


@st.composite
def topologies(draw: st.DrawFn) -> Topology:
    hardware = judged() | by_yardstick()
    first = NodeGroup(tier="device", count="instances", hardware=draw(hardware))
    second = NodeGroup(tier="edge", hardware=draw(hardware), broker=draw(st.booleans()))
    return Topology(
        name="ward",
        title=draw(st.text(max_size=20)),
        nodes={"bed": first, "edge": second},
        links={"air": draw(links())},
    )


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    interval_s = draw(st.floats(min_value=1e-3, max_value=1e4))
    return Scenario.model_validate(
        {
            "name": "tiny",
            "title": draw(st.text(max_size=20)),
            "topology": "ward",
            "components": "tiny:components",
            "instances": {"name": "bed", "default": draw(st.integers(1, 1000))},
            "sensors": {
                "monitor": {
                    "node": "bed",
                    "payload_bytes": draw(st.floats(min_value=0, max_value=1e9)),
                    "arrivals": {
                        "law": draw(st.sampled_from(["periodic", "poisson"])),
                        "interval_s": interval_s,
                    },
                }
            },
            "stages": {
                "death": {
                    "kind": "inference",
                    "task": "death",
                    "needs": ["monitor"],
                    "place": "edge",
                    "alert_above": draw(st.none() | st.floats(min_value=0, max_value=1)),
                }
            },
            "done_at": "death",
            "budgets": {"end_to_end": {"limit_s": draw(seconds), "percentile": 99.9}},
            "timeout_s": draw(seconds),
            "qos": draw(st.sampled_from([0, 1])),
        }
    )


def saved(value: Value) -> str:
    return write_document(document_form(value))


@given(topologies())
def test_a_saved_topology_loads_unchanged(topology: Topology) -> None:
    assert topology_from_document(parse_document(saved(topology), "config.yaml")) == topology


@given(scenarios())
def test_a_saved_scenario_loads_unchanged(scenario: Scenario) -> None:
    assert scenario_from_document(parse_document(saved(scenario), "config.yaml")) == scenario


@given(topologies(), st.integers(min_value=0, max_value=1000))
def test_a_saved_topology_can_still_be_changed(topology: Topology, delay_s: int) -> None:
    document = parse_document(saved(topology), "config.yaml")
    changed = topology_from_document(
        document,
        parse_overrides(
            [f"links.air.delay={delay_s + 1}s", "links.air.jitter={law: none, spread: 0}"]
        ),
    )
    link = changed.links["air"]
    assert link.up == topology.links["air"].up.model_copy(
        update={"delay_s": float(delay_s + 1), "jitter": Jitter()}
    )
    assert changed.nodes == topology.nodes
