"""What a sweep will run: read from its document, checked, and identified by a digest."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from edge_aibench import __version__
from edge_aibench.api.sweeps.measures import DEFAULT_MEASURES, parse_measures
from edge_aibench.api.sweeps.options import FILE_OPTIONS, Engine, Point
from edge_aibench.api.sweeps.points import all_points, varied_keys
from edge_aibench.api.sweeps.runs import PlannedRun
from edge_aibench.api.sweeps.seeds import SeedLaw, run_seed
from edge_aibench.config.catalogue import is_path
from edge_aibench.config.document import Document, read_document
from edge_aibench.config.load import LoadedScenario, load_scenario, load_topology
from edge_aibench.config.problems import validate
from edge_aibench.config.sweep_form import SweepForm
from edge_aibench.errors import ConfigError
from edge_aibench.record.measures import Measure


@dataclass(frozen=True)
class SweepPlan:
    """All runs of a sweep. Every point holds the fixed options too; *keys* are what differs."""

    source: str
    scenario: str
    engine: Engine
    points: tuple[Point, ...]
    keys: tuple[str, ...]
    repeats: int
    seed: int
    seeds: SeedLaw
    measures: tuple[Measure, ...]

    @property
    def total(self) -> int:
        """How many runs there are."""
        return len(self.points) * self.repeats

    def runs(self) -> Iterator[PlannedRun]:
        """All runs, repeat by repeat: a sweep cut short has fewer repeats of every point."""
        for repeat in range(self.repeats):
            for index, point in enumerate(self.points):
                seed = run_seed(self.seed, self.seeds, point=index, repeat=repeat)
                yield PlannedRun(index, repeat, seed, point)

    def digest(self, contents: str = "") -> str:
        """SHA-256 of all that the outcomes depend on; *contents* stands for the files named."""
        told = {
            "version": __version__,
            "scenario": self.scenario,
            "engine": self.engine,
            "points": self.points,
            "repeats": self.repeats,
            "seed": self.seed,
            "seeds": self.seeds,
            "measures": [measure.name for measure in self.measures],
            "contents": contents,
        }
        text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def read_plan(path: Path) -> SweepPlan:
    """Read the sweep in the YAML file *path*; paths in it start from its folder.

    Raises ConfigError for whatever is wrong with it, with the line where there is one.
    """
    document = read_document(path)
    return plan_from_document(document, folder=path.parent)


def plan_from_document(document: Document, *, folder: Path) -> SweepPlan:
    """Make the plan of a sweep's *document*, which lies in *folder*."""
    form = validate(SweepForm, document, kind="sweep")
    scenario = _found_from(form.scenario, folder)
    loaded = load_scenario(scenario)
    fixed = _with_files(form.options, folder)
    points = tuple({**fixed, **_with_files(point, folder)} for point in all_points(form, document))
    measures = parse_measures(
        form.measures or DEFAULT_MEASURES,
        tasks=loaded.scenario.inference_stages(),
        parts=_parts(loaded, points),
        where=f"{document.where(('measures',))}: measures",
    )
    return SweepPlan(
        source=document.source,
        scenario=scenario,
        engine=form.engine,
        points=points,
        keys=varied_keys(form),
        repeats=form.repeats,
        seed=form.seed,
        seeds=form.seeds,
        measures=measures,
    )


def _parts(loaded: LoadedScenario, points: Iterable[Point]) -> tuple[str, ...]:
    """The node groups and links of the topologies at *points*."""
    own = loaded.scenario.topology
    found: dict[str, None] = {}
    for name in dict.fromkeys(str(point.get("topology", own)) for point in points):
        # What is wrong with one of them its runs will say.
        with contextlib.suppress(ConfigError):
            topology = load_topology(name, near=loaded.folder)
            found |= dict.fromkeys((*topology.nodes, *topology.links))
    return tuple(found)


def _with_files(point: Point, folder: Path) -> Point:
    files: Mapping[str, str] = {
        key: _found_from(str(point[key]), folder, always=key in FILE_OPTIONS)
        for key in ("topology", *FILE_OPTIONS)
        if key in point
    }
    return {**point, **files}


def _found_from(text: str, folder: Path, *, always: bool = False) -> str:
    return str(folder / text) if always or is_path(text) else text
