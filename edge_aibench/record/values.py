"""The quantities that a record prints."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema

NEVER = "never"
"""How an infinite latency is written: the answer did not come. JSON has no infinity."""


def _read(value: object) -> object:
    return math.inf if value == NEVER else value


def _write(value: float) -> float | str:
    return NEVER if math.isinf(value) else value


Milliseconds = Annotated[
    float,
    BeforeValidator(_read),
    PlainSerializer(_write, return_type=float | str, when_used="json"),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"const": NEVER}]}),
]

IntervalMethod = Literal["order-statistics", "batch-means", "t-over-runs", "clopper-pearson"]


class Entry(BaseModel):
    """The base of all that a record holds: frozen, and its keys are the field names.

    (A `Value` of the configuration has keys that users write; these, programs read.)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


class Estimate(Entry):
    """A figure and its two-sided 95 % confidence interval.

    *needs* is the sample size from which the interval is complete: while it is set, the
    figure is only the sample's own and is not printed.
    """

    value: Milliseconds
    lower: Milliseconds | None
    upper: Milliseconds | None
    needs: int | None = None
    method: IntervalMethod


def milliseconds(nanoseconds: float) -> float:
    """Nanoseconds as milliseconds; infinity stays."""
    return nanoseconds / 1e6
