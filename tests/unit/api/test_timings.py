"""Where the times of a simulated run come from, source by source."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import pytest

from edge_aibench.api.timings import TimingChoices, rehearsed_times, timings
from edge_aibench.emulate.rehearsal import Rehearsal
from edge_aibench.errors import ConfigError
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.placement import place
from edge_aibench.model.service_times import ServiceTimes
from edge_aibench.model.time_law import NO_TIME, ConstantTime, MeasuredTimes
from edge_aibench.model.timings import MessageTimes, Moments, StageTimes, Timings
from edge_aibench.model.workload import Workload
from edge_aibench.testing.ward import small_ward, three_tiers

STAGES = ("window", "first", "second", "bedside", "archive")
REHEARSAL = Rehearsal(
    service_s=MappingProxyType({}),
    calls_s={name: (0.001 * n, 0.002 * n) for n, name in enumerate(STAGES, 1)},
    speaks={"window": 0.5},
    batches_s={"first": {2: (0.0036,)}},
)


@pytest.fixture
def ward() -> Experiment:
    """Two beds, once a second for four seconds: eight requests."""
    scenario, topology = small_ward(), three_tiers()
    return Experiment(
        source="small-ward",
        scenario=scenario,
        topology=topology,
        placement=place(scenario, topology, "edge"),
        instances=2,
        workload=Workload(duration_s=3.0, warmup_s=1.0, seed=1),
    )


def rehearsed(_experiment: Experiment) -> Rehearsal:
    return REHEARSAL


def not_rehearsed(_experiment: Experiment) -> Rehearsal:
    raise AssertionError("nothing was left to rehearse")


def log(folder: Path, rows: int = 8) -> Path:
    path = folder / "log.csv"
    path.write_text("first (ms)\n" + "2\n" * rows, encoding="utf-8")
    return path


def test_without_a_word_everything_is_rehearsed(ward: Experiment) -> None:
    found = timings(ward, TimingChoices(), rehearse=rehearsed)
    assert set(found.stages) == set(STAGES)
    window = found.stages["window"]
    assert window.work == MeasuredTimes(measured_s=(0.001, 0.002))
    # Rehearsed on this machine: divided by the speed of whatever it runs on.
    assert (window.scaled, window.passes) == (False, 0.5)
    assert window.source == "rehearsed here, 2 calls"


def test_rehearsed_batches_say_what_they_gain() -> None:
    # A mean of 3 ms alone and 3.6 ms for two: the second adds a fifth.
    work = rehearsed_times(REHEARSAL, "first").work
    assert work.marginal == pytest.approx(0.2)


def test_a_stage_that_never_worked_takes_no_time() -> None:
    times = rehearsed_times(Rehearsal(service_s={}, calls_s={"first": ()}), "first")
    assert times.work == NO_TIME
    assert times.source == "rehearsed here, and never at work"


def test_a_law_comes_before_a_rehearsal_and_leaves_silence_alone(ward: Experiment) -> None:
    choices = TimingChoices(services=["window=constant 3 ms", "first=constant 4 ms unscaled"])
    found = timings(ward, choices, rehearse=rehearsed)
    window = found.stages["window"]
    assert window.work == ConstantTime(time_s=3e-3)
    assert (window.scaled, window.passes) == (False, 0.5)
    assert window.source == "as given: constant 3 ms"
    assert found.stages["first"].scaled
    assert found.stages["second"].source == "rehearsed here, 2 calls"


def test_laws_for_all_stages_need_no_rehearsal(ward: Experiment) -> None:
    found = timings(ward, TimingChoices(services=["all=constant 0"]), rehearse=not_rehearsed)
    assert {times.work.mean_s for times in found.stages.values()} == {0.0}
    assert set(found.stages) == set(STAGES)


def test_a_law_may_say_itself_how_often_its_stage_speaks(ward: Experiment) -> None:
    choices = TimingChoices(services=["window=constant 3 ms passes 10 %"])
    assert timings(ward, choices, rehearse=rehearsed).stages["window"].passes == 0.1


def test_a_log_is_replayed_and_other_stages_take_no_time(ward: Experiment, tmp_path: Path) -> None:
    path = log(tmp_path)
    found = timings(ward, TimingChoices(service_times=path), rehearse=not_rehearsed)
    assert found.replay is not None
    assert found.replay.columns == {"first": (0.002,) * 8}
    assert set(found.stages) == {"first"}
    assert found.stages["first"].source == f"replayed from {path}"


def test_a_law_may_stand_beside_a_log_but_not_against_it(ward: Experiment, tmp_path: Path) -> None:
    path = log(tmp_path)
    beside = TimingChoices(services=["second=constant 3 ms"], service_times=path)
    found = timings(ward, beside, rehearse=not_rehearsed)
    assert found.stages["second"].work == ConstantTime(time_s=3e-3)
    others = TimingChoices(services=["all=constant 3 ms"], service_times=path)
    found = timings(ward, others, rehearse=not_rehearsed)
    assert found.stages["first"].work == NO_TIME
    assert found.stages["archive"].work == ConstantTime(time_s=3e-3)
    against = TimingChoices(services=["first=constant 3 ms"], service_times=path)
    with pytest.raises(ConfigError, match=r"both a law and a column.*found 'first'"):
        timings(ward, against, rehearse=not_rehearsed)


def test_a_log_with_too_few_rows_is_refused(ward: Experiment, tmp_path: Path) -> None:
    path = log(tmp_path, rows=7)
    with pytest.raises(ConfigError, match=r"has 7 rows, but the run plans 8 requests"):
        timings(ward, TimingChoices(service_times=path), rehearse=not_rehearsed)


def test_a_calibration_is_the_ground_that_others_stand_on(ward: Experiment) -> None:
    calibrated = Timings(
        stages={
            name: StageTimes(
                work=MeasuredTimes(measured_s=(0.5, 0.7)),
                passes=0.25,
                payload_bytes=12,
                source="calibrated",
            )
            for name in STAGES
        },
        messages=MessageTimes(broker_s=1e-4, source="calibrated"),
        rows=True,
    )
    choices = TimingChoices(services=["first=constant 3 ms"], calibrated=calibrated)
    found = timings(ward, choices, rehearse=not_rehearsed)
    assert found.messages == calibrated.messages
    assert found.stages["second"] == calibrated.stages["second"]
    first = found.stages["first"]
    assert (first.passes, first.payload_bytes) == (0.25, 12)
    assert (first.work, first.source) == (ConstantTime(time_s=3e-3), "as given: constant 3 ms")
    assert found.rows


def test_rows_end_where_other_measurements_come_in(ward: Experiment, tmp_path: Path) -> None:
    calibrated = Timings(
        stages={
            name: StageTimes(work=MeasuredTimes(measured_s=(0.5, 0.7)), source="calibrated")
            for name in STAGES
        },
        rows=True,
        moments=Moments(at_s=(0.0, 1.0), stretch_s=1.0),
    )
    path = tmp_path / "calls.csv"
    path.write_text("1\n2\n3\n", encoding="utf-8")
    for stage in ("first", "all"):
        choices = TimingChoices(services=[f"{stage}=measured {path}"], calibrated=calibrated)
        found = timings(ward, choices, rehearse=not_rehearsed)
        assert found.stages["first"].work == MeasuredTimes(measured_s=(1.0, 2.0, 3.0))
        assert (found.rows, found.moments) == (False, None)
    laws = TimingChoices(services=["all=constant 1 ms unscaled"], calibrated=calibrated)
    assert timings(ward, laws, rehearse=not_rehearsed).moments == calibrated.moments


def test_a_profile_counts_as_it_is_on_its_own_hardware_only(
    ward: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def profile(measured_on: str) -> ServiceTimes:
        return ServiceTimes(
            task="first",
            preset="reference",
            runtime="litert",
            precision="float32",
            threads=1,
            measured_on=measured_on,
            calls_ns={1: (2_000_000, 4_000_000), 2: (4_500_000,)},
        )

    chosen = {"first": profile("edge-hardware"), "second": profile("some processor")}
    monkeypatch.setattr(
        "edge_aibench.api.profiles.service_times", lambda *_files, **_options: chosen
    )
    choices = TimingChoices(profiles=[Path("profile.json")])
    found = timings(ward, choices, rehearse=rehearsed)
    first, second = found.stages["first"], found.stages["second"]
    # A mean of 3 ms alone and 4.5 ms for two: the second adds one half.
    for times in (first, second):
        assert isinstance(times.work, MeasuredTimes)
        assert times.work.measured_s == (0.002, 0.004)
        assert times.work.marginal == pytest.approx(0.5)
    assert (first.scaled, second.scaled) == (True, False)
    assert (
        first.source == "profile of first reference float32 in litert, 1 threads, on edge-hardware"
    )
    assert found.stages["window"].source == "rehearsed here, 2 calls"


def test_what_is_wrong_with_an_option_or_a_file_is_said(ward: Experiment, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no stage of this name"):
        timings(ward, TimingChoices(services=["frist=constant 1 ms"]), rehearse=not_rehearsed)
    missing = TimingChoices(service_times=tmp_path / "nowhere.csv")
    with pytest.raises(ConfigError, match="no such file"):
        timings(ward, missing, rehearse=not_rehearsed)
