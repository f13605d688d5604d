"""All that is measured for a scenario, with runs that take known times."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from edge_aibench.api.choices import Choices, resolve
from edge_aibench.cli.progress import SilentObserver
from edge_aibench.emulate.capacity import Expectation, expect
from edge_aibench.fidelity.measuring import (
    HIGH_USE,
    LOW_USE,
    QUICK,
    Bench,
    Measuring,
    why_invalid,
)
from edge_aibench.model.components import Components
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.time_law import ConstantTime, MeasuredTimes
from edge_aibench.model.timings import MessageTimes, SizedTime, Timings
from edge_aibench.record.opened import OpenedRun
from edge_aibench.record.validity import Check, Validity
from edge_aibench.simulate.expected_load import expected_loads
from edge_aibench.simulate.plan import SimulationPlan

Emulated = Callable[..., OpenedRun]

WARD = Path(__file__).parents[2] / "emulation" / "small_ward"
TIMINGS = Timings(
    messages=MessageTimes(
        encode=ConstantTime(time_s=1e-5),
        publish=ConstantTime(time_s=1e-4),
        transfer=(SizedTime(payload_bytes=0.0, time=ConstantTime(time_s=3e-4)),),
        broker_s=5e-5,
    )
)
LATE = Check(name="generator", ok=False, what="lateness", value="9 ms", limit="1 ms", next_step="")
LATE_RELAY = LATE.model_copy(update={"name": "relay"})


@dataclass(frozen=True, kw_only=True)
class SimulatedBench(Bench):
    """Simulates what would be emulated; the first runs fail the *checks* that are left."""

    emulated: Emulated
    checks: list[Check] = field(default_factory=list)
    made: list[tuple[Experiment, Components, Expectation]] = field(default_factory=list)

    def run(
        self, experiment: Experiment, components: Components, expected: Expectation
    ) -> OpenedRun:
        self.made.append((experiment, components, expected))
        timed = experiment.model_copy(update={"timings": TIMINGS})
        run = self.emulated(timed, f"run-{len(self.made)}")
        assert run.summary is not None
        checks = (self.checks.pop(0),) if self.checks else ()
        trusted = Validity(checks=checks)
        busy = [load for load in expected_loads(SimulationPlan.of(timed)) if load.kind == "broker"]
        said = {"validity": trusted, "loads": (*run.summary.loads, *busy)}
        return replace(run, summary=run.summary.model_copy(update=said))


@pytest.fixture
def bench(emulated: Emulated, tmp_path: Path) -> SimulatedBench:
    said: list[str] = []
    return SimulatedBench(
        folder=tmp_path, observer=SilentObserver(), say=said.append, emulated=emulated
    )


def measuring(bench: SimulatedBench, *, dilation: float = 1.0) -> Measuring:
    choices = Choices(scenario=str(WARD), instances=4, place="edge", dilation=dilation)
    return Measuring.prepare(resolve(choices), QUICK, bench)


def test_everything_that_a_simulation_needs_is_measured(bench: SimulatedBench) -> None:
    found = measuring(bench).calibration(made_utc="2026-01-01T00:00:00Z", environment={})
    assert found.scenario == "small-ward"
    # `first` and `second` work for 0.3 ms (a spin on the clock).
    for name in ("first", "second"):
        law = found.stages[name].work
        assert isinstance(law, MeasuredTimes)
        assert min(law.measured_s) >= 3e-4
        assert len(law.measured_s) >= QUICK.calls
    messages = found.messages
    assert messages.encode.mean_s == pytest.approx(1e-5)
    assert messages.publish.mean_s == pytest.approx(1e-4)
    # What a broker was offered is that of the arrivals' law, what it took in that of the run.
    assert messages.broker_s == pytest.approx(5e-5, rel=0.3)
    sizes = [sized.payload_bytes for sized in messages.transfer]
    assert {4.0, 8.0} <= set(sizes)
    # In simulation all messages of a sensor are as large as they are on the average.
    assert len(sizes) == 3
    for sized in messages.transfer:
        law = sized.time
        assert isinstance(law, MeasuredTimes)
        # Neither links nor queues are in it: the messages are there when they can be.
        assert min(law.measured_s) == pytest.approx(3e-4, abs=1e-5)
    assert found.other_qos == ()
    assert (found.range.instances.least, found.range.instances.most) == (4, 4)
    assert found.sources == ("run-1", "run-2", "run-3")
    assert found.warnings == ()


def test_runs_are_as_busy_as_wanted_at_any_dilation(bench: SimulatedBench) -> None:
    measuring(bench, dilation=4.0).calibration(made_utc="2026-01-01T00:00:00Z", environment={})
    (low, _, its), (high, _, high_its), (sizes, _, _) = bench.made
    cores = len(os.sched_getaffinity(0))
    for made, expected, use in ((low, its, LOW_USE), (high, high_its, HIGH_USE)):
        assert made.dilation == 4.0
        assert expected.use == pytest.approx(min(use, expect(made, {}).use), rel=1e-6)
        assert 0 < expected.use <= use + 1e-9
        assert expected.cores == cores
    # The same time on the wall, the warm-up of a tenth not counted.
    assert low.workload.duration_s == pytest.approx(QUICK.null_s / 4)
    assert low.workload.warmup_s == pytest.approx(QUICK.null_s / 40)
    assert sizes.dilation == 4.0
    assert low.scenario.name == "null-small-ward"


def test_null_stages_say_what_the_real_ones_said(bench: SimulatedBench) -> None:
    measuring(bench).calibration(made_utc="2026-01-01T00:00:00Z", environment={})
    _, parts, _ = bench.made[0]
    stage = parts.stages(("first",), (0,))["first"]
    from edge_aibench.model.components import Call

    # Rounds 0 and 1 of the rehearsal are not counted; its instance is 0.
    outputs = [stage.process(Call(3, number, {})) for number in range(3)]
    assert outputs == [1_000_002.0, 1_000_003.0, 1_000_004.0]


def test_what_cannot_be_trusted_is_said(bench: SimulatedBench) -> None:
    bench.checks.append(LATE)
    found = measuring(bench).calibration(made_utc="2026-01-01T00:00:00Z", environment={})
    assert found.warnings == ("null stages INVALID: lateness: 9 ms, wanted 1 ms",)
    assert len(bench.made) == 3


def test_an_invalid_run_is_made_again(bench: SimulatedBench) -> None:
    said: list[str] = []
    again = SimulatedBench(**{**vars(bench), "say": said.append, "checks": [LATE]})
    experiment = resolve(Choices(scenario=str(WARD), instances=2))
    trusted = again.run_trusted(experiment, None, None, tries=2)  # type: ignore[arg-type]
    assert trusted.why == ""
    assert len(again.made) == 2
    assert said == ["INVALID, once more: lateness: 9 ms, wanted 1 ms"]


def test_some_checks_may_be_let_be(bench: SimulatedBench) -> None:
    bench.checks.append(LATE_RELAY)
    experiment = resolve(Choices(scenario=str(WARD), instances=2))
    run = bench.run(experiment, None, None)  # type: ignore[arg-type]
    assert why_invalid(run, but=("relay",)) == ""
    assert why_invalid(run) == "lateness: 9 ms, wanted 1 ms"
