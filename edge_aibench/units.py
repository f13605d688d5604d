"""Quantities as users write them (`2ms`, `100 Mbit/s`, `1.5 kB`, `0.1 %`) and as SI floats.

Inside the package a quantity is a plain float in seconds, bits per second, bytes or a share
of one; text with a unit exists only at the edges. A number without a unit is refused (except
0, which needs none): bits taken for bytes is the classic defect of network simulators.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?"
_QUANTITY = re.compile(rf"\s*([+-]?{_NUMBER})\s*([A-Za-zµμ%/]*)\s*", re.ASCII)


@dataclass(frozen=True)
class Family:
    """The units of one kind of quantity and what each is worth in the *base* unit."""

    what: str
    example: str
    base: str
    worth: Mapping[str, Decimal]

    def json_schema(self) -> dict[str, Any]:
        """Describe how a user's document writes such a quantity."""
        names = "|".join(re.escape(name) for name in self.worth)
        # A zero needs no unit.
        pattern = rf"^\s*\+?(?:{_NUMBER}\s*(?:{names})|0+\.?0*|\.0+)\s*$"
        text = {"type": "string", "pattern": pattern}
        bare = {"type": "number", "minimum": 0, "maximum": 1 if "" in self.worth else 0}
        return {"anyOf": [text, bare]}


