"""One run of a sweep on an engine of ours, and a look at points before anything runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edge_aibench.api.sweeps.measures import Measure, figures_of
from edge_aibench.api.sweeps.options import Engine, Point, arguments_of
from edge_aibench.api.sweeps.runs import Figures
from edge_aibench.api.sweeps.table import REASONS, VALIDITY

MOST_LOOKED_AT = 200
"""Points that are resolved before the first run. With a grid, many more values than that."""

Look = Callable[[Point], str]
"""Resolves a point without running it; gives a digest of its experiment, raises ConfigError."""


@dataclass(frozen=True)
class EngineRun:
    """Runs points of *scenario* on *engine*; gives *measures*, validity and its reasons."""

    scenario: str
    engine: Engine
    measures: tuple[Measure, ...]

    def __call__(self, point: Point, seed: int) -> Figures:
        from edge_aibench import api

        percentiles = sorted({m.percent for m in self.measures if m.percent is not None})
        arguments = arguments_of(point) | {"seed": seed, "percentiles": tuple(percentiles)}
        if self.engine == "simulate":
            run = api.simulate(self.scenario, record="summary", **arguments)
        else:
            run = api.emulate(self.scenario, **arguments)
        validity = run.summary.validity
        return {
            **figures_of(self.measures, run.summary),
            VALIDITY: "VALID" if validity.valid else "INVALID",
            REASONS: "; ".join(check.what for check in validity.reasons),
        }
