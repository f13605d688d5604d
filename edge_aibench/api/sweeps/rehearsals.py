"""How long stages take where nothing else says it: rehearsed here once, for all runs of a sweep.

Left to itself, each run would rehearse anew, and repeats would differ by the machine's mood
instead of by their seeds. What was rehearsed is kept in the sweep's folder, for `--resume`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_aibench.config.text_file import read_text
from edge_aibench.emulate.rehearsal import Rehearsal
from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment

FILE = "rehearsal.json"
_MOST_BYTES = 64 * 1024 * 1024
_NOT_THE_WORK = {"place", "serving", "background", "channel", "alert_above"}
"""What may differ between two stages that take the same time."""


def work_of(experiment: Experiment) -> str:
    """A digest of what decides how long stages take on one machine."""
    scenario = experiment.scenario
    stages = {
        name: stage.model_dump(mode="json", exclude=_NOT_THE_WORK)
        for name, stage in scenario.stages.items()
    }
    sensors = {
        name: sensor.model_dump(mode="json", exclude={"arrivals", "node"})
        for name, sensor in scenario.sensors.items()
    }
    how = [experiment.source, experiment.inference, experiment.runtime, experiment.data_root]
    text = json.dumps([stages, sensors, how], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Rehearsals:
    """Rehearsals *kept* by the digest of the work; *rehearse* makes one that is missing.

    Without *rehearse* a missing one is an error: runs do not measure.
    """

    kept: dict[str, Rehearsal] = field(default_factory=dict)
    rehearse: Callable[[Experiment], Rehearsal] | None = None

    def of(self, experiment: Experiment) -> Rehearsal:
        """The rehearsal of *experiment*'s stages. Raises ConfigError for one that is missing."""
        work = work_of(experiment)
        if work not in self.kept:
            if self.rehearse is None:
                raise ConfigError(
                    "this combination of stages was not rehearsed before the sweep",
                    where="sweep",
                    next_step="give its times: service.STAGE, profile or calibration",
                )
            self.kept[work] = self.rehearse(experiment)
        return self.kept[work]

    def written(self) -> str:
        """All of them as JSON."""
        return json.dumps({work: asdict(one) for work, one in self.kept.items()}) + "\n"


def read_rehearsals(folder: Path) -> dict[str, Rehearsal]:
    """Read what is kept in *folder*; nothing where there is none. Raises ConfigError."""
    path = folder / FILE
    if not path.exists():
        return {}
    text = read_text(path, source=str(path), most_bytes=_MOST_BYTES, kind="a kept rehearsal")
    try:
        return {work: _read(entry) for work, entry in json.loads(text).items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ConfigError(
            "is no kept rehearsal",
            where=str(path),
            next_step="start the sweep anew in another place: --out",
        ) from None


def _read(entry: Mapping[str, Any]) -> Rehearsal:
    batches = {
        stage: {int(size): calls for size, calls in sizes.items()}
        for stage, sizes in entry["batches_s"].items()
    }
    return Rehearsal(**{**entry, "batches_s": batches})
