"""Measures on this machine what a simulation of a scenario takes as known.

Each thing is measured by itself: the stages in a process that does nothing else, and in short
emulated runs what surrounds them, the messages, and how long a broker is busy with one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edge_aibench.emulate.rehearsal import Extent
from edge_aibench.fidelity.measured import Measured
from edge_aibench.fidelity.message_sizes import (
    INTERVAL_S,
    SizeComponents,
    pattern,
    size_experiment,
    transfers_s,
)
from edge_aibench.fidelity.null_stages import NullComponents, null_experiment, travelling

if TYPE_CHECKING:
    from pathlib import Path

    from edge_aibench.emulate.capacity import Expectation
    from edge_aibench.emulate.outcome import Observer
    from edge_aibench.emulate.rehearsal import Rehearsal
    from edge_aibench.fidelity.observations import RunObservations
    from edge_aibench.model.calibration import Calibration, QualityOfService
    from edge_aibench.model.components import Components
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.record.opened import OpenedRun

LOW_USE = 0.1
"""Share of this machine's cores that null stages may ask for: messages hardly meet then."""

HIGH_USE = 0.5
"""The same where it is counted what many messages cost a broker."""

PAUSE_S = 0.02
"""Between two observations while the stages work. One after the other, the four stages of the ICU
ward took 0.8 ms; with pauses of 5 ms 1.1 ms, of 20 and of 35 ms 1.2 ms; in emulated runs 1.3 to
1.6 ms (2-core virtual machine)."""

SIZES_BYTES = (100, 1_000, 10_000, 100_000, 1_000_000)
_WARMUP_SHARE = 0.1
_MOST_PER_S = 1000.0
"""Requests a second on the wall, of which the use is a share."""


@dataclass(frozen=True, kw_only=True)
class Thoroughness:
    """How much to measure; seconds are those on the wall.

    *calls* of each network, *null_s* and *busy_s* of null stages at a low and at a high rate,
    *small* and *large* messages of each of *sizes_bytes*. With *both_qos* also at the QoS that the
    scenario does not use. An INVALID run is made again, until there have been so many *tries*.
    """

    calls: int
    null_s: float
    busy_s: float
    small: int
    large: int
    sizes_bytes: tuple[int, ...]
    both_qos: bool
    tries: int


FULL = Thoroughness(
    calls=200,
    null_s=15.0,
    busy_s=4.0,
    small=100,
    large=40,
    sizes_bytes=SIZES_BYTES,
    both_qos=True,
    tries=2,
)
QUICK = Thoroughness(
    calls=20,
    null_s=3.0,
    busy_s=1.5,
    small=20,
    large=15,
    sizes_bytes=SIZES_BYTES[::2],
    both_qos=False,
    tries=1,
)


class Interrupted(Exception):  # noqa: N818 - no error: the user's wish
    """Somebody stopped a measuring run."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Where measuring runs go and whom they tell.

    *say* is told what is measured next, *command* is the line that repeats it.
    """

    folder: Path
    observer: Observer
    say: Callable[[str], None]
    command: str = ""

    def run(
        self, experiment: Experiment, components: Components, expected: Expectation
    ) -> OpenedRun:
        """Emulate once. Raises what `emulate` raises, and Interrupted."""
        from edge_aibench.emulate.session import RunRequest, emulate
        from edge_aibench.record.opened import open_run

        request = RunRequest(
            experiment=experiment,
            components=components,
            out_dir=self.folder,
            command=self.command,
            expected_use=expected.use,
        )
        result = emulate(request, self.observer)
        if result.interrupted:
            raise Interrupted
        return open_run(result.folder)

    def run_trusted(
        self,
        experiment: Experiment,
        components: Components,
        expected: Expectation,
        *,
        tries: int,
        but: Collection[str] = (),
    ) -> Trusted:
        """The same, until a run is valid or *tries* are over; checks named in *but* are let be."""
        while True:
            tries -= 1
            run = self.run(experiment, components, expected)
            why = why_invalid(run, but=but)
            if not why or not tries:
                return Trusted(run, why)
            self.say(f"INVALID, once more: {why}")


@dataclass(frozen=True)
class Trusted:
    """A *run*, and *why* it cannot be trusted ("" if it can)."""

    run: OpenedRun
    why: str


def why_invalid(run: OpenedRun, *, but: Collection[str] = ()) -> str:
    """The checks, but those named in *but*, by which *run* cannot be trusted; "" if it can."""
    checks = () if run.summary is None else run.summary.validity.checks
    return "; ".join(
        f"{check.what}: {check.value}, wanted {check.limit}"
        for check in checks
        if not check.ok and check.name not in but
    )


