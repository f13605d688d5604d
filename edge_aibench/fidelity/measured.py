"""A calibration from what was measured apart: stages, what surrounds them, messages, brokers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench import rng
from edge_aibench.api.timings import rehearsed_times
from edge_aibench.fidelity.thinning import even_ranks, restored, thinned
from edge_aibench.model.calibration import CalibratedRange, Calibration, Measurement, Span
from edge_aibench.model.time_law import NO_TIME, MeasuredTimes, TimeLaw
from edge_aibench.model.timings import MessageTimes, SizedTime, StageTimes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edge_aibench.emulate.rehearsal import Rehearsal
    from edge_aibench.fidelity.observations import RunObservations
    from edge_aibench.model.calibration import QualityOfService
    from edge_aibench.model.experiment import Experiment

    Numbers = NDArray[np.float64]
    BySize = Mapping[int, Numbers]

_SAME_SIZE = 0.1
"""Sizes that differ by less are one: messages of the scenario's own hosts count then."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Everything that was measured of *experiment*; seconds are virtual.

    *rehearsal* is its stages at work, *null* the run of null stages, *transfer_s* the messages of
    each QoS by size, *broker_s* a broker's work on one of *broker_messages* at a high rate.
    *warnings* say what stands against trusting it.
    """

    experiment: Experiment
    rehearsal: Rehearsal
    null: RunObservations
    transfer_s: Mapping[QualityOfService, BySize]
    broker_s: float
    broker_messages: int
    sources: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def calibration(self, *, made_utc: str, environment: Mapping[str, Any]) -> Calibration:
        """All of it in one document."""
        experiment, null = self.experiment, self.null
        qos: QualityOfService = experiment.scenario.qos
        other: QualityOfService = 0 if qos else 1
        own = null.transfer_s or null.rough_transfer_s
        transfer = _joined(own, self.transfer_s.get(qos, {}))
        stages, rows = self._stages()
        sizes = [sized.payload_bytes for sized in transfer] or [0.0]
        return Calibration(
            scenario=experiment.scenario.name,
            made_utc=made_utc,
            environment=dict(environment),
            dilation=experiment.dilation,
            messages=MessageTimes(
                encode=_law(null.encode_s),
                encode_by_size=_sized(null.encode_by_size_s),
                publish=_law(null.publish_s),
                transfer=transfer,
                broker_s=self.broker_s,
                source="measured apart, at a low rate",
            ),
            stages=stages,
            rows=rows,
            range=CalibratedRange(
                worker_use=Span(least=0.0, most=null.worker_use),
                payload_bytes=Span(least=min(sizes), most=max(sizes)),
                instances=Span(least=experiment.instances, most=experiment.instances),
                host_use=None
                if null.host_use is None
                else Span(least=null.host_use, most=null.host_use),
                placed=experiment.placement.groups,
                topologies=(experiment.topology.name,),
            ),
            sources=self.sources,
            samples=null.count,
            qos=qos,
            other_qos=_sized(self.transfer_s.get(other, {})),
            measurements=tuple(self._measurements(qos, other)),
            warnings=self.warnings,
        )

    def _stages(self) -> tuple[dict[str, StageTimes], bool]:
        """The times of each stage, and whether those of one position belong together.

        They do where all stages worked in each round of the rehearsal: what one observation asked
        of them. What surrounds them was not measured with them and is put beside them at random.
        """
        order = self.experiment.scenario.order()
        found = {name: rehearsed_times(self.rehearsal, name) for name in order}
        numbers = {
            len(times.work.measured_s)
            for times in found.values()
            if isinstance(times.work, MeasuredTimes)
        }
        rows = len(numbers) == 1
        wanted = next(iter(numbers)) if rows else None
        return {name: self._surrounded(name, times, wanted) for name, times in found.items()}, rows

    def _surrounded(self, name: str, times: StageTimes, rows: int | None) -> StageTimes:
        own = self.null.stages.get(name)
        if own is None:
            return times
        handled_s = own.handling_s[~np.isnan(own.handling_s)]
        generator = rng.stream(self.experiment.workload.seed, f"calibration/handling/{name}")
        handling = _law(handled_s) if rows is None else beside(handled_s, rows, generator)
        return times.model_copy(update={"handling": handling, "payload_bytes": own.payload_bytes})

    def _measurements(
        self, qos: QualityOfService, other: QualityOfService
    ) -> Sequence[Measurement]:
        null, rehearsal = self.null, self.rehearsal
        found = [
            Measurement(
                what="work",
                how="calls of each stage, one after the other, in a process that does nothing else",
                samples=sum(len(calls) for calls in rehearsal.calls_s.values()),
            ),
            Measurement(
                what="handling",
                how="null stages on emulated hosts, Poisson arrivals at a low rate",
                samples=sum(int(np.isfinite(own.handling_s).sum()) for own in null.stages.values()),
            ),
            Measurement(
                what="encode",
                how="outputs of the real stages, by the scenario's codecs, in the same run",
                samples=len(null.encode_s),
            ),
            Measurement(
                what="publish", how="the hand-over in the same run", samples=len(null.publish_s)
            ),
            Measurement(
                what=f"transfer at QoS {qos}",
                how="messages of the same run, from the hand-over to the callback, over links "
                "without delay or limit",
                samples=sum(map(len, (null.transfer_s or null.rough_transfer_s).values())),
            ),
            Measurement(
                what="broker",
                how="processor time of the broker a message, null stages at a high rate",
                samples=self.broker_messages,
            ),
        ]
        found += [
            Measurement(
                what=f"transfer by size at QoS {level}",
                how="messages one after the other, there and back, between two hosts",
                samples=sum(map(len, self.transfer_s[level].values())),
            )
            for level in (qos, other)
            if level in self.transfer_s
        ]
        return found


def beside(values_s: Numbers, number: int, generator: np.random.Generator) -> TimeLaw:
    """So many of *values_s*, evenly by rank, in a random order; no time if there are none."""
    if not len(values_s):
        return MeasuredTimes(measured_s=(0.0,) * number)
    ordered = np.sort(values_s)
    # Where more are wanted than there are, each stands for several.
    ranks = even_ranks(len(ordered), number)
    if len(ranks) < number:
        ranks = (np.arange(number) * len(ordered)) // number
    kept = restored(ordered[ranks], float(values_s.mean()))
    return MeasuredTimes(measured_s=tuple(np.round(generator.permutation(kept), 9).tolist()))


def _joined(own: BySize, others: BySize) -> tuple[SizedTime, ...]:
    """The messages of the scenario, and those of sizes that it does not send."""
    apart = {
        size: times_s
        for size, times_s in others.items()
        if not any(abs(size - known) <= _SAME_SIZE * known for known in own)
    }
    return _sized({**apart, **own})


def _sized(by_size: BySize) -> tuple[SizedTime, ...]:
    return tuple(
        SizedTime(payload_bytes=float(size), time=_law(by_size[size])) for size in sorted(by_size)
    )


def _law(values_s: Numbers) -> TimeLaw:
    if not len(values_s):
        return NO_TIME
    return MeasuredTimes(measured_s=tuple(np.round(thinned(values_s), 9).tolist()))
