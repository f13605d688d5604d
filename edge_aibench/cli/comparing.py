"""One `compare` from its candidates to the exit code."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from edge_aibench.cli.notices import on_stderr
from edge_aibench.cli.result import command_line, console
from edge_aibench.errors import EXIT_INTERRUPTED, EXIT_INVALID, ConfigError

if TYPE_CHECKING:
    from edge_aibench.api.choices import Choices
    from edge_aibench.api.comparing.candidates import Alternatives
    from edge_aibench.api.comparing.gate import Gate, GateResult
    from edge_aibench.api.comparing.report import Candidate
    from edge_aibench.api.comparing.session import RunOnce
    from edge_aibench.api.run import Run
    from edge_aibench.emulate.outcome import Observer
    from edge_aibench.record.compared import ComparisonReport

FILE = "compare.json"


def words(text: str | None) -> tuple[str, ...]:
    """What stands between the commas."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


@dataclass(frozen=True)
class Comparing:
    """How candidates are judged and shown."""

    gates: tuple[Gate, ...]
    baseline: str | None
    allow_mixed: bool
    form: str
    quiet: bool

    def dilations(self, text: str | None) -> tuple[float, ...]:
        """The dilations to compare. Raises ConfigError for what is no number from 1 to 1000."""
        found = []
        for word in words(text):
            try:
                value = float(word)
            except ValueError:
                value = 0.0
            if not 1.0 <= value <= 1000.0:
                raise ConfigError(
                    "must be numbers from 1 to 1000 between commas",
                    where="--dilation",
                    value=word,
                )
            found.append(value)
        return tuple(found)

    def check_emulated(self, services: object, calibration: object) -> None:
        """Raise ConfigError for options that only simulated candidates know."""
        for option, value in (("--service", services), ("--calibration", calibration)):
            if value:
                raise ConfigError(
                    "is for simulated candidates: emulated ones take the time they take",
                    where=option,
                    next_step="add --engine simulate, or leave it out",
                )

    def recorded(self, folders: Sequence[Path], alternatives: Alternatives) -> int:
        """Compare runs that lie in *folders*."""
        from edge_aibench.api.calls import load
        from edge_aibench.api.comparing.report import Candidate

        if named := list(alternatives.named):
            raise ConfigError(
                "is for candidates that are run, not for recorded ones", where=f"--{named[0]}"
            )
        found: list[Candidate] = []
        for folder in folders:
            run = load(folder)
            label = folder.resolve().name
            if label in {one.label for one in found}:
                raise ConfigError("names a run twice", where="compare", value=label)
            found.append(Candidate(label, (run,)))
        return self._conclude(found, (), None)

    def simulated(
        self,
        base: Choices,
        alternatives: Alternatives,
        repeats: int,
        out: Path,
        *,
        services: Sequence[str],
        calibration: Path | None,
    ) -> int:
        """Simulate every candidate."""
        from edge_aibench.api.comparing.candidates import candidates
        from edge_aibench.api.comparing.session import Simulated
        from edge_aibench.api.simulation import SimulationChoices

        if alternatives.dilation:
            raise ConfigError(
                "is of emulated candidates: virtual time has none", where="--dilation"
            )
        only = SimulationChoices(record="full", services=tuple(services), calibration=calibration)
        folder = _folder(out)
        ready = Simulated.prepare(
            candidates(base, alternatives),
            only,
            out=folder,
            notices=on_stderr(quiet=self.quiet),
        )
        return self._run(tuple(ready.prepared), ready.run_once, repeats, alternatives, folder)

    def emulated(self, base: Choices, alternatives: Alternatives, repeats: int, out: Path) -> int:
        """Emulate every candidate."""
        from edge_aibench.api.comparing.candidates import candidates
        from edge_aibench.api.comparing.session import Emulated

        folder = _folder(out)
        ready = Emulated.prepare(
            candidates(base, alternatives),
            out=folder,
            observer=self._observer,
            command=command_line(sys.argv[1:]),
            notices=on_stderr(quiet=self.quiet),
        )
        return self._run(tuple(ready.prepared), ready.run_once, repeats, alternatives, folder)

    def _run(
        self,
        labels: tuple[str, ...],
        run_once: RunOnce,
        repeats: int,
        alternatives: Alternatives,
        folder: Path,
    ) -> int:
        from edge_aibench.api.comparing.session import run_all

        total, count = len(labels) * repeats, 0

        def told(label: str, repeat: int) -> Run:
            nonlocal count
            count += 1
            self._say(f"--- run {count} of {total}: {label}")
            return run_once(label, repeat)

        found = run_all(labels, repeats, told)
        if not found:
            self._say(f"interrupted before every candidate was run; what was is in {folder}")
            return EXIT_INTERRUPTED
        code = self._conclude(found, tuple(alternatives.named), folder)
        if count < total or len(found[0].runs) < repeats:
            self._say("interrupted: only whole repeats were compared")
            return EXIT_INTERRUPTED
        return code

    def _conclude(
        self, found: Sequence[Candidate], varied: tuple[str, ...], folder: Path | None
    ) -> int:
        """Compare, save, show; the exit code is that of the gates."""
        from edge_aibench.api.comparing.gate import evaluate, exit_code
        from edge_aibench.api.comparing.report import compare_candidates
        from edge_aibench.record.files import write_whole

        report = compare_candidates(
            found,
            baseline=self.baseline,
            allow_mixed=self.allow_mixed,
            varied=varied,
            repeat_command=command_line(sys.argv[1:]),
        )
        results = evaluate(self.gates, report)
        if folder is not None:
            text = report.model_dump_json(indent=2) + "\n"
            write_whole(folder / FILE, lambda file: file.write(text.encode()))
        self._show(report, results, folder)
        if not all(one.valid for one in report.candidates):
            return EXIT_INVALID
        return exit_code(results)

    def _show(
        self, report: ComparisonReport, results: Sequence[GateResult], folder: Path | None
    ) -> None:
        from edge_aibench.report import comparison

        if self.form == "json":
            typer.echo(report.model_dump_json(indent=2))
        elif self.form == "csv":
            typer.echo(comparison.as_csv(report), nl=False)
        elif self.form == "markdown":
            typer.echo(comparison.as_markdown(report), nl=False)
        else:
            console(stderr=False).print(comparison.render(report))
        for result in results:
            typer.echo(
                f"{result.outcome}: {result.gate.text} for {result.label}: {result.reason}",
                err=True,
            )
        if folder is not None:
            self._say(f"saved in {folder}")

    def _observer(self) -> Observer:
        from edge_aibench.cli.progress import ConsoleObserver, SilentObserver

        return SilentObserver() if self.quiet else ConsoleObserver(sys.stderr)

    def _say(self, text: str) -> None:
        if not self.quiet:
            typer.echo(text, err=True)


def _folder(out: Path) -> Path:
    now = datetime.now(UTC)
    return out / f"{now:%Y%m%dT%H%M%SZ}-compare-{secrets.token_hex(3)}"
