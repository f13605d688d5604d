"""The base of all validated values and the quantity types they are made of.

A quantity field holds an SI float. Code gives it as such; a user's document (validated with
`FROM_DOCUMENT` as context) must write it as text with a unit. It is written back as text with
the base unit and all digits, so that a saved configuration reads back unchanged.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)

from edge_aibench import units

FROM_DOCUMENT = {"from_document": True}
"""Validation context under which a bare number is no quantity."""


def _key(field_name: str) -> str:
    return field_name.replace("_", "-")


class Value(BaseModel):
    """A frozen value that refuses unknown keys; aliases are the keys that users write."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class DocumentValue(Value):
    """A value whose keys users write as words joined by dashes: `alert-above`, `done-at`."""

    model_config = ConfigDict(alias_generator=_key)


class BrokenRuleError(ValueError):
    """A rule between several keys is broken at *key*, a path below the value that checks it.

    Raised by validators of values that know the place better than pydantic does. *others*
    are paths that take part in the rule: if an option of the command line wrote one of them,
    the error cites that option. *known* names what *value* could have been.
    """

    def __init__(
        self,
        rule: str,
        *,
        key: tuple[str | int, ...] = (),
        others: Iterable[tuple[str | int, ...]] = (),
        value: object = None,
        known: Iterable[str] = (),
        next_step: str | None = None,
    ) -> None:
        self.rule = rule
        self.key = key
        self.others = tuple(others)
        self.value = value
        self.known = tuple(known)
        self.next_step = next_step
        super().__init__(rule)


def _quantity(parse: Callable[[object], float], family: units.Family) -> Any:
    def read(value: object, info: ValidationInfo) -> float:
        in_code = not (info.context or {}).get("from_document", False)
        if in_code and isinstance(value, (int, float)) and not isinstance(value, bool):
            if not math.isfinite(value) or value < 0:
                raise ValueError("must be a finite number of at least 0")
            return float(value)
        return parse(value)

    def write(value: float) -> str:
        return f"{value!r} {family.base}".strip()

    def write_default(schema: dict[str, Any]) -> None:
        if isinstance(default := schema.get("default"), float):
            schema["default"] = write(default)

    return Annotated[
        float,
        BeforeValidator(read),
        PlainSerializer(write, return_type=str),
        WithJsonSchema(family.json_schema(), mode="validation"),
        Field(examples=[family.example], json_schema_extra=write_default),
    ]


if TYPE_CHECKING:
    Duration = float
    DataRate = float
    Size = float
    Share = float
    Length = float
    Speed = float
    Level = float
    Power = float
    EnergyPerBit = float
else:
    Duration = _quantity(units.parse_duration_s, units.DURATION)
    DataRate = _quantity(units.parse_rate_bps, units.DATA_RATE)
    Size = _quantity(units.parse_size_bytes, units.SIZE)
    Share = _quantity(units.parse_share, units.SHARE)
    Length = _quantity(units.parse_length_m, units.LENGTH)
    Speed = _quantity(units.parse_speed_m_per_s, units.SPEED)
    Level = _quantity(units.parse_level_db, units.LEVEL)
    Power = _quantity(units.parse_power_w, units.POWER)
    EnergyPerBit = _quantity(units.parse_energy_per_bit_j, units.ENERGY_PER_BIT)


_MONEY: Final = r"^\s*(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?\s*[A-Z]{3}\s*$"


@dataclass(frozen=True)
class Amount:
    """*value* units of the *currency* with this ISO 4217 code; nothing converts between them."""

    value: float
    currency: str

    def __str__(self) -> str:
        return f"{self.value!r} {self.currency}"


def read_amount(value: object) -> Amount:
    """Read money such as `0.42 USD`. Raises ValueError for anything else."""
    if isinstance(value, Amount):
        return value
    if not isinstance(value, str) or not re.fullmatch(_MONEY, value, re.ASCII):
        raise ValueError("must be an amount and a currency's three letters, such as '0.42 USD'")
    text = value.strip()
    number = float(text[:-3])
    if not math.isfinite(number):
        raise ValueError("must be a finite amount of money")
    return Amount(number, text[-3:])


if TYPE_CHECKING:
    Money = Amount
else:
    Money = Annotated[
        Amount,
        PlainValidator(read_amount),
        PlainSerializer(str, return_type=str),
        WithJsonSchema({"type": "string", "pattern": _MONEY, "examples": ["0.42 USD"]}),
    ]

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=40)]
"""Lower-case words joined by dashes: safe in topics, file names and command lines."""

PresetName = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
"""Like a name, but it may begin with a digit: `5g-sa-campus`."""


_NAME_OR_ENTRY = r"^([a-z][a-z0-9]*(-[a-z0-9]+)*|.+\.py:[A-Za-z_][A-Za-z0-9_]*)$"


def _check_task(text: str) -> str:
    if not re.fullmatch(_NAME_OR_ENTRY, text):
        raise ValueError(
            "must be a task's name, lower-case words joined by dashes, or FILE.py:NAME for a "
            "task in a file of the scenario's folder"
        )
    return text


TaskName = Annotated[
    str, AfterValidator(_check_task), Field(json_schema_extra={"pattern": _NAME_OR_ENTRY})
]
"""The name of a task that is known everywhere, or `FILE.py:NAME`: a task in a file."""
