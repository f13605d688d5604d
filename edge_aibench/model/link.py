"""One direction of a link, as asked for."""

from __future__ import annotations

import math
from typing import Literal, Self

from pydantic import Field, model_validator

from edge_aibench.config.values import DataRate, Duration, Name, Share, Value

JitterLaw = Literal["none", "uniform", "normal", "lognormal"]


class Jitter(Value):
    """How one-way delay varies about its mean: a law and its standard deviation."""

    law: JitterLaw = "none"
    spread_s: Duration = Field(default=0.0, alias="spread")

    @model_validator(mode="after")
    def _spread_belongs_to_law(self) -> Self:
        if (self.law == "none") != (self.spread_s == 0):
            raise ValueError("jitter needs both a law and a spread above 0, or neither")
        return self


class LinkDirection(Value):
    """What one direction of a link does to a packet.

    *delay_s* is the mean one-way propagation delay, *jitter* varies it packet by packet,
    *loss* is the chance of losing one packet, *rate_bps* the data rate (None: unlimited).
    """

    delay_s: Duration = Field(default=0.0, alias="delay")
    jitter: Jitter = Jitter()
    loss: Share = 0.0
    rate_bps: DataRate | None = Field(default=None, alias="rate")

    @model_validator(mode="after")
    def _delay_stays_positive(self) -> Self:
        # Below these multiples of the spread the law would reach under zero delay often
        # enough to shift its mean (normal: 0.13 % of draws; uniform: exactly at the edge).
        least = {"none": 0.0, "uniform": math.sqrt(3), "normal": 3.0, "lognormal": 0.0}
        if self.delay_s < least[self.jitter.law] * self.jitter.spread_s * (1 - 1e-9):
            raise ValueError(
                f"{self.jitter.law} jitter needs a delay of at least "
                f"{least[self.jitter.law]:.3g} times its spread"
            )
        if self.jitter.law == "lognormal" and self.delay_s == 0:
            raise ValueError("lognormal jitter needs a delay above 0")
        if self.loss >= 1.0:
            raise ValueError("loss must be below 100 %")
        if self.rate_bps is not None and self.rate_bps < 1e3:
            raise ValueError("rate must be at least 1 kbit/s")
        return self


class Link(Value):
    """A named group of links between two node groups; `up` leads from the first to the second."""

    between: tuple[Name, Name]
    up: LinkDirection = LinkDirection()
    down: LinkDirection = LinkDirection()
    preset: Name | None = None
