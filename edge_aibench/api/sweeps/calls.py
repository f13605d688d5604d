"""`edge_aibench.sweep`: what `edge-aibench sweep` does, as a function."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edge_aibench.api import arguments
from edge_aibench.api.notices import Notices
from edge_aibench.api.sweeps.plan import SweepPlan, plan_from_document, read_plan
from edge_aibench.api.sweeps.prepared import PreparedSweep
from edge_aibench.api.sweeps.session import SweepResult
from edge_aibench.config.document import Document
from edge_aibench.errors import ConfigError

_MAPPING = "sweep()"


def sweep(
    source: str | Path | Mapping[str, Any],
    *,
    jobs: int | None = None,
    ray: str | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    notices: Notices | None = None,
) -> SweepResult:
    """Run the sweep in the YAML file *source*, or in a mapping of what such a file holds.

    Paths in a mapping start from the working folder. The arguments are the options of the
    command; *out* is `runs/sweep-FILE` by default, and `runs/sweep` of a mapping. *notices* are
    told what takes long, and of points that cannot run. `table` of the result has a row a run;
    `folder` holds it on the disk. An interrupt ends the sweep early: `interrupted` then says so.

    Raises ConfigError for an argument or a file that is wrong, where the folder holds another
    sweep, or where no point can run; HostError, RunError.
    """
    notices = notices or Notices()
    folder = arguments.path_or_none(out, "out")
    prepared = PreparedSweep.of(
        _plan(source),
        folder=default_folder(source) if folder is None else folder,
        jobs=None if jobs is None else arguments.whole(jobs, "jobs", least=1),
        ray=arguments.text_or_none(ray, "ray"),
        resume=resume,
        notices=notices,
    )
    if prepared.warning is not None:
        notices.warning(prepared.warning)
    return prepared.run()


def default_folder(source: str | Path | Mapping[str, Any]) -> Path:
    """Where a sweep is kept if nothing says it: `runs/sweep-FILE`."""
    if isinstance(source, Mapping):
        return Path("runs") / "sweep"
    return Path("runs") / f"sweep-{Path(source).stem}"


def _plan(source: str | Path | Mapping[str, Any]) -> SweepPlan:
    if isinstance(source, (str, Path)):
        return read_plan(Path(source))
    if not isinstance(source, Mapping):
        raise ConfigError(
            "must be the path of a sweep file, or a mapping of what it holds",
            where=_MAPPING,
            value=source,
        )
    return plan_from_document(Document(data=source, source=_MAPPING), folder=Path())
