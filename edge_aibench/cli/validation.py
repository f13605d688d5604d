"""The runs of `validate` one after the other, and what is made of them."""

from __future__ import annotations

import secrets
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from edge_aibench.cli.emulation import Emulation
from edge_aibench.cli.result import Output, command_line
from edge_aibench.errors import EXIT_INTERRUPTED, EXIT_OK, ConfigError, HostError

if TYPE_CHECKING:
    from edge_aibench.api.choices import Choices
    from edge_aibench.emulate.rehearsal import Rehearsal
    from edge_aibench.fidelity.grid import Asked, Made
    from edge_aibench.fidelity.validation import Cell

_WARMUP_SHARE = 0.1
# Something that disturbs the machine for a while should not cost a cell.
_TRIES = 2
# Half the instances must leave the machine so much emptier.
_WORTHWHILE = 0.8
REPORT, TABLE = "validation.json", "validation.md"


@dataclass(frozen=True)
class _Base:
    """A placement at a known load: what the intervals of all its cells follow from."""

    instances: int
    interval_s: float
    use: float


@dataclass
class Validation:
    """What is asked: *choices* without placement and interval, and the grid."""

    choices: Choices
    places: tuple[str, ...]
    calibrate_at: tuple[float, ...]
    predict_at: tuple[float, ...]
    observations: int
    repeats: int
    out: Path
    output: Output
    _folder: Path = field(default=Path(), init=False)
    _rehearsal: Rehearsal | None = field(default=None, init=False)
    _bases: dict[str, _Base] = field(default_factory=dict, init=False)

    def run(self) -> int:
        """Make all runs, judge them, show and save; the exit code says whether all could be."""
        from edge_aibench.fidelity.grid import plan_grid

        asked = list(plan_grid(self.places, self.calibrate_at, self.predict_at, self.repeats))
        now = datetime.now(UTC)
        name = f"{now:%Y%m%dT%H%M%SZ}-validate-{secrets.token_hex(3)}"
        folder = self._folder = self.out / name
        made: list[Made] = []
        for number, one in enumerate(asked, 1):
            self._say(
                f"--- run {number} of {len(asked)}: {one.place}, fullest worker at {one.load:.0%}"
            )
            done, interrupted = self._make(one)
            if done is not None:
                made.append(done)
                self._save_cells(folder, made)
            if interrupted:
                self._say(f"interrupted; judge what there is: validate ... --again {folder}")
                return EXIT_INTERRUPTED
        return self.judge(folder)

    def judge(self, folder: Path) -> int:
        """Calibrate on some of the runs in *folder*, predict all of them, show and save."""
        from edge_aibench.api.calibration_file import write_calibration
        from edge_aibench.fidelity.table import conclusion, markdown
        from edge_aibench.fidelity.validation import validate
        from edge_aibench.record.environment import collect
        from edge_aibench.record.files import write_whole

        self._say("predicting")
        report, calibrations = validate(
            self._cells(folder),
            made_utc=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            environment=collect().model_dump(mode="json"),
            command=command_line(sys.argv[1:]),
        )
        text, table = report.model_dump_json(indent=2) + "\n", markdown(report)
        for place, calibration in calibrations.items():
            write_calibration(folder / f"calibration-{_in_file_name(place)}.json", calibration)
        write_whole(folder / REPORT, lambda file: file.write(text.encode()))
        write_whole(folder / TABLE, lambda file: file.write(table.encode()))
        if self.output.as_json:
            typer.echo(text, nl=False)
            return EXIT_OK
        typer.echo("\n".join([table, *conclusion(report), f"saved in {folder}"]))
        return EXIT_OK

    def _make(self, asked: Asked) -> tuple[Made | None, bool]:
        from edge_aibench.fidelity.grid import Made, interval_s

        base = self._bases.get(asked.place) or self._first_base(asked.place)
        self._bases[asked.place] = base
        every_s = interval_s(asked.load, known_interval_s=base.interval_s, known_use=base.use)
        emulation = self._prepared(asked.place, base.instances, every_s, asked.repeat)
        for _ in range(_TRIES):
            summary, interrupted = emulation.measure()
            if summary is None or interrupted or summary.validity.valid:
                break
            self._say("INVALID: once more")
        if summary is None:
            return None, interrupted
        use = max((load.share for load in summary.loads if load.kind == "workers"), default=0.0)
        if base.use > 0 and asked.repeat == 0 and not interrupted and 0.0 < use < 1.0:
            # What was measured under load is nearer the truth than what a rehearsal foresaw.
            self._bases[asked.place] = replace(base, interval_s=every_s, use=use)
        run = Path(summary.runs[0]).name
        return Made(role=asked.role, place=asked.place, load=asked.load, folder=run), interrupted

    def _first_base(self, place: str) -> _Base:
        """How full the workers of *place* are at some interval, by rehearsal, and what fits here.

        Where every instance has a worker, fewer of them leave this machine room; where all share
        one, they do not. Raises HostError where the largest load is more than it emulates.
        """
        from edge_aibench.emulate.capacity import LARGEST_USE, PROPOSED_USE

        base, host_use = self._foreseen(place, self.choices.instances)
        while host_use > PROPOSED_USE and base.instances > 1:
            fewer, its_use = self._foreseen(place, base.instances // 2)
            if its_use > _WORTHWHILE * host_use:
                break
            base, host_use = fewer, its_use
        # Whether a run may be trusted is checked in each; here, whether it could end at all.
        if host_use > LARGEST_USE:
            raise HostError(
                f"workers at {self._most:.0%} in placement '{place}' would ask {host_use:.0%} of "
                f"this machine's cores, at most {LARGEST_USE:.0%} are there",
                mend="make --dilation larger, or the largest load smaller",
            )
        return base

    def _foreseen(self, place: str, instances: int | None) -> tuple[_Base, float]:
        """The workers of *place*, and the use of this machine's cores at the largest load."""
        from edge_aibench.fidelity.grid import interval_s

        emulation = self._prepared(place, instances, None, 0)
        experiment = emulation.experiment
        known_s = next(iter(experiment.scenario.sensors.values())).arrivals.interval_s
        use = max((load.share for load in emulation.loads if load.kind == "workers"), default=0.0)
        if not use:
            raise ConfigError(
                "has no stage that works: there is no load to choose", where="--place", value=place
            )
        every_s = interval_s(self._most, known_interval_s=known_s, known_use=use)
        base = _Base(experiment.instances, known_s, use)
        return base, emulation.expectation.use * known_s / every_s

    @property
    def _most(self) -> float:
        return max((*self.calibrate_at, *self.predict_at))

    def _prepared(
        self, place: str, instances: int | None, every_s: float | None, repeat: int
    ) -> Emulation:
        choices = replace(
            self.choices,
            place=place,
            instances=instances,
            interval=None if every_s is None else f"{every_s:.6g}s",
            seed=self.choices.seed + repeat,
        )
        if every_s is not None and instances:
            duration_s = round(self.observations * every_s / instances, 3)
            choices = replace(
                choices, duration_s=duration_s, warmup_s=round(_WARMUP_SHARE * duration_s, 3)
            )
        emulation = Emulation.prepare(
            choices,
            objectives=(),
            out=self._folder,
            output=self.output,
            fit=False,
            rehearsal=self._rehearsal,
        )
        self._rehearsal = emulation.rehearsal
        return emulation

    def _cells(self, folder: Path) -> list[Cell]:
        """The runs of *folder* by cell. Raises ConfigError where none are."""
        from edge_aibench.config.text_file import read_text
        from edge_aibench.fidelity.grid import FILE, MadeCells
        from edge_aibench.fidelity.validation import Cell
        from edge_aibench.record.opened import open_run

        path = folder / FILE
        text = read_text(path, source=str(path), most_bytes=1_000_000, kind="a list of cells")
        try:
            made = MadeCells.model_validate_json(text).made
        except ValueError:
            raise ConfigError(
                "is no list of cells",
                where=str(path),
                next_step="name a folder that `edge-aibench validate` made",
            ) from None
        keys = dict.fromkeys((one.role, one.place, one.load) for one in made)
        return [
            Cell(
                role=role,
                place=place,
                runs=tuple(
                    open_run(folder / one.folder)
                    for one in made
                    if (one.role, one.place, one.load) == (role, place, load)
                ),
            )
            for role, place, load in sorted(keys, key=lambda key: (key[1], key[2]))
        ]

    def _save_cells(self, folder: Path, made: list[Made]) -> None:
        from edge_aibench.fidelity.grid import FILE, MadeCells
        from edge_aibench.record.files import make_folder, write_whole

        make_folder(folder)
        cells = MadeCells(command=command_line(sys.argv[1:]), made=tuple(made))
        text = cells.model_dump_json(indent=2) + "\n"
        write_whole(folder / FILE, lambda file: file.write(text.encode()))

    def _say(self, text: str) -> None:
        if not self.output.quiet:
            typer.echo(text, err=True)


def _in_file_name(place: str) -> str:
    """A placement such as `death=device,decompensation=edge` as part of a file's name."""
    return "".join(letter if letter.isalnum() else "-" for letter in place)
