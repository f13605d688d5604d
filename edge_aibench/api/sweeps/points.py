"""The points of a sweep: every combination of a grid, of rows and of a Latin hypercube."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

from edge_aibench import rng
from edge_aibench.api.sweeps.options import Engine, Point, check_key, check_value
from edge_aibench.api.sweeps.ranges import Range, RangeError, latin_hypercube, read_range
from edge_aibench.config.document import Document, KeyPath, shown_path
from edge_aibench.config.sweep_form import SweepForm
from edge_aibench.errors import ConfigError

MOST_RUNS = 100_000
"""Points times repeats. The plan is held in memory, and each run is a line of the store."""

_HYPERCUBE = "latin-hypercube"
_WHOLE = frozenset({"instances"})
"""Options that are whole numbers, whatever the range says."""


def all_points(form: SweepForm, document: Document) -> tuple[Point, ...]:
    """Spell out the points of *form*, which was read from *document*.

    The grid's last key changes fastest; rows change slower, and the hypercube's points slowest.
    Raises ConfigError for an unknown key, a key that comes twice, a value that cannot be, a
    range upside down, rows of different keys, and more than `MOST_RUNS` runs.
    """
    _check_keys(form, document)
    _check_number(form, document)
    _check_values(form, document)
    sampled: Sequence[Mapping[str, object]] = _sampled(form, document) or [{}]
    listed: Sequence[Mapping[str, object]] = form.rows or [{}]
    grid = [
        dict(zip(form.keys, values, strict=True))
        for values in itertools.product(*form.keys.values())
    ]
    return tuple({**row, **cell, **drawn} for drawn in sampled for row in listed for cell in grid)


def varied_keys(form: SweepForm) -> tuple[str, ...]:
    """The keys that differ between points, in the order of the table's columns."""
    cube = form.latin_hypercube
    return (*(form.rows[0] if form.rows else ()), *form.keys, *(cube.ranges if cube else ()))


def _check_keys(form: SweepForm, document: Document) -> None:
    seen: dict[str, KeyPath] = {}
    for path in _key_paths(form):
        key = str(path[-1])
        where = document.where(path)
        engine: Engine = form.engine
        check_key(key, engine=engine, where=f"{where}: {shown_path(path[:-1])}")
        if key in seen:
            raise ConfigError(
                f"'{key}' is in {shown_path(seen[key][:-1])} too: a key may come once",
                where=where,
                key=shown_path(path[:-1]),
                next_step="keep one of the two",
            )
        seen[key] = path
    for index, row in enumerate(form.rows or ()):
        wanted = (form.rows or ())[0]
        if set(row) != set(wanted):
            raise ConfigError(
                "must have the keys of the first row",
                where=document.where(("list", index)),
                key=shown_path(("list", index)),
                value=", ".join(row),
                next_step=f"give each row {', '.join(wanted) or 'a key'}, and no other key",
            )


def _key_paths(form: SweepForm) -> Iterator[KeyPath]:
    yield from (("options", key) for key in form.options)
    yield from (("list", 0, key) for key in (form.rows[0] if form.rows else ()))
    yield from (("keys", key) for key in form.keys)
    if form.latin_hypercube is not None:
        yield from ((_HYPERCUBE, "ranges", key) for key in form.latin_hypercube.ranges)


def _check_number(form: SweepForm, document: Document) -> None:
    """Before anything is spelled out, which could take all memory."""
    grid = math.prod(len(values) for values in form.keys.values())
    rows = len(form.rows or (None,))
    drawn = 1 if form.latin_hypercube is None else form.latin_hypercube.points
    runs = grid * rows * drawn * form.repeats
    if runs > MOST_RUNS:
        raise ConfigError(
            f"must make at most {MOST_RUNS:,} runs: {grid:,} (grid) x {rows:,} (list) x "
            f"{drawn:,} ({_HYPERCUBE}) x {form.repeats:,} (repeats) are {runs:,}",
            where=document.source,
            next_step=f"give fewer values, or draw some of the keys: {_HYPERCUBE}",
        )


def _check_values(form: SweepForm, document: Document) -> None:
    for key, value in form.options.items():
        check_value(key, value, where=document.where(("options", key)))
    for index, row in enumerate(form.rows or ()):
        for key, value in row.items():
            check_value(key, value, where=document.where(("list", index, key)))
    for key, values in form.keys.items():
        for index, value in enumerate(values):
            where = document.where(("keys", key, index))
            check_value(key, value, where=where)
            # 1 and true are equal to Python, and not to anyone else.
            if any(type(one) is type(value) and one == value for one in values[:index]):
                raise ConfigError(
                    "the value comes twice", where=where, key=f"keys.{key}", value=value
                )


def _sampled(form: SweepForm, document: Document) -> list[dict[str, float | int | str]]:
    cube = form.latin_hypercube
    if cube is None:
        return []
    ranges: dict[str, Range] = {}
    for key, entry in cube.ranges.items():
        path: KeyPath = (_HYPERCUBE, "ranges", key)
        try:
            ranges[key] = read_range(
                entry.low, entry.high, scale=entry.scale, integer=entry.integer or key in _WHOLE
            )
        except RangeError as error:
            given = entry.low if error.bound == "from" else entry.high
            raise ConfigError(
                str(error),
                where=document.where((*path, error.bound)),
                key=shown_path((*path, error.bound)),
                value=given,
                next_step=error.next_step,
            ) from None
        check_value(key, ranges[key].value(0.0), where=document.where(path))
    return latin_hypercube(ranges, cube.points, rng.stream(form.seed, "sweep/latin-hypercube"))
