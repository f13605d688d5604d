"""What a simulated run takes from measurements: times of work and messages, and where they hold.

A calibration is a file. It keeps raw times, thinned evenly by rank, so that the distribution that
was measured is the one that is drawn from. All times are virtual seconds at the dilation at which
they were measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from edge_aibench.config.values import BrokenRuleError, DocumentValue, Name
from edge_aibench.model.time_law import ConstantTime, MeasuredTimes, TimeLaw
from edge_aibench.model.timings import MessageTimes, Moments, SizedTime, StageTimes, Timings

FORMAT: Final = 1

QualityOfService = Literal[0, 1]

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]

SLACK = 0.02
"""A use this much beyond the range still counts as within: it is a measurement, too."""


class Span(DocumentValue):
    """The least and the most of a quantity that was met while calibrating."""

    least: Amount
    most: Amount

    @model_validator(mode="after")
    def _least_is_least(self) -> Self:
        if self.least > self.most:
            raise BrokenRuleError("must be at most 'most'", key=("least",), value=self.least)
        return self

    def holds(self, amount: float, *, slack: float = 0.0) -> bool:
        """Whether *amount* lies within, or at most *slack* beyond."""
        return self.least - slack <= amount <= self.most + slack


class CalibratedRange(DocumentValue):
    """What was met while calibrating.

    *worker_use* is that of the fullest emulated worker, *host_use* that of this machine's cores.
    *placed* are the node groups on which each stage ran, *topologies* the networks.
    """

    worker_use: Span
    payload_bytes: Span
    instances: Span
    host_use: Span | None = None
    placed: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)
    topologies: tuple[str, ...] = ()


class Situation(DocumentValue):
    """A run that is to be predicted, in the terms of the range."""

    worker_use: Amount
    instances: Annotated[int, Field(ge=1)]
    payload_bytes: tuple[Amount, ...] = ()
    placed: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)
    dilation: Annotated[float, Field(ge=1)] = 1.0
    qos: QualityOfService | None = None


class Measurement(DocumentValue):
    """What was measured, how, and how often; what is kept of it are the raw times."""

    what: str
    how: str
    samples: Annotated[int, Field(ge=0)]


class Calibration(DocumentValue):
    """Everything that was measured on one machine.

    *scenario* is the one whose stages are in it ("" if none are). *environment* names hardware and
    versions, *made_utc* the date, *sources* the runs and measurements that it was made from, and
    *samples* how many requests they were before thinning. *messages* are those at *qos* (None where
    it was not noted), *other_qos* is the transfer at the other one (empty if it was not measured).
    *measurements* say how things were measured that were measured apart from one another,
    *warnings* what stands against trusting them.
    """

    format: Literal[1] = FORMAT
    scenario: str = ""
    made_utc: str
    environment: dict[str, Any]
    dilation: Annotated[float, Field(ge=1, le=1000)] = 1.0
    messages: MessageTimes = MessageTimes()
    stages: dict[Name, StageTimes] = Field(default_factory=dict)
    rows: bool = False
    moments: Moments | None = None
    range: CalibratedRange
    sources: tuple[str, ...] = ()
    samples: Annotated[int, Field(ge=0)] = 0
    qos: QualityOfService | None = None
    other_qos: tuple[SizedTime, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    warnings: tuple[str, ...] = ()

    def messages_at(self, qos: QualityOfService | None) -> MessageTimes:
        """The times of messages at *qos*, as far as they were measured there."""
        if qos in (None, self.qos) or not self.other_qos:
            return self.messages
        return self.messages.model_copy(update={"transfer": self.other_qos})

    def timings(self, dilation: float, *, qos: QualityOfService | None = None) -> Timings:
        """The times for a run at *dilation*, whose messages have *qos* (None: the calibration's).

        Messages and handling are work of this machine, whatever is emulated: they shrink as
        virtual time is stretched. Stages have a time of their hardware, which does not.
        """
        times = self.dilation / dilation
        return Timings(
            stages={name: _handled(stage, times) for name, stage in self.stages.items()},
            messages=_stretched_messages(self.messages_at(qos), times),
            rows=self.rows,
            moments=None if self.moments is None else _stretched_moments(self.moments, times),
        )

    def outside(self, run: Situation) -> tuple[str, ...]:
        """In what respects *run* lies outside of what was calibrated; nothing if in none."""
        found = self.range
        said = []
        if not found.worker_use.holds(run.worker_use, slack=SLACK):
            said.append(
                f"fullest worker at {run.worker_use:.0%}, calibrated from "
                f"{found.worker_use.least:.0%} to {found.worker_use.most:.0%}"
            )
        if run.dilation != self.dilation:
            said.append(f"dilation {run.dilation:g}, calibrated at {self.dilation:g}")
        if not found.instances.holds(run.instances):
            said.append(
                f"{run.instances} instances, calibrated with {found.instances.least:g} "
                f"to {found.instances.most:g}"
            )
        sizes = found.payload_bytes
        strange = [size for size in run.payload_bytes if not sizes.holds(size, slack=0.5)]
        if strange:
            said.append(
                f"messages of {strange[0]:g} B, calibrated from {sizes.least:g} to {sizes.most:g} B"
            )
        if None not in {run.qos, self.qos} and run.qos != self.qos and not self.other_qos:
            said.append(f"messages at QoS {run.qos}, calibrated at QoS {self.qos}")
        said += _elsewhere(found.placed, run.placed)
        return tuple(said)


def _elsewhere(
    known: Mapping[str, tuple[str, ...]], wanted: Mapping[str, tuple[str, ...]]
) -> list[str]:
    strange = []
    for stage, groups in wanted.items():
        if stage not in known:
            strange.append(f"stage {stage} was not calibrated")
            continue
        strange += [
            f"stage {stage} on {group}, calibrated on {', '.join(known[stage])}"
            for group in groups
            if group not in known[stage]
        ]
    return strange


def _handled(stage: StageTimes, times: float) -> StageTimes:
    return stage.model_copy(update={"handling": stretched(stage.handling, times)})


def _stretched_moments(moments: Moments, times: float) -> Moments:
    """What makes this machine slow for a while lasts as long, whatever virtual time does."""
    return Moments(
        at_s=tuple(at_s * times for at_s in moments.at_s),
        stretch_s=moments.stretch_s * times,
        near_s=moments.near_s * times,
    )


def _stretched_messages(messages: MessageTimes, times: float) -> MessageTimes:
    return messages.model_copy(
        update={
            "encode": stretched(messages.encode, times),
            "publish": stretched(messages.publish, times),
            "encode_by_size": _stretched_sizes(messages.encode_by_size, times),
            "transfer": _stretched_sizes(messages.transfer, times),
            "broker_s": messages.broker_s * times,
        }
    )


def _stretched_sizes(sized: tuple[SizedTime, ...], times: float) -> tuple[SizedTime, ...]:
    return tuple(
        SizedTime(payload_bytes=one.payload_bytes, time=stretched(one.time, times)) for one in sized
    )


def stretched(law: TimeLaw, times: float) -> TimeLaw:
    """The law of times that are so many *times* as long."""
    if times == 1.0:
        return law
    if isinstance(law, ConstantTime):
        return law.model_copy(update={"time_s": law.time_s * times})
    if isinstance(law, MeasuredTimes):
        # Made anew: a copy would keep the array of the old times.
        return MeasuredTimes(
            marginal=law.marginal, measured_s=tuple(time * times for time in law.measured_s)
        )
    raise BrokenRuleError("a calibration holds constant and measured times only", value=law.law)
