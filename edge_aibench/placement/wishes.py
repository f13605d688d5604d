"""What a placement is to be best in, and within which limits: the texts of options read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.placement.figures import is_best_when_largest, read_measure
from edge_aibench.placement.objective import Limit, Objective
from edge_aibench.units import parse_duration_s, parse_energy_j, parse_share, parse_size_bytes

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment

_LIMIT = re.compile(r"^\s*([a-z][a-z0-9.-]*)\s*(<=|>=|<|>|=)\s*(.+?)\s*$")
_EXAMPLE = "write it like 'e2e.p99<=10 ms', 'over-budget<=1 %' or 'energy.per-request<=2 J'"


def parse_objectives(text: str, experiment: Experiment) -> tuple[Objective, ...]:
    """Read `--objective`: measures between commas, to make least, or largest if more is better.

    Raises ConfigError for one that no run has, and for one that comes twice.
    """
    names = [name.strip() for name in text.split(",")]
    for name in names:
        read_measure(name, experiment, where="--objective")
        if names.count(name) > 1:
            raise ConfigError("the measure comes twice", where="--objective", value=name)
    return tuple(Objective(name, largest=is_best_when_largest(name)) for name in names)


def parse_limit(text: str, experiment: Experiment) -> Limit:
    """Read `--limit 'MEASURE<=VALUE'`. Raises ConfigError."""
    match = _LIMIT.match(text)
    if match is None:
        raise ConfigError(
            "must be a measure, <= and a value", where="--limit", value=text, next_step=_EXAMPLE
        )
    measure, comparison, value = match.groups()
    unit = read_measure(measure, experiment, where=f"--limit '{text.strip()}'").unit
    if is_best_when_largest(measure):
        raise ConfigError(
            "limits what is better the larger it is",
            where="--limit",
            value=text,
            next_step="write over-budget<=1 % for in-budget>=99 %, and --quality-floor for quality",
        )
    if comparison != "<=":
        raise ConfigError("must be written with <=", where="--limit", value=text)
    try:
        most = _reader(measure, unit)(value)
    except ValueError as error:
        raise ConfigError(
            f"its value {error}", where="--limit", value=text, next_step=_EXAMPLE
        ) from None
    return Limit(measure, most, text.strip())


def parse_floors(texts: Sequence[str], experiment: Experiment) -> dict[str, float]:
    """Read `--quality-floor STAGE=VALUE`. Raises ConfigError."""
    floors: dict[str, float] = {}
    for text in texts:
        stage, separator, value = (part.strip() for part in text.partition("="))
        stages = experiment.scenario.inference_stages()
        if not separator:
            raise ConfigError(
                "must be STAGE=VALUE",
                where="--quality-floor",
                value=text,
                next_step="write it like lane-detection=0.9",
            )
        if stage not in stages:
            raise unknown_name("inference stage", stage, stages, where="--quality-floor")
        try:
            floors[stage] = parse_share(value) if value.endswith("%") else float(value)
        except ValueError:
            raise ConfigError(
                "must be a number", where="--quality-floor", key=stage, value=value
            ) from None
    return floors


def limit_text(limit: Limit, experiment: Experiment) -> str:
    """A limit with its unit."""
    unit = read_measure(limit.measure, experiment, where="limit").unit
    return f"{limit.measure} <= {limit.most:.4g}{f' {unit}' if unit else ''}"


def _reader(measure: str, unit: str) -> Callable[[str], float]:
    if unit == "ms":
        return lambda text: parse_duration_s(text) * 1e3
    if unit == "J":
        return parse_energy_j
    if unit == "B":
        return parse_size_bytes
    shares = measure in {"in-budget", "inbudget", "answered", "over-budget"}
    return parse_share if shares else _plain


def _plain(text: str) -> float:
    try:
        return float(text.split(maxsplit=1)[0])
    except (ValueError, IndexError):
        raise ValueError("must be a number") from None
