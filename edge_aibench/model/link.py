"""One direction of a link, as asked for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from edge_aibench.config.trace_csv import LEAST_RATE_BPS, parse_trace, write_trace
from edge_aibench.config.values import (
    BrokenRuleError,
    DataRate,
    Duration,
    EnergyPerBit,
    Name,
    Power,
    PresetName,
    Share,
    Value,
)
from edge_aibench.model.mobility import Mobility
from edge_aibench.model.outage import Outage
from edge_aibench.model.trace_table import TraceColumns, TraceTable

JitterLaw = Literal["none", "uniform", "normal", "lognormal"]


class Jitter(Value):
    """How one-way delay varies about its mean: a law and its standard deviation."""

    law: JitterLaw = "none"
    spread_s: Duration = Field(default=0.0, alias="spread")

    @model_validator(mode="after")
    def _spread_belongs_to_law(self) -> Self:
        if (self.law == "none") != (self.spread_s == 0):
            raise BrokenRuleError(
                "needs both a law and a spread above 0, or neither",
                others=[("law",), ("spread",)],
                value=f"law {self.law}, spread {self.spread_s:g} s",
                next_step="write 'jitter: {law: normal, spread: 1 ms}' or "
                "'jitter: {law: none, spread: 0}'",
            )
        return self


# Below these multiples of the spread the law would reach under zero delay often enough to shift
# its mean (normal: 0.13 % of draws; uniform: exactly at the edge).
_LEAST_DELAY = {"none": 0.0, "uniform": math.sqrt(3), "normal": 3.0, "lognormal": 0.0}


class LinkEnergy(Value):
    """What a bit costs in one direction, headers included, on top of what the link takes idle.

    *sending_j_per_bit* is the sender's side with all that lies between the two ends, such as
    routers; *receiving_j_per_bit* is the receiver's. None is unknown.
    """

    sending_j_per_bit: EnergyPerBit | None = Field(default=None, alias="sending")
    receiving_j_per_bit: EnergyPerBit | None = Field(default=None, alias="receiving")


class LinkDirection(Value):
    """What one direction of a link does to a packet.

    *delay_s* is the mean one-way propagation delay, *jitter* varies it packet by packet,
    *loss* is the chance of losing one packet, *rate_bps* the data rate (None: unlimited).
    *outage* says whether, and how, the direction is interrupted. *energy* is only accounted for.
    """

    delay_s: Duration = Field(default=0.0, alias="delay")
    jitter: Jitter = Jitter()
    loss: Share = 0.0
    rate_bps: DataRate | None = Field(default=None, alias="rate")
    outage: Outage = "none"
    energy: LinkEnergy = LinkEnergy()

    @model_validator(mode="after")
    def _delay_stays_positive(self) -> Self:
        if self.delay_s < _LEAST_DELAY[self.jitter.law] * self.jitter.spread_s * (1 - 1e-9):
            raise BrokenRuleError(
                f"{self.jitter.law} jitter needs a delay of at least "
                f"{_LEAST_DELAY[self.jitter.law]:.3g} times its spread",
                key=("jitter", "spread"),
                others=[("delay",), ("jitter", "law")],
                value=f"spread {self.jitter.spread_s:g} s, delay {self.delay_s:g} s",
                next_step="make the spread smaller, the delay longer or the law lognormal",
            )
        if self.jitter.law == "lognormal" and self.delay_s == 0:
            raise BrokenRuleError(
                "lognormal jitter needs a delay above 0",
                key=("delay",),
                others=[("jitter", "law"), ("jitter", "spread")],
                value=f"{self.delay_s:g} s",
                next_step="make the delay longer, or write 'jitter: {law: none, spread: 0}'",
            )
        if self.loss >= 1.0:
            raise BrokenRuleError(
                "must be below 100 %",
                key=("loss",),
                value=f"{self.loss:.0%}",
                next_step="leave the link out if it carries nothing",
            )
        if self.rate_bps is not None and self.rate_bps < LEAST_RATE_BPS:
            raise BrokenRuleError(
                "must be at least 1 kbit/s",
                key=("rate",),
                value=f"{self.rate_bps:g} bit/s",
                next_step="make the rate higher, or write 'rate: null' for no limit",
            )
        return self


def _read_trace(value: object) -> TraceTable:
    if isinstance(value, TraceTable):
        return value
    if not isinstance(value, str):
        raise ValueError("must be a trace: a CSV file or its text")
    return parse_trace(value, source="trace")


if TYPE_CHECKING:
    Trace = TraceTable
else:
    Trace = Annotated[
        TraceTable,
        PlainValidator(_read_trace),
        PlainSerializer(write_trace, return_type=str),
        WithJsonSchema({"type": "string"}),
    ]


class Link(Value):
    """A named group of links between two node groups; `up` leads from the first to the second.

    *up* and *down* hold all the time, unless *mobility* or a *trace* moves them: then they are
    what the link is like at its best (mobility) or what the trace does not say. *idle_power_w* is
    what one wire of it takes at both ends whether anything is sent or not; None is unknown.
    """

    between: tuple[Name, Name]
    up: LinkDirection = LinkDirection()
    down: LinkDirection = LinkDirection()
    idle_power_w: Power | None = Field(default=None, alias="idle-power")
    preset: PresetName | None = None
    mobility: Mobility | None = None
    trace: Trace | None = None

    @model_validator(mode="after")
    def _moves_in_one_way(self) -> Self:
        if self.mobility is not None and self.trace is not None:
            raise BrokenRuleError(
                "a link has either mobility or a trace",
                key=("trace",),
                others=[("mobility",)],
                next_step="drop 'mobility' or 'trace'",
            )
        for way, direction in (("up", self.up), ("down", self.down)):
            if direction.outage != "none":
                raise BrokenRuleError(
                    "a link cannot be interrupted from the beginning to the end",
                    key=(way, "outage"),
                    value=direction.outage,
                    next_step="write the outage into a trace, which begins and ends it",
                )
            if self.mobility is not None and direction.rate_bps is None:
                raise BrokenRuleError(
                    "mobility needs a rate: what the link carries at its best",
                    key=(way, "rate"),
                    others=[("mobility",)],
                    next_step="write 'rate: 100 Mbit/s', or name a preset that has one",
                )
            if self.trace is not None:
                _check_traced_delay(way, direction, getattr(self.trace, way))
        return self


def _check_traced_delay(way: str, direction: LinkDirection, columns: TraceColumns) -> None:
    """Refuse a trace whose shortest delay is too short for the jitter of its link."""
    law = direction.jitter.law
    if columns.delay_s is None or law == "none":
        return
    shortest_s = min(columns.delay_s)
    least_s = _LEAST_DELAY[law] * direction.jitter.spread_s * (1 - 1e-9)
    if shortest_s < least_s or shortest_s == 0:
        raise BrokenRuleError(
            f"the delays of the trace must stay above 0 and at least {_LEAST_DELAY[law]:.3g} "
            f"times the spread of the link's {law} jitter",
            key=("trace",),
            others=[(way, "jitter", "spread"), (way, "jitter", "law")],
            value=f"{way}: delay {shortest_s:g} s, spread {direction.jitter.spread_s:g} s",
            next_step="give the link less jitter, or none: 'jitter: {law: none, spread: 0}'",
        )
