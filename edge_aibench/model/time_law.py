"""How long something takes, request by request: laws, and times that were measured.

A law turns a *share* (uniform in [0, 1)) into a time, as its quantile function does. Engines draw
the shares by request, so that one seed gives the same times in each of them.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from edge_aibench.config.values import BrokenRuleError, DocumentValue, Duration

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Times = NDArray[np.float64]

LONGEST_S = 1e6


def _read_times(value: object) -> object:
    """Take a text of numbers for a list of them; what is no number is pydantic's to refuse."""
    return value.split() if isinstance(value, str) else value


def _write_times(times_s: tuple[float, ...]) -> str:
    return " ".join(map(repr, times_s))


Second = Annotated[float, Field(ge=0, le=LONGEST_S)]

TimesText = Annotated[
    tuple[Second, ...],
    BeforeValidator(_read_times),
    PlainSerializer(_write_times, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string"}, mode="serialization"),
]
"""Many measured times, in seconds. They are saved as one text, numbers between blanks: thousands of
lines of a configuration would hide the rest of it, and be more than it may hold."""


class _Law(DocumentValue):
    """A call with *b* requests takes 1 + (b - 1) *marginal* times as long as one with a single.

    1 says that nothing is gained by working on several together, 0 that they come for nothing.
    """

    marginal: Annotated[float, Field(ge=0, le=1)] = 1.0

    def batch_factor(self, batch: int) -> float:
        """How many times longer a call with *batch* requests takes than one with a single."""
        return 1.0 + (batch - 1) * self.marginal


class ConstantTime(_Law):
    """Always *time_s*."""

    law: Literal["constant"] = "constant"
    time_s: Duration = Field(alias="time")

    @property
    def mean_s(self) -> float:
        return self.time_s

    @property
    def mean_square_s2(self) -> float:
        return self.time_s**2

    def times_s(self, shares: Times) -> Times:
        import numpy as np

        return np.full(np.shape(shares), self.time_s)


class ExponentialTime(_Law):
    """Exponential with mean *mean*."""

    law: Literal["exponential"] = "exponential"
    mean: Duration = Field(gt=0)

    @property
    def mean_s(self) -> float:
        return self.mean

    @property
    def mean_square_s2(self) -> float:
        return 2.0 * self.mean**2

    def times_s(self, shares: Times) -> Times:
        import numpy as np

        times: Times = -np.log1p(-shares) * self.mean
        return times


class UniformTime(_Law):
    """Evenly spread between *shortest_s* and *longest_s*."""

    law: Literal["uniform"] = "uniform"
    shortest_s: Duration = Field(alias="shortest")
    longest_s: Duration = Field(alias="longest")

    @model_validator(mode="after")
    def _shortest_is_shortest(self) -> UniformTime:
        if self.shortest_s > self.longest_s:
            raise BrokenRuleError(
                "must be at least 'shortest'",
                key=("longest",),
                others=[("shortest",)],
                value=f"{self.longest_s:g} s",
            )
        return self

    @property
    def mean_s(self) -> float:
        return (self.shortest_s + self.longest_s) / 2

    @property
    def mean_square_s2(self) -> float:
        low_s, high_s = self.shortest_s, self.longest_s
        return (low_s**2 + low_s * high_s + high_s**2) / 3.0

    def times_s(self, shares: Times) -> Times:
        return self.shortest_s + shares * (self.longest_s - self.shortest_s)


class LognormalTime(_Law):
    """Lognormal with mean *mean* and standard deviation *spread_s*."""

    law: Literal["lognormal"] = "lognormal"
    mean: Duration = Field(gt=0)
    spread_s: Duration = Field(alias="spread", gt=0)

    @property
    def mean_s(self) -> float:
        return self.mean

    @property
    def mean_square_s2(self) -> float:
        return self.mean**2 + self.spread_s**2

    def times_s(self, shares: Times) -> Times:
        import numpy as np
        from scipy.special import ndtri

        variance = math.log1p((self.spread_s / self.mean) ** 2)
        # A share of 0 would be a time of 0, which no lognormal gives; 2**-54 is half a step.
        normal = ndtri(np.maximum(shares, 2.0**-54))
        times: Times = np.exp(math.log(self.mean) - variance / 2 + math.sqrt(variance) * normal)
        return times


class ErlangTime(_Law):
    """The sum of *phases* exponentials, with mean *mean* in all."""

    law: Literal["erlang"] = "erlang"
    mean: Duration = Field(gt=0)
    phases: Annotated[int, Field(ge=1, le=1000)]

    @property
    def mean_s(self) -> float:
        return self.mean

    @property
    def mean_square_s2(self) -> float:
        return self.mean**2 * (1.0 + 1.0 / self.phases)

    def times_s(self, shares: Times) -> Times:
        from scipy.special import gammaincinv

        times: Times = gammaincinv(self.phases, shares) * (self.mean / self.phases)
        return times


class MeasuredTimes(_Law):
    """Times that were measured, in seconds, each as likely as any other: never smoothed."""

    law: Literal["measured"] = "measured"
    measured_s: TimesText = Field(min_length=1, alias="measured")

    @cached_property
    def _array(self) -> Times:
        import numpy as np

        return np.asarray(self.measured_s, np.float64)

    @property
    def mean_s(self) -> float:
        return math.fsum(self.measured_s) / len(self.measured_s)

    @cached_property
    def mean_square_s2(self) -> float:
        return math.fsum(time_s**2 for time_s in self.measured_s) / len(self.measured_s)

    def times_s(self, shares: Times) -> Times:
        import numpy as np

        times: Times = self._array[(shares * len(self._array)).astype(np.int64)]
        return times


TimeLaw = Annotated[
    ConstantTime | ExponentialTime | UniformTime | LognormalTime | ErlangTime | MeasuredTimes,
    Field(discriminator="law"),
]

NO_TIME = ConstantTime(time_s=0.0)
