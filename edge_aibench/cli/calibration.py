"""The two ways to a calibration: measured here and now, or read from runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import typer

from edge_aibench.cli.result import Output, command_line
from edge_aibench.errors import EXIT_INTERRUPTED, EXIT_INVALID, EXIT_OK, ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from edge_aibench.api.choices import Choices
    from edge_aibench.model.calibration import Calibration


@dataclass(frozen=True)
class Wanted:
    """Where a calibration goes, and what is shown of it."""

    out: Path
    output: Output

    def check(self) -> None:
        """Raise, before anything is measured, if the file could not be written afterwards.

        ConfigError for a folder, HostError where the machine refuses.
        """
        from edge_aibench.record.files import cannot_write

        if self.out.is_dir():
            raise ConfigError(
                "is a folder",
                where="--out",
                value=str(self.out),
                next_step="name a file, such as ward.json",
            )
        partial = self.out.with_name(f".{self.out.name}.partial")
        try:
            partial.touch()
            partial.unlink()
        except OSError as error:
            raise cannot_write(self.out, error) from error

    def write(self, calibration: Calibration) -> int:
        """Write and show it; the exit code says whether it can be trusted."""
        from edge_aibench.api.calibration_file import write_calibration
        from edge_aibench.fidelity.description import describe

        write_calibration(self.out, calibration)
        for warning in calibration.warnings:
            typer.echo(f"warning: {warning}", err=True)
        if self.output.as_json:
            typer.echo(calibration.model_dump_json(by_alias=True, indent=1))
        elif not self.output.quiet:
            typer.echo("\n".join([*describe(calibration), f"written to {self.out}"]))
        return EXIT_INVALID if calibration.warnings else EXIT_OK

    def say(self, text: str) -> None:
        """Tell what comes next."""
        if not self.output.quiet:
            typer.echo(f"--- {text}", err=True)


def from_runs(runs: Sequence[Path], wanted: Wanted) -> int:
    """Read the times of emulated *runs*. Raises ConfigError for one that cannot tell them."""
    from edge_aibench.fidelity.calibrating import calibrate as pool
    from edge_aibench.fidelity.observations import opened
    from edge_aibench.record.environment import collect

    wanted.check()
    calibration = pool(
        [opened(path) for path in runs],
        made_utc=_now(),
        environment=collect().model_dump(mode="json"),
    )
    return wanted.write(calibration)


def measure(choices: Choices, wanted: Wanted, *, quick: bool, records: Path) -> int:
    """Measure here; the runs that it takes leave their folders in *records*.

    Raises ConfigError, HostError or RunError, as `emulate` does.
    """
    from edge_aibench.api.choices import resolve
    from edge_aibench.cli.notices import on_stderr
    from edge_aibench.cli.progress import ConsoleObserver, SilentObserver
    from edge_aibench.fidelity.measuring import FULL, QUICK, Bench, Interrupted, Measuring

    quiet = wanted.output.quiet
    try:
        experiment = resolve(choices, on_stderr(quiet=quiet))
        wanted.check()
        _check_machine()
        bench = Bench(
            folder=records,
            observer=SilentObserver() if quiet else ConsoleObserver(sys.stderr),
            say=wanted.say,
            command=command_line(sys.argv[1:]),
        )
        measuring = Measuring.prepare(experiment, QUICK if quick else FULL, bench)
        calibration = measuring.calibration(made_utc=_now(), environment=_environment())
    except (KeyboardInterrupt, Interrupted):
        typer.echo(f"interrupted: nothing is written to {wanted.out}", err=True)
        return EXIT_INTERRUPTED
    return wanted.write(calibration)


def _check_machine() -> None:
    """Raise HostError where no run could be made, before the stages are put to work."""
    from edge_aibench.emulate.preflight import probe_isolation
    from edge_aibench.emulate.session import require_programs
    from edge_aibench.errors import HostError

    require_programs()
    way, finding = probe_isolation()
    if way is None:
        raise HostError(f"no emulation without namespaces: {finding.detail}", mend=finding.mend)


def _environment() -> dict[str, Any]:
    """Hardware and versions, the broker's among them."""
    from edge_aibench.emulate.preflight import probe_mosquitto
    from edge_aibench.record.environment import collect

    broker = probe_mosquitto().detail.rpartition(" ")[2]
    return {**collect().model_dump(mode="json"), "mosquitto": broker}


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
