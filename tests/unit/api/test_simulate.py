"""`edge_aibench.simulate` as users call it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import edge_aibench as eb
from edge_aibench.errors import ConfigError

Simulate = Callable[..., eb.Run]
SMALL_WARD = Path(__file__).parents[2] / "emulation" / "small_ward"


@pytest.fixture
def simulate() -> Simulate:
    """Simulate the small ward: 3 patients, 5 readings a second, every stage takes 1 ms."""

    def run(**options: Any) -> eb.Run:
        given = {"service": {"all": "constant 1 ms unscaled"}, "duration_s": 2.0, "warmup_s": 1.0}
        return eb.simulate(SMALL_WARD, **{"engine": "simpy", **given, **options})

    return run


def test_latencies_are_those_of_the_path(simulate: Simulate) -> None:
    run = simulate(instances=1)
    # 2 ms up, window, first and second one after the other on one worker, 1 ms down, bedside.
    assert run.summary.latency["e2e"].percentiles["p50"].value == pytest.approx(7.0)
    # 5 readings a second for 1 s of warm-up and 2 s that count.
    assert (run.summary.counts.planned, run.summary.counts.measured) == (15, 10)
    assert run.summary.validity.valid
    assert run.engine == "simpy"


def test_tables_are_the_record(simulate: Simulate) -> None:
    run = simulate(instances=2)
    assert list(run.requests["request"]) == list(range(30))
    measured = run.requests[~run.requests["warmup"]]
    latencies_ms = (measured["done_ns"] - measured["scheduled_ns"]) / 1e6
    assert latencies_ms.min() == pytest.approx(7.0)
    assert set(run.hops["kind"]) >= {"transfer", "service"}


def test_the_scenarios_own_word_counts_instances(simulate: Simulate) -> None:
    assert simulate(patients=2).summary.instances == 2
    assert simulate(instances=2).summary.instances == 2
    assert simulate().summary.instances == 3


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ({"cameras": 2}, r"'cameras'.*\n.*write patients= or instances="),
        ({"patiens": 2}, "did you mean patients="),
        ({"plaice": 2}, "did you mean place="),
        ({"patients": 2, "instances": 2}, "says the number of instances twice"),
        ({"patients": 2.5}, "whole number of at least 1"),
        ({"patients": 0}, "whole number of at least 1"),
        ({"patients": True}, "whole number of at least 1"),
        ({"patients": 10_000_001}, "at most 10,000,000 patients"),
        ({"seed": "seven"}, "seed: must be a whole number"),
        ({"seed": 1.0}, "seed: must be a whole number"),
        ({"seed": -1}, "seed: must be a whole number"),
        ({"seed": 2**63}, "below 2"),
        ({"duration_s": float("nan")}, "duration_s: must be a number of seconds"),
        ({"duration_s": "long"}, "duration_s: must be a number of seconds"),
        ({"duration_s": 1e-4, "warmup_s": 0.0}, "long enough for one observation"),
        ({"warmup_s": -1.0}, "warmup_s: must be a number of seconds"),
        ({"engine": "vectr"}, "did you mean vector"),
        ({"record": "tables"}, "there is no record of this name"),
        ({"place": "moon"}, "there is no place of this name"),
        ({"place": 3}, "place: must be a text"),
        ({"service": {"first": "exponential -1 ms"}}, "at least 0"),
        ({"service": {"frist": "constant 1 ms unscaled"}}, "did you mean first"),
        ({"service": "first=constant 1 ms"}, r"service: must be a list of texts"),
        ({"faults": ["node edg at 1 s"]}, "node"),
        ({"background": ["wan upp 3"]}, "--background"),
        ({"settings": {"stages.first.serving.workers": 0}}, "must be at least 1"),
        ({"calibration": "no-such-file.json"}, "no-such-file.json"),
        ({"record": "full", "patients": 1_000_000}, "at most 2,000,000 observations"),
        ({"record": "summary", "patients": 1_000_000}, "the SimPy engine keeps all"),
    ],
)
def test_what_is_wrong_is_said(simulate: Simulate, words: dict[str, Any], wanted: str) -> None:
    with pytest.raises(ConfigError, match=f"(?s){wanted}"):
        simulate(**words)


def test_places_and_settings_go_as_mappings_and_as_texts(simulate: Simulate) -> None:
    placed = simulate(place={"first": "device"}).experiment.placement.groups
    assert (placed["first"], placed["second"]) == (("bedside",), ("edge",))
    for settings in ({"stages.first.serving.workers": 2}, ["stages.first.serving.workers=2"]):
        stage = simulate(settings=settings).experiment.scenario.stages["first"]
        assert stage.serving is not None
        assert stage.serving.workers == 2


@pytest.mark.parametrize("interval", ["500ms", 0.5])
def test_an_interval_is_a_text_or_seconds(simulate: Simulate, interval: str | float) -> None:
    run = simulate(interval=interval, instances=1)
    # 3 s at 2 a second.
    assert run.summary.counts.planned == 6


def test_one_seed_gives_one_run_and_another_another(simulate: Simulate) -> None:
    service = {"all": "exponential 1 ms"}
    one, again, other = (simulate(seed=seed, service=service) for seed in (4, 4, 5))
    assert one.hops.equals(again.hops)
    assert not one.hops.equals(other.hops)


def test_times_of_one_run_serve_another(simulate: Simulate) -> None:
    first = simulate(service={"all": "constant 2 ms unscaled"}, instances=1)
    # 2 ms up, four stages, 1 ms down.
    second = simulate(service=(), timings=first.experiment.timings, instances=1)
    assert second.summary.latency["e2e"].percentiles["p50"].value == pytest.approx(11.0)


def test_an_overloaded_run_is_foreseen_and_invalid(simulate: Simulate) -> None:
    # Three times 100 ms of work, five times a second, for each of three patients.
    run = simulate(service={"all": "constant 100 ms unscaled"})
    grown = [load for load in run.expected if load.grows]
    assert [load.name for load in grown] == ["worker of edge"]
    assert grown[0].share == pytest.approx(3 * 3 * 5 * 0.1)
    assert not run.summary.validity.valid
    (reason,) = run.summary.validity.reasons
    assert reason.name == "stable"
    assert "grows without bound" in reason.value


def test_a_summary_keeps_no_tables_and_says_so(simulate: Simulate) -> None:
    full, brief = simulate(), simulate(record="summary")
    assert brief.summary.latency["e2e"].percentiles == full.summary.latency["e2e"].percentiles
    with pytest.raises(ConfigError, match='run it with record="full"'):
        brief.requests  # noqa: B018 - reading is what raises


def test_a_run_is_saved_and_read_back(simulate: Simulate, tmp_path: Path) -> None:
    run = simulate()
    folder = run.save(tmp_path)
    again = eb.load(folder)
    assert again.requests.equals(run.requests)
    assert again.hops.equals(run.hops)
    assert again.experiment == run.experiment
    assert again.summary.latency == run.summary.latency
    assert again.summary.runs == (str(folder),)
    assert again.folder == folder
    assert {file.name for file in folder.iterdir()} == {
        "manifest.json",
        "config.yaml",
        "requests.parquet",
        "hops.parquet",
        "links.json",
        "summary.json",
        "trace.json",
        "report.html",
    }


def test_a_summary_is_saved_without_tables(simulate: Simulate, tmp_path: Path) -> None:
    folder = simulate(record="summary").save(tmp_path)
    again = eb.load(folder)
    assert again.summary.counts.measured == 30
    with pytest.raises(ConfigError, match="is a summary"):
        again.hops  # noqa: B018 - reading is what raises


def test_a_saved_run_is_copied(simulate: Simulate, tmp_path: Path) -> None:
    folder = simulate().save(tmp_path / "a")
    run = eb.load(folder)
    assert run.save(tmp_path / "a") == folder
    copy = run.save(tmp_path / "b")
    assert copy == tmp_path / "b" / folder.name
    assert eb.load(copy).requests.equals(run.requests)


def test_what_is_no_run_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no run folder"):
        eb.load(tmp_path)


def test_emulation_is_refused_before_it_begins() -> None:
    with pytest.raises(ConfigError, match="dilation: must be from 1 to 1000"):
        eb.emulate("icu", dilation=0.5)
    with pytest.raises(ConfigError, match="did you mean relay"):
        eb.emulate("icu", backend="rely")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="at most 50000 patients"):
        eb.emulate("icu", patients=60_000)
