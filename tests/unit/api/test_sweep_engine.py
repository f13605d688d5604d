"""From a point to a call of an engine, from its summary to measures, and the look before."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import edge_aibench.api
from edge_aibench.api.sweeps.engine import MOST_LOOKED_AT, EngineRun, preview
from edge_aibench.api.sweeps.measures import DEFAULT_MEASURES, figures_of, parse_measures
from edge_aibench.api.sweeps.options import Point, arguments_of
from edge_aibench.api.sweeps.rehearsals import FILE, Rehearsals, read_rehearsals
from edge_aibench.config.load import load_scenario
from edge_aibench.emulate.rehearsal import Rehearsal
from edge_aibench.errors import ConfigError
from edge_aibench.model.time_law import ConstantTime
from edge_aibench.record.example import example_run
from edge_aibench.record.summary import Summary, summarise

TASKS = ("death", "decompensation")


def figures(summary: Summary, *names: str) -> dict[str, float]:
    return figures_of(parse_measures(names, tasks=TASKS, where="measures"), summary)


@pytest.fixture(scope="module")
def summary() -> Summary:
    # The first answers in 1 ms, the last in 100 ms; the budget is 10 ms.
    data = example_run([float(number) for number in range(1, 101)], instances=7)
    return summarise(data, folder="", percentiles=(25.0,))


def test_measures_are_read_off_the_summary(summary: Summary) -> None:
    names = ("e2e.mean", "e2e.p99", "e2e.p25", "e2e.max", "in-budget", "answered")
    found = figures(summary, *names, "goodput", "counts.late", "instances")
    assert found["e2e.mean"] == pytest.approx(50.5)
    assert (found["e2e.p99"], found["e2e.p25"], found["e2e.max"]) == (99.0, 25.0, 100.0)
    assert (found["in-budget"], found["answered"]) == (0.1, 1.0)
    assert found["goodput"] == pytest.approx(10 / summary.duration_s)
    assert (found["counts.late"], found["instances"]) == (90.0, 7.0)


def test_the_worse_direction_is_communication(summary: Summary) -> None:
    found = figures(summary, "comm.p99", "comm.up.p99", "comm.down.p99")
    assert found["comm.p99"] == max(found["comm.up.p99"], found["comm.down.p99"])


def test_keys_with_dots_of_their_own_are_found(summary: Summary) -> None:
    path = "latency.comm.up.percentiles.p50.upper"
    expected = summary.latency["comm.up"].percentiles["p50"].upper
    found = figures(summary, path, "latency.comm.sideways.max_ms")
    assert found[path] == expected
    assert math.isnan(found["latency.comm.sideways.max_ms"])


def test_what_a_run_has_not_is_no_figure(summary: Summary) -> None:
    bare = summary.model_copy(update={"latency": {}, "in_budget": None})
    assert all(math.isnan(value) for value in figures(bare, "e2e.p99", "comm.p99").values())
    assert math.isnan(figures(bare, "in-budget")["in-budget"])


def test_a_mean_of_a_run_that_lost_requests_is_infinite() -> None:
    lost = summarise(example_run([1.0, 2.0, None]), folder="")
    assert figures(lost, "e2e.mean", "e2e.p99") == {"e2e.mean": math.inf, "e2e.p99": math.inf}


def test_every_default_measure_is_known(summary: Summary) -> None:
    assert set(figures(summary, *DEFAULT_MEASURES)) == set(DEFAULT_MEASURES)


def test_a_point_becomes_the_arguments_of_a_call() -> None:
    point: Point = {
        "instances": 8,
        "place": "edge",
        "duration": "2 min",
        "link.access": "5g-sa-campus",
        "link.wan": "fibre",
        "set.stages.death.serving.workers": 2,
        "set.links.access.rate": None,
        "set.stages.death.task": "08",
        "service.death": "exponential 2 ms",
        "calibration": "here/host.yaml",
        "fault": "node edge at 1 s",
    }
    assert arguments_of(point) == {
        "instances": 8,
        "place": "edge",
        "duration_s": 120.0,
        "links": ("access=5g-sa-campus", "wan=fibre"),
        "settings": (
            "stages.death.serving.workers=2",
            "links.access.rate=null",
            'stages.death.task="08"',
        ),
        "service": ("death=exponential 2 ms",),
        "calibration": Path("here/host.yaml"),
        "faults": ("node edge at 1 s",),
    }


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, summary: Summary) -> list[dict[str, Any]]:
    """The arguments of each call of `edge_aibench.api.simulate` and `.emulate`."""
    made: list[dict[str, Any]] = []

    def engine(scenario: str, **arguments: Any) -> Any:
        made.append({"scenario": scenario, **arguments})
        return SimpleNamespace(summary=summary)

    monkeypatch.setattr(edge_aibench.api, "simulate", engine, raising=False)
    monkeypatch.setattr(edge_aibench.api, "emulate", engine, raising=False)
    return made


def rehearsals(*, seconds: float = 0.25) -> Rehearsals:
    """Times of every stage of `icu`, made up."""
    stages = load_scenario("icu").scenario.stages
    return Rehearsals(rehearse=lambda _: Rehearsal({}, calls_s={s: [seconds] for s in stages}))


def test_a_run_asks_for_its_percentiles_and_no_tables(calls: list[dict[str, Any]]) -> None:
    measures = parse_measures(["e2e.p25", "death.p99.9", "answered"], tasks=TASKS, where="m")
    point: Point = {"instances": 7, "calibration": "host.yaml", "service.death": "constant 1 ms"}
    found = EngineRun("icu", "simulate", measures)(point, 42)
    assert calls == [
        {
            "scenario": "icu",
            "instances": 7,
            "calibration": Path("host.yaml"),
            "service": ("death=constant 1 ms",),
            "seed": 42,
            "percentiles": (25.0, 99.9),
            "record": "summary",
        }
    ]
    assert found["e2e.p25"] == 25.0
    assert found["validity"] == "VALID"


def test_without_a_calibration_all_runs_take_one_rehearsal(calls: list[dict[str, Any]]) -> None:
    run = EngineRun("icu", "simulate", (), rehearsals())
    run({"instances": 2, "service.death": "constant 1 ms"}, 1)
    run({"instances": 9, "place": "device", "interval": "2 s"}, 2)
    first, second = (call["timings"] for call in calls)
    assert "service" not in calls[0]
    assert first.stages["death"].work == ConstantTime(time_s=0.001)
    assert second.stages["death"].work == first.stages["window"].work
    assert len(run.rehearsals.kept) == 1


def test_other_work_is_rehearsed_apart_and_a_run_measures_nothing() -> None:
    book = rehearsals()
    EngineRun("icu", "simulate", (), book).look({})
    EngineRun("icu", "simulate", (), book).look({"set.stages.death.precision": "int8"})
    assert len(book.kept) == 2
    kept = Rehearsals(dict([*book.kept.items()][:1]))
    EngineRun("icu", "simulate", (), kept).look({})
    with pytest.raises(ConfigError, match="was not rehearsed before the sweep"):
        EngineRun("icu", "simulate", (), kept).look({"set.stages.death.precision": "int8"})


def test_a_rehearsal_reads_back_equal(tmp_path: Path) -> None:
    kept = {
        "work": Rehearsal(
            {"death": 0.1}, {"death": 0.5}, {"death": [0.1, 0.3]}, {"a": 1.0}, {"a": {4: [0.2]}}
        )
    }
    assert read_rehearsals(tmp_path) == {}
    (tmp_path / FILE).write_text(Rehearsals(kept).written())
    assert read_rehearsals(tmp_path) == kept
    for text in ("[]", "{", '{"a": 1}'):
        (tmp_path / FILE).write_text(text)
        with pytest.raises(ConfigError, match="is no kept rehearsal"):
            read_rehearsals(tmp_path)


def test_part_of_an_emulation_is_no_run(
    calls: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, summary: Summary
) -> None:
    part = SimpleNamespace(summary=summary.model_copy(update={"interrupted": "by Ctrl-C"}))
    monkeypatch.setattr(edge_aibench.api, "emulate", lambda _scenario, **_arguments: part)
    with pytest.raises(KeyboardInterrupt):
        EngineRun("icu", "emulate", ())({}, 1)


def grid(*values: Any) -> list[Point]:
    return [{"a": first, "b": second} for first in values for second in values]


def test_points_are_looked_at_until_every_value_was_met() -> None:
    seen: list[Point] = []

    def look(point: Point) -> str:
        seen.append(point)
        return str(point)

    found = preview(grid(1, 2, 3), ("a", "b"), look)
    assert [tuple(point.values()) for point in seen] == [(1, 1), (1, 2), (1, 3), (2, 1), (3, 1)]
    assert (found.looked_at, found.problems) == (5, ())
    many: list[Point] = [{"a": number} for number in range(500)]
    assert preview(many, ("a",), look).looked_at == MOST_LOOKED_AT


def test_other_files_behind_the_points_give_another_digest() -> None:
    points = grid(1, 2)
    first = preview(points, ("a", "b"), lambda _: "x").contents
    assert preview(points, ("a", "b"), lambda _: "x").contents == first
    assert preview(points, ("a", "b"), lambda _: "y").contents != first


def test_some_points_that_cannot_run_are_told_and_all_of_them_refused() -> None:
    def look(point: Point) -> str:
        if point["a"] == 2:
            raise ConfigError("no such place", where="--place")
        return ""

    found = preview(grid(1, 2), ("a", "b"), look)
    assert [index for index, _ in found.problems] == [2]
    with pytest.raises(ConfigError, match="no such place"):
        preview([{"a": 2, "b": 1}, {"a": 2, "b": 3}], ("a", "b"), look)


def test_the_look_resolves_the_scenario_and_reads_the_files(tmp_path: Path) -> None:
    run = EngineRun("icu", "simulate", (), rehearsals())
    file = tmp_path / "host.yaml"
    file.write_text("a: 1")
    point: Point = {"instances": 2, "calibration": str(file), "set.links.access.delay": "2 ms"}
    before = run.look(point)
    assert run.look(point) == before
    assert run.look({**point, "instances": 3}) != before
    file.write_text("a: 2")
    assert run.look(point) != before
    slower = EngineRun("icu", "simulate", (), rehearsals(seconds=0.5))
    assert run.look({}) == run.look({}) != slower.look({})
    with pytest.raises(ConfigError, match=r"--set links\.acces\.delay"):
        run.look({"set.links.acces.delay": "2 ms"})
