"""Mobility and traces in topology documents."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import pytest

from edge_aibench.config.document import parse_document, write_document
from edge_aibench.config.load import document_form, load_topology, topology_from_document
from edge_aibench.config.overrides import Overrides, parse_overrides
from edge_aibench.errors import ConfigError
from edge_aibench.model.mobility import Handover, Mobility, Route, Station
from edge_aibench.model.topology import Topology
from edge_aibench.model.trace_table import TraceColumns, TraceTable

Refusal = Callable[[Callable[[], object]], ConfigError]

_TOPOLOGY = """\
name: road
nodes:
  car: {tier: device, count: instances, hardware: jetson-agx-orin-cpu}
  edge: {tier: edge, hardware: edge-server, broker: true}
links:
  access:
    between: [car, edge]
    preset: 5g-sa-campus
    mobility:
      route: {speed: 36 km/h, waypoints: [[0, 0], [1.2 km, 0]]}
      stations:
        - {at: [100 m, 50 m], range: 600 m}
        - {at: [900 m, 50 m], range: 0.7 km}
      handover: {kind: lost, shortest: 20 ms, hysteresis: 2 dB, time-to-trigger: 0}
      shadowing: 4 dB
      step: 200 ms
"""
_MOVES = _TOPOLOGY[_TOPOLOGY.index("    mobility:") :]
_TRACE = "time (s),delay (ms)\n0,20\n5,30\n"
_TRACED = _TOPOLOGY.replace(_MOVES, "    trace: drive.csv\n")


def _load(text: str, folder: Path | None = None, overrides: Overrides | None = None) -> Topology:
    document = parse_document(text, "road.yaml")
    return topology_from_document(document, overrides or parse_overrides(), folder=folder)


def test_mobility_is_read_with_its_units() -> None:
    link = _load(_TOPOLOGY).links["access"]
    assert link.trace is None
    assert link.mobility == Mobility(
        route=Route(speed_m_per_s=10.0, waypoints=((0.0, 0.0), (1200.0, 0.0))),
        stations=(
            Station(at=(100.0, 50.0), range_m=600.0),
            Station(at=(900.0, 50.0), range_m=700.0),
        ),
        handover=Handover(
            kind="lost", shortest_s=0.02, longest_s=0.15, hysteresis_db=2.0, time_to_trigger_s=0.0
        ),
        shadowing_db=4.0,
        step_s=0.2,
    )


def test_a_trace_lies_beside_the_topology(tmp_path: Path) -> None:
    (tmp_path / "drive.csv").write_text(_TRACE)
    columns = TraceColumns(delay_s=(0.02, 0.03))
    file = tmp_path / "road.yaml"
    file.write_text(_TRACED)
    assert load_topology(str(file)).links["access"].trace == TraceTable(
        (0.0, 5.0), columns, columns
    )


def test_a_saved_topology_holds_the_trace_itself(tmp_path: Path) -> None:
    (tmp_path / "drive.csv").write_text(_TRACE)
    topology = _load(_TRACED, tmp_path)
    text = write_document(document_form(topology))
    (tmp_path / "drive.csv").unlink()
    assert _load(text) == topology
    # As lines that people can read.
    assert "trace: |\n" in text
    assert "      5,30\n" in text


@pytest.mark.parametrize("name", ["vehicle-city", "vehicle-campus", "vehicle-trace"])
def test_what_is_shipped_is_saved_and_loads_again(name: str) -> None:
    topology = load_topology(name)
    assert _load(write_document(document_form(topology))) == topology


@pytest.mark.parametrize(
    ("change", "where", "key", "rule"),
    [
        (("speed: 36 km/h", "speed: 36"), 10, "route.speed", "m/s"),
        (("speed: 36 km/h", "speed: 36 mph"), 10, "route.speed", "km/h"),
        (("[1.2 km, 0]", "[1.2, 0]"), 10, "route.waypoints.1.0", "a length"),
        (("[1.2 km, 0]", "[-1 km, 0]"), 10, "route.waypoints.1.0", "at least 0"),
        (("[1.2 km, 0]", "[1.2 km]"), 10, "route.waypoints.1", "too few"),
        ((", [1.2 km, 0]", ""), 10, "route.waypoints", "too few entries, the least is 2"),
        (("[1.2 km, 0]", "[0, 0]"), 10, "route.waypoints", "two different points"),
        (("range: 600 m", "range: 0"), 12, "stations.0.range", "above 0"),
        (("range: 600 m", "rang: 600 m"), 12, "stations.0.rang", "no such key"),
        (("kind: lost", "kind: dropped"), 14, "handover.kind", "'held' or 'lost'"),
        (("shortest: 20 ms", "shortest: 2 s"), 14, "handover.longest", "at least 'shortest'"),
        (("shadowing: 4 dB", "shadowing: 40 dB"), 15, "shadowing", "at most 20"),
        (("shadowing: 4 dB", "shadowing: 4"), 15, "shadowing", "decibels"),
        (("step: 200 ms", "step: 1 ms"), 16, "step", "10 ms"),
    ],
)
def test_a_mistake_in_a_mobility_cites_its_line(
    refusal: Refusal, change: tuple[str, str], where: int, key: str, rule: str
) -> None:
    assert _TOPOLOGY.count(change[0]) == 1
    error = refusal(lambda: _load(_TOPOLOGY.replace(*change)))
    assert error.where == f"road.yaml:{where}"
    assert error.key == f"links.access.mobility.{key}"
    assert rule in error.rule


def test_a_link_moves_in_one_way_only(refusal: Refusal, tmp_path: Path) -> None:
    (tmp_path / "drive.csv").write_text(_TRACE)
    error = refusal(lambda: _load(_TOPOLOGY + "    trace: drive.csv\n", tmp_path))
    assert (error.where, error.key) == ("road.yaml:17", "links.access.trace")
    assert "either mobility or a trace" in error.rule


def test_mobility_needs_a_rate(refusal: Refusal) -> None:
    error = refusal(lambda: _load(_TOPOLOGY.replace("5g-sa-campus", "lan-1g\n    rate: null")))
    assert (error.where, error.key) == ("road.yaml:9", "links.access.up.rate")
    assert "mobility needs a rate" in error.rule


def test_a_link_is_not_interrupted_all_the_time(refusal: Refusal) -> None:
    text = _TOPOLOGY.replace("5g-sa-campus", "5g-sa-campus\n    outage: lost")
    error = refusal(lambda: _load(text))
    assert (error.where, error.key) == ("road.yaml:9", "links.access.up.outage")
    assert error.next_step is not None
    assert "trace" in error.next_step


def test_a_trace_that_is_not_there_cites_the_topology(refusal: Refusal, tmp_path: Path) -> None:
    for name in ("drive.csv", "d" * 5000):
        text = _TRACED.replace("drive.csv", name)
        error = refusal(functools.partial(_load, text, tmp_path))
        assert (error.where, error.key) == ("road.yaml:9", "links.access.trace")
        assert "no such trace file" in error.rule
        assert error.next_step is not None
        assert "the folder of the topology" in error.next_step


def test_a_mistake_in_a_trace_cites_the_trace(refusal: Refusal, tmp_path: Path) -> None:
    (tmp_path / "drive.csv").write_text(_TRACE + "4,30\n")
    error = refusal(lambda: _load(_TRACED, tmp_path))
    assert (error.where, error.key) == (f"{tmp_path / 'drive.csv'}:4", "time (s)")
    inline = _TOPOLOGY.replace(_MOVES, "    trace: |\n      time (s),delay (ms)\n      0,x\n")
    error = refusal(lambda: _load(inline))
    assert (error.where, error.key) == ("road.yaml:9: links.access.trace:2", "delay (ms)")


def test_a_trace_must_leave_room_for_the_jitter_of_its_link(
    refusal: Refusal, tmp_path: Path
) -> None:
    (tmp_path / "drive.csv").write_text("time (s),up delay (ms)\n0,20\n5,2\n")
    text = _TRACED.replace("5g-sa-campus", "wan-continent")
    error = refusal(lambda: _load(text, tmp_path))
    assert (error.where, error.key) == ("road.yaml:9", "links.access.trace")
    assert error.value == "up: delay 0.002 s, spread 0.001 s"
    assert _load(text.replace("trace:", "jitter: {law: none, spread: 0}\n    trace:"), tmp_path)


def test_options_change_the_movement(tmp_path: Path) -> None:
    slower = parse_overrides(["links.access.mobility.route.speed=18 km/h"])
    mobility = _load(_TOPOLOGY, None, slower).links["access"].mobility
    assert mobility is not None
    assert mobility.route.speed_m_per_s == 5.0
    parked = _load(_TOPOLOGY, None, parse_overrides(["links.access.mobility=null"]))
    assert parked.links["access"].mobility is None


def test_another_preset_keeps_the_mobility_and_drops_the_trace(tmp_path: Path) -> None:
    (tmp_path / "drive.csv").write_text(_TRACE)
    other = parse_overrides(links=["access=lte"])
    moving = _load(_TOPOLOGY, None, other).links["access"]
    assert moving.preset == "lte"
    assert moving.mobility == _load(_TOPOLOGY).links["access"].mobility
    assert _load(_TRACED, tmp_path, other).links["access"].trace is None


def test_a_trace_named_by_an_option_lies_in_the_users_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.csv").write_text(_TRACE)
    monkeypatch.chdir(tmp_path)
    chosen = parse_overrides(["links.access.trace=mine.csv"])
    text = _TOPOLOGY.replace(_MOVES, "")
    assert _load(text, tmp_path / "elsewhere", chosen).links["access"].trace is not None
