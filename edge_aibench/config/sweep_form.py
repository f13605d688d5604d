"""The document of a sweep, as users write it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from edge_aibench.config.values import DocumentValue

Scalar = str | int | float | bool | None
"""What one key has at one point."""


def _check_scalar(value: object) -> object:
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise ValueError("must be text, a number, true, false or null")


def _check_bound(value: object) -> object:
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return value
    raise ValueError("must be a number, or a quantity with a unit such as '2 ms'")


ScalarForm = Annotated[
    Any,
    BeforeValidator(_check_scalar),
    Field(json_schema_extra={"type": ["string", "number", "boolean", "null"]}),
]
BoundForm = Annotated[
    Any, BeforeValidator(_check_bound), Field(json_schema_extra={"type": ["string", "number"]})
]
WholeNumber = Annotated[int, Field(strict=True)]


class RangeForm(DocumentValue):
    """Values between two bounds, both included, spread evenly or evenly in their logarithm."""

    low: BoundForm = Field(alias="from")
    high: BoundForm = Field(alias="to")
    scale: Literal["linear", "log"] = "linear"
    integer: Annotated[bool, Field(strict=True)] = False


class LatinHypercubeForm(DocumentValue):
    """*points* points over ranges: each range, cut into so many parts, is met once in each."""

    points: Annotated[WholeNumber, Field(ge=2)]
    ranges: Annotated[dict[str, RangeForm], Field(min_length=1)]


class SweepForm(DocumentValue):
    """A sweep: every combination of the grid of *keys*, the rows of *list* and the hypercube.

    *options* are the same at all points.
    """

    scenario: str
    engine: Literal["simulate", "emulate"] = "simulate"
    options: dict[str, ScalarForm] = Field(default_factory=dict)
    keys: dict[str, Annotated[tuple[ScalarForm, ...], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    rows: Annotated[tuple[dict[str, ScalarForm], ...], Field(min_length=1)] | None = Field(
        default=None, alias="list"
    )
    latin_hypercube: LatinHypercubeForm | None = None
    repeats: Annotated[WholeNumber, Field(ge=1)] = 5
    seed: Annotated[WholeNumber, Field(ge=0, lt=2**63)] = 1
    seeds: Literal["common", "independent"] = "common"
    measures: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
