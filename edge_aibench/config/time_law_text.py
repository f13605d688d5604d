"""Service times as users write them: `death=exponential 2 ms`, `speech=measured calls.csv`.

    STAGE=LAW [marginal SHARE] [passes SHARE] [unscaled]

A time is that of hardware of speed 1, as all times of this machine are, and is divided by the speed
of the node; an `unscaled` one is that of the stage wherever it runs. `marginal` is what a further
request of a batch adds, `passes` the share of requests to which the stage has something to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from edge_aibench.config.clauses import Clauses, read_quantity, split_clauses
from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.model.time_law import (
    LONGEST_S,
    ConstantTime,
    ErlangTime,
    ExponentialTime,
    LognormalTime,
    TimeLaw,
    UniformTime,
)
from edge_aibench.model.timings import StageTimes
from edge_aibench.units import DURATION, format_duration, parse_duration_s, parse_share

EVERY_STAGE = "all"
UNSCALED = "unscaled"
FORMS: Mapping[str, str] = {
    "constant": "constant 2 ms",
    "exponential": "exponential 2 ms",
    "uniform": "uniform 1 ms 3 ms",
    "lognormal": "lognormal 2 ms 0.5 ms",
    "erlang": "erlang 2 ms 4",
    "measured": "measured FILE",
}

ReadMeasured = Callable[[str, str], TimeLaw]
"""Reads the file of this name for the stage of this name, as a law of measured times."""

_UNIT = re.compile("|".join(map(re.escape, DURATION.worth)))
_MOST_PHASES = 1000


def parse_services(
    texts: Iterable[str], stages: Sequence[str], *, measured: ReadMeasured
) -> dict[str, StageTimes]:
    """Read all `--service` options: the times of each stage that one of them names.

    `all` stands for every stage that no option names. Raises ConfigError for a text that is no
    `STAGE=LAW`, for a stage that is not among *stages* or comes twice, and for an impossible law.
    """
    said: dict[str, str] = {}
    for text in texts:
        name, separator, law = (part.strip() for part in text.partition("="))
        where = f"--service {text[:80]}"
        if not separator or not name or not law:
            raise ConfigError(
                "must have the form STAGE=LAW",
                where=where,
                next_step="write it like --service 'death=exponential 2 ms'",
            )
        if name not in stages and name != EVERY_STAGE:
            raise unknown_name("stage", name, [*stages, EVERY_STAGE], where=where)
        if name in said:
            raise ConfigError("says the times of a stage twice", where=where, value=name)
        said[name] = law
    if EVERY_STAGE in said and EVERY_STAGE not in stages:
        law = said.pop(EVERY_STAGE)
        said |= {name: law for name in stages if name not in said}
    return {name: parse_service(law, name, measured=measured) for name, law in said.items()}


def parse_service(text: str, stage: str, *, measured: ReadMeasured) -> StageTimes:
    """Read what `--service` says of *stage*. Raises ConfigError."""
    where = f"--service {stage}={text}"
    words = text.split()
    unscaled = UNSCALED in words
    kept = " ".join(word for word in words if word != UNSCALED)
    clauses = split_clauses(kept, ("marginal", "passes"), where=where)
    law = _law(clauses, stage, measured)
    marginal = clauses.quantity("marginal", parse_share)
    passes = clauses.quantity("passes", parse_share)
    return StageTimes(
        work=law if marginal is None else law.model_copy(update={"marginal": marginal}),
        scaled=unscaled,
        passes=1.0 if passes is None else passes,
        source=f"as given: {text}",
    )


def _law(clauses: Clauses, stage: str, measured: ReadMeasured) -> TimeLaw:
    name, *words = clauses.head or ("",)
    where = clauses.where
    if name not in FORMS:
        raise ConfigError(
            "must begin with a law of service times",
            where=where,
            value=name,
            next_step=f"write one of: {', '.join(FORMS.values())}",
        )
    if name == "measured":
        if not words:
            raise _misformed(name, where)
        return measured(" ".join(words), stage)
    quantities = _with_units(words)
    phases = quantities.pop() if name == "erlang" and len(quantities) > 1 else None
    times_s = [_time_s(text, where) for text in quantities]
    if len(times_s) != (2 if name in {"uniform", "lognormal"} else 1):
        raise _misformed(name, where)
    if name != "constant" and times_s[-1] == 0:
        raise ConfigError(
            "must be above 0",
            where=where,
            value=format_duration(0),
            next_step="write 'constant 0' for a stage that takes no time",
        )
    match name:
        case "constant":
            return ConstantTime(time_s=times_s[0])
        case "exponential":
            return ExponentialTime(mean=times_s[0])
        case "lognormal":
            return _lognormal(times_s, where)
        case "uniform":
            return _uniform(times_s, where)
        case _:
            return ErlangTime(mean=times_s[0], phases=_phases(phases, where))


def _with_units(words: Sequence[str]) -> list[str]:
    """Join each unit that stands apart with the number before it."""
    quantities: list[str] = []
    for word in words:
        if quantities and _UNIT.fullmatch(word):
            quantities[-1] += f" {word}"
        else:
            quantities.append(word)
    return quantities


def _time_s(text: str, where: str) -> float:
    seconds = read_quantity(text, parse_duration_s, where=where)
    if seconds > LONGEST_S:
        raise ConfigError(
            f"must be at most {LONGEST_S:g} s", where=where, value=text, next_step="check the unit"
        )
    return seconds


def _uniform(times_s: Sequence[float], where: str) -> UniformTime:
    if times_s[1] < times_s[0]:
        raise ConfigError(
            f"must be at least the shortest time, {format_duration(times_s[0])}",
            where=where,
            value=format_duration(times_s[1]),
            next_step="write the shortest first",
        )
    return UniformTime(shortest_s=times_s[0], longest_s=times_s[1])


def _lognormal(times_s: Sequence[float], where: str) -> LognormalTime:
    if times_s[0] == 0:
        raise ConfigError("must be above 0", where=where, value=format_duration(0))
    return LognormalTime(mean=times_s[0], spread_s=times_s[1])


def _phases(text: str | None, where: str) -> int:
    if text is None or not re.fullmatch("[0-9]{1,6}", text) or not 1 <= int(text) <= _MOST_PHASES:
        raise ConfigError(
            f"the number of phases must be a whole number from 1 to {_MOST_PHASES}",
            where=where,
            value=text,
            next_step=f"write it like '{FORMS['erlang']}'",
        )
    return int(text)


def _misformed(name: str, where: str) -> ConfigError:
    return ConfigError(f"must have the form '{FORMS[name]}'", where=where)
