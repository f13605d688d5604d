"""One direction of a link, as asked for."""

from __future__ import annotations

import math
from typing import Literal, Self

from pydantic import Field, model_validator

from edge_aibench.config.values import (
    BrokenRuleError,
    DataRate,
    Duration,
    Name,
    PresetName,
    Share,
    Value,
)

JitterLaw = Literal["none", "uniform", "normal", "lognormal"]

Outage = Literal["none", "held", "lost"]
"""What an interruption does to packets. `lost`: those offered during it never arrive. `held`:
nothing arrives during it and nothing is lost; what is under way and what is offered waits until
it is over, in order. That is a handover between cells of NR with acknowledged-mode radio bearers:
the source cell forwards to the target cell whatever the device has not acknowledged (3GPP TS
38.300, 9.2.3.2.3)."""


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


class LinkDirection(Value):
    """What one direction of a link does to a packet.

    *delay_s* is the mean one-way propagation delay, *jitter* varies it packet by packet,
    *loss* is the chance of losing one packet, *rate_bps* the data rate (None: unlimited).
    *outage* says whether, and how, the direction is interrupted.
    """

    delay_s: Duration = Field(default=0.0, alias="delay")
    jitter: Jitter = Jitter()
    loss: Share = 0.0
    rate_bps: DataRate | None = Field(default=None, alias="rate")
    outage: Outage = "none"

    @model_validator(mode="after")
    def _delay_stays_positive(self) -> Self:
        # Below these multiples of the spread the law would reach under zero delay often
        # enough to shift its mean (normal: 0.13 % of draws; uniform: exactly at the edge).
        least = {"none": 0.0, "uniform": math.sqrt(3), "normal": 3.0, "lognormal": 0.0}
        if self.delay_s < least[self.jitter.law] * self.jitter.spread_s * (1 - 1e-9):
            raise BrokenRuleError(
                f"{self.jitter.law} jitter needs a delay of at least "
                f"{least[self.jitter.law]:.3g} times its spread",
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
        if self.rate_bps is not None and self.rate_bps < 1e3:
            raise BrokenRuleError(
                "must be at least 1 kbit/s",
                key=("rate",),
                value=f"{self.rate_bps:g} bit/s",
                next_step="make the rate higher, or write 'rate: null' for no limit",
            )
        return self


class Link(Value):
    """A named group of links between two node groups; `up` leads from the first to the second."""

    between: tuple[Name, Name]
    up: LinkDirection = LinkDirection()
    down: LinkDirection = LinkDirection()
    preset: PresetName | None = None