@dataclass(frozen=True, kw_only=True)
class Measuring:
    """The measuring of one *experiment*, whose workload is not run."""

    experiment: Experiment
    components: Components
    rehearsal: Rehearsal
    how: Thoroughness
    bench: Bench

    @classmethod
    def prepare(cls, experiment: Experiment, how: Thoroughness, bench: Bench) -> Measuring:
        """Have the stages of one instance work here, for their times and some of their outputs.

        Raises ConfigError, HostError or RunError where that cannot be.
        """
        from edge_aibench.api.components import load_components
        from edge_aibench.api.timings import REHEARSED_ROUNDS
        from edge_aibench.emulate.capacity import check_memory
        from edge_aibench.emulate.rehearsal import rehearse

        check_memory(experiment)
        bench.say("work of the stages")
        observations = dict.fromkeys(experiment.scenario.sensors, REHEARSED_ROUNDS)
        components = load_components(experiment, observations)
        extent = Extent(
            calls=how.calls,
            rounds=REHEARSED_ROUNDS,
            batches=True,
            outputs=travelling(experiment),
            as_worker=True,
            pause_s=PAUSE_S,
        )
        return cls(
            experiment=experiment,
            components=components,
            rehearsal=rehearse(experiment.scenario, components, observations, extent=extent),
            how=how,
            bench=bench,
        )

    def calibration(self, *, made_utc: str, environment: Mapping[str, Any]) -> Calibration:
        """Make all runs and read them. Raises what `emulate` raises, and Interrupted."""
        from edge_aibench.fidelity.observations import observe

        say = self.bench.say
        say("null stages at a low rate: handling, encode, publish, transfer")
        low = self.bench.run_trusted(
            *self._null_run(LOW_USE, self.how.null_s), tries=self.how.tries
        )
        null = observe(low.run)
        say("null stages at a high rate: how long a broker is busy with a message")
        # What else is at work here delays the broker, and adds nothing to its processor time.
        high = self.bench.run(*self._null_run(HIGH_USE, self.how.busy_s))
        sized = {level: self._size_run(level, null) for level in self._levels()}
        runs = {"null stages": low} | {f"sizes at QoS {at}": run for at, run in sized.items()}
        measured = Measured(
            experiment=self.experiment,
            rehearsal=self.rehearsal,
            null=null,
            transfer_s={level: _transfers_s(made.run) for level, made in sized.items()},
            broker_s=observe(high).broker_s,
            broker_messages=_messages(high),
            sources=tuple(
                run.path.name for run in (low.run, high, *(s.run for s in sized.values()))
            ),
            warnings=tuple(
                f"{what} INVALID: {made.why}" for what, made in runs.items() if made.why
            ),
        )
        return measured.calibration(
            made_utc=made_utc, environment={**environment, "link_backend": _link_backend(low.run)}
        )

    def _levels(self) -> tuple[QualityOfService, ...]:
        """The scenario's own QoS first."""
        qos: QualityOfService = self.experiment.scenario.qos
        return (qos, 0 if qos else 1) if self.how.both_qos else (qos,)

    def _null_run(
        self, use: float, wall_s: float
    ) -> tuple[Experiment, NullComponents, Expectation]:
        """Null stages for *wall_s*, as often as gives this machine's cores that *use*."""
        from edge_aibench.api.components import load_components
        from edge_aibench.emulate.capacity import expect

        virtual_s = wall_s / self.experiment.dilation

        def at(slower: float) -> Experiment:
            return null_experiment(
                self.experiment,
                slower=slower,
                duration_s=virtual_s,
                warmup_s=_WARMUP_SHARE * virtual_s,
            )

        # Where hardly anything travels, the sensors alone would be fast enough to be in the way.
        slower = max(expect(at(1.0), {}).use / use, self._requests_per_s / (use * _MOST_PER_S))
        experiment = at(slower)
        parts = NullComponents(load_components(experiment), self.rehearsal.payloads)
        return experiment, parts, expect(experiment, {})

    @property
    def _requests_per_s(self) -> float:
        """On the wall, of all sensors."""
        experiment = self.experiment
        sensors = experiment.scenario.sensors.values()
        rate_per_s = sum(experiment.instances / sensor.arrivals.interval_s for sensor in sensors)
        return rate_per_s / experiment.dilation

    def _size_run(self, qos: QualityOfService, null: RunObservations) -> Trusted:
        from edge_aibench.emulate.capacity import expect

        how = self.how
        sizes = {*how.sizes_bytes, *null.transfer_s, *null.rough_transfer_s} - {0}
        order = pattern(sizes, small=how.small, large=how.large)
        self.bench.say(
            f"{len(order)} messages of {len(sizes)} sizes at QoS {qos}, "
            f"about {len(order) * INTERVAL_S:.0f} s"
        )
        experiment = size_experiment(
            order,
            source=self.experiment.source,
            qos=qos,
            dilation=self.experiment.dilation,
            backend=self.experiment.backend,
            seed=self.experiment.workload.seed,
        )
        # The relay sends the frames of a long message one after the other, each later than it was
        # due: that is part of what is measured.
        return self.bench.run_trusted(
            experiment,
            SizeComponents(order),
            expect(experiment, {}),
            tries=how.tries,
            but=("relay",),
        )


def _transfers_s(run: OpenedRun) -> dict[int, Any]:
    if run.requests is None or run.hops is None:
        return {}
    return transfers_s(run.requests, run.hops)


def _link_backend(run: OpenedRun) -> str:
    """What made the links of *run*: only the relay tells how late it was."""
    late_ms = None if run.summary is None else run.summary.health.relay_lateness_p99_ms
    return "netem" if late_ms is None else "relay"


def _messages(run: OpenedRun) -> int:
    from edge_aibench.fidelity.broker_time import messages_taken_in
    from edge_aibench.fidelity.observations import experiment_of
    from edge_aibench.simulate.plan import SimulationPlan

    if run.hops is None:
        return 0
    return messages_taken_in(run.hops, SimulationPlan.of(experiment_of(run)))
