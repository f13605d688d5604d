"""Quantities as users write them (`2ms`, `100 Mbit/s`, `1.5 kB`, `0.1 %`) and as SI floats.

Inside the package a quantity is a plain float in seconds, bits per second, bytes or a share
of one; text with a unit exists only at the edges. A number without a unit is refused (except
0, which needs none): bits taken for bytes is the classic defect of network simulators.
"""

from __future__ import annotations

import math
import re

_QUANTITY = re.compile(r"^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([A-Za-zµμ%/]*)\s*$")

_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0}
_SECONDS |= {"min": 60.0, "h": 3600.0}
_BITS_PER_SECOND = {"bit/s": 1.0, "kbit/s": 1e3, "Mbit/s": 1e6, "Gbit/s": 1e9}
_BYTES = {"B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 1024.0, "MiB": 1024.0**2}
_BYTES |= {"GiB": 1024.0**3}
_SHARE = {"": 1.0, "%": 1e-2}


def parse_duration_s(text: object) -> float:
    """Read a duration such as `500us`, `2ms` or `1.5 s`; give seconds, at least 0."""
    return _parse(text, _SECONDS, what="a duration", example="2ms")


def parse_rate_bps(text: object) -> float:
    """Read a data rate such as `100 Mbit/s`; give bits per second, at least 0."""
    return _parse(text, _BITS_PER_SECOND, what="a data rate", example="100 Mbit/s")


def parse_size_bytes(text: object) -> float:
    """Read a size such as `1.2 kB` or `64 KiB`; give bytes, at least 0."""
    return _parse(text, _BYTES, what="a size", example="64 kB")


def parse_share(text: object) -> float:
    """Read a share such as `0.1 %` or `1e-5`; give a float from 0 to 1."""
    share = _parse(text, _SHARE, what="a share", example="0.1 %")
    if share > 1.0:
        raise ValueError("must be a share from 0 to 1 (or 0 % to 100 %)")
    return share


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


def _parse(text: object, units: dict[str, float], *, what: str, example: str) -> float:
    if isinstance(text, bool) or not isinstance(text, (str, int, float)):
        raise ValueError(f"must be {what} with a unit, such as '{example}'")
    match = _QUANTITY.match(str(text))
    if match is None:
        raise ValueError(f"must be {what} with a unit, such as '{example}'")
    number, unit = float(match.group(1)), match.group(2)
    if number == 0 and unit == "":
        return 0.0
    if unit not in units:
        known = ", ".join(name for name in units if name)
        raise ValueError(f"must be {what} in one of {known}, such as '{example}'")
    if not math.isfinite(number) or number < 0:
        raise ValueError(f"must be {what} of at least 0, such as '{example}'")
    return number * units[unit]


def _three_digits(number: float) -> str:
    text = f"{number:.3g}"
    return f"{number:.0f}" if "e" in text else text