_SI = {"p": -12, "n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9}
# Both code points that look like a micro sign are in use.
_MICRO = ("u", "\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}")


def _si(unit: str, *prefixes: str) -> dict[str, Decimal]:
    """What *unit* is worth with each of the *prefixes*, `u` in all of its spellings."""
    return {
        f"{written}{unit}": Decimal(1).scaleb(_SI[prefix])
        for prefix in prefixes
        for written in (_MICRO if prefix == "u" else (prefix,))
    }


DURATION = Family(
    what="a duration",
    example="2ms",
    base="s",
    worth={**_si("s", "n", "u", "m", ""), "min": Decimal(60), "h": Decimal(3600)},
)
DATA_RATE = Family(
    what="a data rate",
    example="100 Mbit/s",
    base="bit/s",
    worth=_si("bit/s", "", "k", "M", "G"),
)
SIZE = Family(
    what="a size",
    example="64 kB",
    base="B",
    worth={
        **_si("B", "", "k", "M", "G"),
        "KiB": Decimal(1024),
        "MiB": Decimal(1024**2),
        "GiB": Decimal(1024**3),
    },
)
LENGTH = Family(what="a length", example="250 m", base="m", worth=_si("m", "", "k"))
SPEED = Family(
    what="a speed",
    example="50 km/h",
    base="m/s",
    worth={"m/s": Decimal(1), "km/h": 1 / Decimal("3.6")},
)
LEVEL = Family(what="a ratio in decibels", example="3 dB", base="dB", worth=_si("dB", ""))
SHARE = Family(
    what="a share", example="0.1 %", base="", worth={"": Decimal(1), "%": Decimal("1e-2")}
)
POWER = Family(what="a power", example="5.7 W", base="W", worth=_si("W", "m", "", "k"))
ENERGY = Family(
    what="an energy",
    example="20 mJ",
    base="J",
    worth={**_si("J", "u", "m", "", "k"), "Wh": Decimal(3600), "kWh": Decimal("3.6e6")},
)
ENERGY_PER_BIT = Family(
    what="an energy per bit",
    example="450 nJ/bit",
    base="J/bit",
    worth=_si("J/bit", "p", "n", "u", "m", ""),
)

FAMILIES = (DURATION, DATA_RATE, SIZE, LENGTH, SPEED, LEVEL, SHARE, POWER)
"""No unit is in two of them."""


def parse_duration_s(text: object) -> float:
    """Read a duration such as `500us`, `2ms` or `1.5 s`; give seconds, at least 0."""
    return _parse(text, DURATION)


def parse_rate_bps(text: object) -> float:
    """Read a data rate such as `100 Mbit/s`; give bits per second, at least 0."""
    return _parse(text, DATA_RATE)


def parse_size_bytes(text: object) -> float:
    """Read a size such as `1.2 kB` or `64 KiB`; give bytes, at least 0."""
    return _parse(text, SIZE)


def parse_share(text: object) -> float:
    """Read a share such as `0.1 %` or `1e-5`; give a float from 0 to 1."""
    share = _parse(text, SHARE)
    if share > 1.0:
        raise ValueError("must be a share from 0 to 1 (or 0 % to 100 %)")
    return share


def parse_length_m(text: object) -> float:
    """Read a length such as `250 m` or `1.2 km`; give metres, at least 0."""
    return _parse(text, LENGTH)


def parse_speed_m_per_s(text: object) -> float:
    """Read a speed such as `50 km/h`; give metres per second, at least 0."""
    return _parse(text, SPEED)


def parse_level_db(text: object) -> float:
    """Read a ratio such as `3 dB`; give decibels, at least 0."""
    return _parse(text, LEVEL)


def parse_power_w(text: object) -> float:
    """Read a power such as `5.7 W` or `1.2 kW`; give watts, at least 0."""
    return _parse(text, POWER)


def parse_energy_j(text: object) -> float:
    """Read an energy such as `20 mJ` or `1.5 Wh`; give joules, at least 0."""
    return _parse(text, ENERGY)


def parse_energy_per_bit_j(text: object) -> float:
    """Read an energy per bit such as `450 nJ/bit`; give joules per bit, at least 0."""
    return _parse(text, ENERGY_PER_BIT)


def read_quantity(text: object) -> tuple[float, Family | None]:
    """Read a quantity of any kind by its unit: its worth in the base unit, and its family.

    A number without a unit has no family. Raises ValueError for a unit that is not known.
    """
    match = _QUANTITY.fullmatch(str(text))
    if isinstance(text, bool) or match is None:
        raise ValueError("must be a number, or a quantity such as '2 ms'")
    unit = match.group(2)
    if unit == "":
        return float(match.group(1)), None
    for family in FAMILIES:
        if unit in family.worth:
            return _parse(text, family), family
    known = ", ".join(name for family in FAMILIES for name in family.worth if name)
    raise ValueError(f"must have a unit that is known: {known}")


def format_duration(seconds: float) -> str:
    """Give *seconds* in the unit that reads best, three significant digits: `2.35 ms`."""
    if math.isnan(seconds):
        return "n/a"
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if abs(seconds) >= scale:
            return f"{_three_digits(seconds / scale)} {unit}"
    return "0 ms" if seconds == 0 else f"{_three_digits(seconds / 1e-9)} ns"


def format_rate(bits_per_second: float) -> str:
    """Give a data rate in the unit that reads best: `100 Mbit/s`."""
    for unit, scale in (("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3)):
        if bits_per_second >= scale:
            return f"{_three_digits(bits_per_second / scale)} {unit}"
    return f"{_three_digits(bits_per_second)} bit/s"


def format_size(size_bytes: float) -> str:
    """Give a size in decimal units: `1.25 MB`."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size_bytes >= scale:
            return f"{_three_digits(size_bytes / scale)} {unit}"
    return f"{_three_digits(size_bytes)} B"


def format_energy(joules: float) -> str:
    """Give an energy in the unit that reads best: `2.35 mJ`."""
    return _prefixed(joules, "J")


def format_power(watts: float) -> str:
    """Give a power in the unit that reads best: `120 mW`."""
    return _prefixed(watts, "W")


def _prefixed(amount: float, unit: str) -> str:
    for prefix, scale in (("M", 1e6), ("k", 1e3), ("", 1.0), ("m", 1e-3), ("u", 1e-6)):
        if amount >= scale:
            return f"{_three_digits(amount / scale)} {prefix}{unit}"
    return f"0 {unit}" if amount == 0 else f"{_three_digits(amount / 1e-9)} n{unit}"


def _parse(text: object, family: Family) -> float:
    what, example = family.what, family.example
    if isinstance(text, bool) or not isinstance(text, (str, int, float)):
        raise ValueError(f"must be {what} with a unit, such as '{example}'")
    match = _QUANTITY.fullmatch(str(text))
    if match is None:
        raise ValueError(f"must be {what} with a unit, such as '{example}'")
    number, unit = Decimal(match.group(1)), match.group(2)
    if number == 0 and unit == "":
        return 0.0
    if unit not in family.worth:
        known = ", ".join(name for name in family.worth if name)
        raise ValueError(f"must be {what} in one of {known}, such as '{example}'")
    # In decimal, so that 1.79 ms is the float nearest to 0.00179 s.
    quantity = float(number * family.worth[unit])
    if not math.isfinite(quantity) or quantity < 0:
        raise ValueError(f"must be {what} of at least 0, such as '{example}'")
    return quantity


def _three_digits(number: float) -> str:
    text = f"{number:.3g}"
    return f"{number:.0f}" if "e" in text else text
