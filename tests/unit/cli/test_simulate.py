"""`edge-aibench simulate`, and `replay` of what it left."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import edge_aibench as eb

Call = Callable[..., Any]
SMALL_WARD = str(Path(__file__).parents[2] / "emulation" / "small_ward")
QUICK = ("--duration", "2", "--warmup", "1", "--engine", "simpy")
TIMES = ("--service", "all=constant 1 ms unscaled")


@pytest.fixture
def simulate(call: Call, tmp_path: Path) -> Call:
    """Simulate the small ward with further options; what it leaves is in the temporary folder."""

    def run(*words: str) -> Any:
        return call("simulate", SMALL_WARD, *QUICK, *TIMES, "--out", str(tmp_path), *words)

    return run


def folders(tmp_path: Path) -> list[Path]:
    return sorted(tmp_path.glob("*-small-ward-*"))


def test_it_shows_the_plan_and_the_summary_and_leaves_a_record(
    simulate: Call, tmp_path: Path
) -> None:
    ending = simulate()
    assert ending.code == 0
    assert "small-ward by simulate (simpy), 3 instances" in ending.out
    assert "VALID" in ending.out
    assert "SimPy engine" in ending.err
    assert "as given: constant 1 ms" in " ".join(ending.err.split())
    (folder,) = folders(tmp_path)
    found = eb.load(folder)
    assert found.summary.counts.measured == 30
    assert found.opened is not None
    assert (found.engine, found.opened.manifest.simulated_by) == ("simpy", "simpy")


def test_json_is_the_summary_and_nothing_else(simulate: Call) -> None:
    ending = simulate("--json", "--quiet", "--slo", "e2e.p50<100ms")
    document = json.loads(ending.out)
    assert (document["engine"], document["simulated_by"]) == ("simulate", "simpy")
    assert document["counts"]["in_time"] == 30
    assert [slo["outcome"] for slo in document["slos"]] == ["kept"]
    assert ending.err == ""


def test_objectives_make_the_exit_code(simulate: Call) -> None:
    assert simulate("--slo", "e2e.p50<100ms").code == 0
    # 7 ms at least.
    assert simulate("--slo", "e2e.p50<3ms").code == 99
    assert simulate("--slo", "e2e.p99.9<100ms").code == 98


def test_repeats_count_seeds_up_and_are_combined(simulate: Call, tmp_path: Path) -> None:
    ending = simulate("--repeat", "3", "--seed", "5", "--json", "--quiet")
    assert json.loads(ending.out)["counts"]["in_time"] == 90
    seeds = {json.loads((f / "manifest.json").read_text())["seed"] for f in folders(tmp_path)}
    assert seeds == {5, 6, 7}


def test_a_record_of_summary_kind_has_no_tables(simulate: Call, tmp_path: Path) -> None:
    assert simulate("--record", "summary").code == 0
    (folder,) = folders(tmp_path)
    assert not (folder / "requests.parquet").exists()
    assert (folder / "report.html").exists()


def test_overload_is_said_before_and_no_latency_after(simulate: Call) -> None:
    ending = simulate("--set", "links.access.rate=2kbit/s")
    assert ending.code == 4
    assert "queue of link access up" in " ".join(ending.err.split())
    assert "grows without bound" in " ".join(ending.err.split())
    assert "INVALID" in ending.out
    assert "Latency in ms" not in ending.out


def test_faults_and_background_traffic_reach_the_run(simulate: Call, tmp_path: Path) -> None:
    simulate("--fault", "node edge at 1.5 s for 0.5 s", "--background", "wan up 1 Mbit/s")
    (folder,) = folders(tmp_path)
    disturbances = eb.load(folder).experiment.disturbances
    assert [(f.name, f.at_s, f.lasts_s) for f in disturbances.faults] == [("edge", 1.5, 0.5)]
    assert [(b.link, b.up_bps) for b in disturbances.background] == [("wan", 1e6)]


def test_a_run_can_be_replayed(simulate: Call, call: Call, tmp_path: Path) -> None:
    simulate("--seed", "9", "--service", "first=exponential 3 ms")
    (folder,) = folders(tmp_path)
    again = call("replay", str(folder), "--out", str(tmp_path / "again"), "--quiet")
    assert again.code == 0
    (copy,) = folders(tmp_path / "again")
    before, after = eb.load(folder), eb.load(copy)
    assert after.experiment == before.experiment
    assert after.requests.equals(before.requests)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("--seed", "1.5"), "seed"),
        (("--seed", "-1"), "seed"),
        (("--engine", "vectr"), "engine"),
        (("--record", "tables"), "record"),
        (("--service", "frist=constant 1 ms"), "did you mean first"),
        (("--service", "first=constant nan"), "--service first=constant nan"),
        (("--service-times", "no-such.csv"), "no-such.csv"),
        (("--profile", "no-such.json"), "no-such.json"),
        (("--fault", "node nowhere at 1 s"), "nowhere"),
        (("--slo", "e2e.p99<fast"), "--slo"),
        (("--patients", "10000001"), "at most 10,000,000 patients"),
        (("--repeat", "0"), "repeat"),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(
    simulate: Call, tmp_path: Path, words: tuple[str, ...], wanted: str
) -> None:
    ending = simulate(*words)
    assert ending.code == 2
    assert wanted in ending.err
    assert folders(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_no_news_for_the_end(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    out = ("--out", str(tmp_path / "file"))
    ending = call("simulate", SMALL_WARD, *QUICK, *TIMES, *out, "--quiet")
    assert ending.code == 3
    assert "cannot write" in ending.err


def test_an_interrupt_keeps_the_repeats_that_are_whole(
    simulate: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edge_aibench.api.simulation import Simulation

    run = Simulation.run

    def stopped(self: Simulation, number: int = 0, **options: Any) -> Any:
        if number == 1:
            raise KeyboardInterrupt
        return run(self, number, **options)

    monkeypatch.setattr(Simulation, "run", stopped)
    ending = simulate("--repeat", "3", "--json", "--quiet")
    assert ending.code == 130
    assert json.loads(ending.out)["counts"]["in_time"] == 30
    states = [json.loads((f / "manifest.json").read_text())["state"] for f in folders(tmp_path)]
    assert sorted(states) == ["complete", "interrupted"]
