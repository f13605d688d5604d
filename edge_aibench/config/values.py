"""The base of all validated values and the quantity types they are made of.

A quantity field holds an SI float. Code gives it as such; a user's document (validated with
`FROM_DOCUMENT` as context) must write it as text with a unit. It is written back as text with
the base unit and all digits, so that a saved configuration reads back unchanged.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationInfo,
)

from edge_aibench import units

FROM_DOCUMENT = {"from_document": True}
"""Validation context under which a bare number is no quantity."""


class Value(BaseModel):
    """A frozen value that refuses unknown keys; aliases are the keys that users write."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _quantity(parse: Callable[[object], float], unit: str, example: str) -> Any:
    def read(value: object, info: ValidationInfo) -> float:
        in_code = not (info.context or {}).get("from_document", False)
        if in_code and isinstance(value, (int, float)) and not isinstance(value, bool):
            if not math.isfinite(value) or value < 0:
                raise ValueError("must be a finite number of at least 0")
            return float(value)
        return parse(value)

    def write(value: float) -> str:
        return f"{value!r} {unit}".strip()

    return Annotated[
        float,
        BeforeValidator(read, json_schema_input_type=str),
        PlainSerializer(write, return_type=str),
        Field(examples=[example]),
    ]


if TYPE_CHECKING:
    Duration = float
    DataRate = float
    Size = float
    Share = float
else:
    Duration = _quantity(units.parse_duration_s, "s", "2 ms")
    DataRate = _quantity(units.parse_rate_bps, "bit/s", "100 Mbit/s")
    Size = _quantity(units.parse_size_bytes, "B", "64 kB")
    Share = _quantity(units.parse_share, "", "0.1 %")

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)]
"""Lower-case words joined by dashes: safe in topics, file names and command lines."""
