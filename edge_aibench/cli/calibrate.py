"""`edge-aibench calibrate`: measure what the simulator needs, into one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("calibrate")(calibrate)


def calibrate(
    out: Annotated[Path, typer.Option(help="The file that the calibration goes to.")],
    runs: Annotated[
        list[Path] | None,
        typer.Option("--from", help="A run folder of `emulate`; repeatable."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no result.")] = False,
) -> int:
    """Read times of work and messages out of emulated runs, for simulation."""
    from datetime import UTC, datetime

    from edge_aibench.api.calibration_file import write_calibration
    from edge_aibench.errors import EXIT_OK, ConfigError
    from edge_aibench.fidelity.calibrating import calibrate as pool
    from edge_aibench.fidelity.description import describe
    from edge_aibench.fidelity.observations import opened
    from edge_aibench.record.environment import collect

    if not runs:
        raise ConfigError(
            "names what to calibrate from",
            where="--from",
            next_step="make runs with `edge-aibench emulate`, and name their folders",
        )
    calibration = pool(
        [opened(path) for path in runs],
        made_utc=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        environment=collect().model_dump(mode="json"),
    )
    write_calibration(out, calibration)
    if not quiet:
        typer.echo("\n".join(describe(calibration)))
        typer.echo(f"written to {out}")
    return EXIT_OK
