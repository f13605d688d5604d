"""What a sweep can change: the options of `simulate` and `emulate`, and any setting by its path.

A key is an option's name (`instances`, `place`, `interval`), or one of three that go on:
`link.NAME` (a link preset), `service.STAGE` (a law of service times) and `set.PATH` (any key of
the scenario or the topology).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.units import parse_duration_s

Engine = Literal["simulate", "emulate"]
Point = Mapping[str, "str | int | float | bool | None"]

FILE_OPTIONS = ("calibration", "service-times", "profile")
"""Options that are the path of a file, and never a name."""

_NOT_OPTIONS = MappingProxyType(
    {
        "scenario": "write 'scenario:' at the top of the file; one sweep is of one scenario",
        "seed": "write 'seed:' and 'repeats:' at the top of the file: each run has its own seed",
        "repeat": "write 'repeats:' at the top of the file",
    }
)


@dataclass(frozen=True)
class _Option:
    """*argument* is what the engines' functions call it; *read* checks a value."""

    argument: str
    read: Callable[[object], object]
    engines: tuple[Engine, ...] = ("simulate", "emulate")


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be text")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("must be a whole number of at least 1")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("must be a number")
    return float(value)


def _path(value: object) -> Path:
    return Path(_text(value))


def _one_text(value: object) -> tuple[str, ...]:
    return (_text(value),)


def _one_path(value: object) -> tuple[Path, ...]:
    return (_path(value),)


_OPTIONS: Mapping[str, _Option] = MappingProxyType(
    {
        "instances": _Option("instances", _count),
        "topology": _Option("topology", _text),
        "place": _Option("place", _text),
        "interval": _Option("interval", _text),
        "arrivals": _Option("arrivals", _text),
        "duration": _Option("duration_s", parse_duration_s),
        "warmup": _Option("warmup_s", parse_duration_s),
        "engine": _Option("engine", _text, ("simulate",)),
        "calibration": _Option("calibration", _path, ("simulate",)),
        "service-times": _Option("service_times", _path, ("simulate",)),
        "profile": _Option("profiles", _one_path),
        "fault": _Option("faults", _one_text, ("simulate",)),
        "background": _Option("background", _one_text, ("simulate",)),
        "inference": _Option("inference", _text),
        "runtime": _Option("runtime", _text),
        "backend": _Option("backend", _text, ("emulate",)),
        "dilation": _Option("dilation", _number, ("emulate",)),
    }
)
_PREFIXES: Mapping[str, tuple[Engine, ...]] = MappingProxyType(
    {"link": ("simulate", "emulate"), "set": ("simulate", "emulate"), "service": ("simulate",)}
)


def check_key(key: str, *, engine: Engine, where: str) -> None:
    """Raise ConfigError, citing *where*, for a key that no option or setting of *engine* has."""
    from edge_aibench.config.overrides import parse_overrides

    head, dot, rest = key.partition(".")
    if dot and head in _PREFIXES and engine in _PREFIXES[head]:
        if not rest.strip("."):
            raise ConfigError("must go on after the dot", where=where, value=key)
        if head == "set":
            try:
                parse_overrides([f"{rest}=0"])
            except ConfigError as error:
                raise ConfigError(
                    error.rule, where=where, value=key, next_step=error.next_step
                ) from None
        return
    if key in _NOT_OPTIONS:
        raise ConfigError(
            "cannot be swept or set here", where=where, value=key, next_step=_NOT_OPTIONS[key]
        )
    known = [name for name, option in _OPTIONS.items() if engine in option.engines]
    if key in known:
        return
    ways = [f"{name}.NAME" for name, engines in _PREFIXES.items() if engine in engines]
    raise unknown_name(f"option of {engine}", key, [*known, *ways], where=where)


def check_value(key: str, value: object, *, where: str) -> None:
    """Raise ConfigError, citing *where*, for a *value* that *key* cannot have.

    What only the scenario and the topology can tell is not checked here.
    """
    head, _, _ = key.partition(".")
    read = _text if head in ("link", "service") else None
    if key in _OPTIONS:
        read = _OPTIONS[key].read  # type: ignore[assignment]
    if read is None:
        return
    try:
        read(value)
    except ValueError as error:
        raise ConfigError(str(error), where=where, key=key, value=value) from None


def arguments_of(point: Point) -> dict[str, Any]:
    """The keyword arguments of the engines' functions that *point* stands for."""
    arguments: dict[str, Any] = {}
    gathered: dict[str, list[str]] = {"link": [], "set": [], "service": []}
    for key, value in point.items():
        head, _, rest = key.partition(".")
        if key in _OPTIONS:
            arguments[_OPTIONS[key].argument] = _OPTIONS[key].read(value)
        elif head == "set":
            # As JSON, which YAML reads alike: '08' stays text and null stays null.
            gathered[head].append(f"{rest}={json.dumps(value, ensure_ascii=False)}")
        else:
            gathered[head].append(f"{rest}={value}")
    names = {"link": "links", "set": "settings", "service": "service"}
    return arguments | {names[head]: tuple(texts) for head, texts in gathered.items() if texts}
