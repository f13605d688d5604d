"""One run of a sweep on an engine of ours, and a look at its points before anything runs."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_aibench.api.sweeps.measures import figures_of
from edge_aibench.api.sweeps.options import FILE_OPTIONS, Engine, Point, arguments_of
from edge_aibench.api.sweeps.rehearsals import Rehearsals
from edge_aibench.api.sweeps.runs import Figures
from edge_aibench.api.sweeps.table import REASONS, VALIDITY
from edge_aibench.errors import ConfigError
from edge_aibench.record.measures import Measure

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.timings import Timings

MOST_LOOKED_AT = 100
"""Points that are resolved before the first run; a grid has more combinations than values."""

Look = Callable[[Point], str]
"""Gives the digest of a point's experiment, which is not run, or raises ConfigError."""


@dataclass(frozen=True)
class EngineRun:
    """Runs points of *scenario* on *engine*; gives *measures*, validity and its reasons.

    Stages whose times nothing says take those of *rehearsals*.
    """

    scenario: str
    engine: Engine
    measures: tuple[Measure, ...]
    rehearsals: Rehearsals = field(default_factory=Rehearsals)

    def __call__(self, point: Point, seed: int) -> Figures:
        """Run *point* with *seed*; raises whatever the engine does."""
        percentiles = {m.percent for m in self.measures if m.percent is not None}
        arguments = arguments_of(point) | {"seed": seed, "percentiles": tuple(sorted(percentiles))}
        if self.engine == "simulate":
            arguments["record"] = "summary"
            if "calibration" not in arguments:
                arguments["timings"] = self._timings(self._resolved(point), arguments)
                for name in ("service", "service_times", "profiles"):
                    arguments.pop(name, None)
        # The function that Python users call has the engine's name.
        run: Any = getattr(importlib.import_module("edge_aibench.api"), self.engine)
        summary = run(self.scenario, **arguments).summary
        if summary.interrupted is not None:
            # The engine has saved what it had, and part of a run is no run of a sweep.
            raise KeyboardInterrupt
        return {
            **figures_of(self.measures, summary),
            VALIDITY: "VALID" if summary.validity.valid else "INVALID",
            REASONS: "; ".join(f"{c.name}: {c.value}" for c in summary.validity.reasons),
        }

    def look(self, point: Point) -> str:
        """Resolve *point* without running it; a digest of its experiment and of its files."""
        from edge_aibench.record.summary import experiment_digest

        experiment = self._resolved(point)
        if self.engine == "simulate" and "calibration" not in point:
            times = self._timings(experiment, arguments_of(point))
            experiment = experiment.model_copy(update={"timings": times})
        digest = experiment_digest(experiment.model_dump(mode="json", by_alias=True))
        return " ".join([digest, *(_file_digest(point.get(key)) for key in FILE_OPTIONS)])

    def _resolved(self, point: Point) -> Experiment:
        from edge_aibench.api.choices import Choices, resolve

        known = {entry.name for entry in dataclasses.fields(Choices)}
        # In a point, `engine` is that of the simulator. Files of times are read apart.
        given = arguments_of(point) | {"scenario": self.scenario, "engine": self.engine}
        given.pop("profiles", None)
        return resolve(Choices(**{key: value for key, value in given.items() if key in known}))

    def _timings(self, experiment: Experiment, arguments: Mapping[str, Any]) -> Timings:
        from edge_aibench.api.timings import TimingChoices, timings

        said = TimingChoices(
            services=arguments.get("service", ()),
            service_times=arguments.get("service_times"),
            profiles=arguments.get("profiles", ()),
        )
        return timings(experiment, said, rehearse=self.rehearsals.of)


@dataclass(frozen=True)
class Preview:
    """What looking at points told: *contents* stands for the files that they name.

    *problems* are the points that cannot run, by their number, and why.
    """

    contents: str
    looked_at: int
    problems: tuple[tuple[int, ConfigError], ...]


def preview(points: Sequence[Point], keys: Sequence[str], look: Look) -> Preview:
    """Resolve so many *points* that each value of *keys* is met, `MOST_LOOKED_AT` at most.

    A misspelt key is wrong at all of them: where no point can run, the first one's ConfigError
    is raised. Where some cannot, that is for the user to read, and their runs will say so.
    """
    told: list[str] = []
    problems: list[tuple[int, ConfigError]] = []
    chosen = _of_every_value(points, keys)
    for index in chosen:
        try:
            told.append(look(points[index]))
        except ConfigError as error:
            told.append(str(error))
            problems.append((index, error))
    if len(problems) == len(chosen):
        raise problems[0][1]
    text = json.dumps(told, ensure_ascii=False)
    return Preview(hashlib.sha256(text.encode()).hexdigest(), len(chosen), tuple(problems))


def _of_every_value(points: Sequence[Point], keys: Sequence[str]) -> list[int]:
    """The first point, and then each that has a value which no earlier one has."""
    met: set[tuple[str, str]] = set()
    chosen: list[int] = []
    for index, point in enumerate(points):
        values = {(key, repr(point[key])) for key in keys}
        if not chosen or not values <= met:
            chosen.append(index)
            met |= values
        if len(chosen) == MOST_LOOKED_AT:
            break
    return chosen


def _file_digest(path: object) -> str:
    """Of a file that is missing, nothing: the run will say so."""
    if not isinstance(path, str) or not Path(path).is_file():
        return ""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
