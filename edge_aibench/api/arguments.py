"""What Python callers give, as the texts and numbers that the options of a command are."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from edge_aibench.errors import ConfigError, unknown_name

Word = TypeVar("Word", bound=str)

Pairs = Mapping[str, object] | Iterable[str]
"""`{"access": "5g-sa-campus"}`, or as the command line has it: `["access=5g-sa-campus"]`."""


def pairs(given: Pairs, name: str) -> tuple[str, ...]:
    """Give the texts `KEY=VALUE` of argument *name*. Raises ConfigError for anything else."""
    if isinstance(given, Mapping):
        return tuple(f"{key}={_text(value)}" for key, value in given.items())
    return texts(given, name)


def texts(given: Iterable[str], name: str) -> tuple[str, ...]:
    """Give argument *name* as texts. Raises ConfigError for anything else, a lone text included."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ConfigError(
            "must be a list of texts", where=name, value=given, next_step=f"write {name}=[...]"
        )
    found = tuple(given)
    for text in found:
        if not isinstance(text, str):
            raise ConfigError("must hold texts only", where=name, value=text)
    return found


def place(given: str | Mapping[str, str] | None) -> str | None:
    """Give a placement as `--place` has it."""
    if isinstance(given, Mapping):
        return ",".join(f"{stage}={where}" for stage, where in given.items())
    return text_or_none(given, "place")


def interval(given: str | float | None) -> str | None:
    """Give the time between observations as `--interval` has it; a number is in seconds."""
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return f"{seconds(given, 'interval'):.12g} s"
    return text_or_none(given, "interval")


def text_or_none(given: object, name: str) -> str | None:
    """Give argument *name*. Raises ConfigError unless it is a text, a path or None."""
    if given is None or isinstance(given, str):
        return given
    if isinstance(given, Path):
        return str(given)
    raise ConfigError("must be a text", where=name, value=given)


def path_or_none(given: str | Path | None, name: str) -> Path | None:
    """Give the file or folder of argument *name*."""
    text = text_or_none(given, name)
    return None if text is None else Path(text)


def whole(given: object, name: str, *, least: int) -> int:
    """Give a whole number of at least *least*, also one of numpy's. Raises ConfigError."""
    number = _whole(given)
    if number is None or number < least:
        raise ConfigError(f"must be a whole number of at least {least}", where=name, value=given)
    return number


def seed(given: object) -> int:
    """Give the seed. Raises ConfigError unless it is a whole number from 0 to 2**63 - 1."""
    number = whole(given, "seed", least=0)
    if number >= 2**63:
        raise ConfigError("must be below 2**63", where="seed", value=given)
    return number


def seconds(given: object, name: str, *, least: float = 0.0) -> float:
    """Give a finite number of seconds of at least *least*. Raises ConfigError."""
    try:
        number = math.nan if isinstance(given, (bool, str)) else float(given)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number) or number < least:
        raise ConfigError(
            f"must be a number of seconds, at least {least:g}", where=name, value=given
        )
    return number


def dilation(given: object) -> float:
    """Give how many times slower than virtual time the clock goes. Raises ConfigError."""
    number = seconds(given, "dilation")
    if not 1 <= number <= 1000:
        raise ConfigError("must be from 1 to 1000, or 'auto'", where="dilation", value=given)
    return number


def one_of(given: Word, name: str, known: Iterable[str]) -> Word:
    """Give argument *name*. Raises ConfigError unless it is one of the *known* words."""
    if given not in known:
        raise unknown_name(name, str(given), known, where=name)
    return given


def instances(
    given: object, words: Mapping[str, object], *, scenario: str, known: Iterable[str]
) -> int | None:
    """How many instances: by `instances=`, or by the scenario's own word among *words*.

    *known* are the other arguments. Raises ConfigError for a word that is none.
    """
    if not words:
        return None if given is None else whole(given, "instances", least=1)
    from edge_aibench.config.load import load_scenario

    own = f"{load_scenario(scenario).scenario.instances.name}s"
    for word in words:
        if word != own:
            near = difflib.get_close_matches(word, [*known, own], n=1, cutoff=0.75)
            raise ConfigError(
                "there is no argument of this name",
                where="arguments",
                value=word,
                next_step=f"did you mean {near[0]}=?"
                if near
                else f"'{scenario}' has {own}: write {own}= or instances=",
            )
    if given is not None:
        raise ConfigError(
            f"says the number of instances twice, by instances= and by {own}=",
            where="arguments",
            value=given,
            next_step="leave one of them out",
        )
    return whole(words[own], own, least=1)


def _whole(given: object) -> int | None:
    if isinstance(given, bool) or not hasattr(given, "__index__"):
        return None
    return int(given.__index__())


def _text(value: Any) -> str:
    """A value as it is written in YAML, for `--set`."""
    return value if isinstance(value, str) else json.dumps(value)
