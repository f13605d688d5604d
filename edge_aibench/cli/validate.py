"""`edge-aibench validate`: how well the simulator predicts what the emulator shows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge_aibench.cli.emulate import ComputeChoice


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("validate")(validate)


def validate(  # noqa: PLR0913, PLR0917 - one parameter an option
    scenario: Annotated[
        str, typer.Argument(help="A scenario's name (see `list scenarios`) or folder.")
    ],
    place: Annotated[
        list[str] | None,
        typer.Option(help="A placement; repeatable. Without any: device, edge and cloud."),
    ] = None,
    calibrate_at: Annotated[
        str, typer.Option(help="Uses of the fullest worker to calibrate on.")
    ] = "0.2,0.55,0.85",
    predict_at: Annotated[
        str, typer.Option(help="Uses of the fullest worker to predict, from other runs.")
    ] = "0.4,0.5,0.8",
    instances: Annotated[
        int | None,
        typer.Option(
            "--instances", "--patients", help="At most so many; fewer where this machine is full."
        ),
    ] = None,
    topology: Annotated[str | None, typer.Option(help="A topology's name or file.")] = None,
    arrivals: Annotated[str, typer.Option(help="periodic or poisson.")] = "poisson",
    observations: Annotated[
        int, typer.Option(help="Observations of each run, all instances together.", min=200)
    ] = 4000,
    repeat: Annotated[int, typer.Option(help="Runs of each cell, seeds counted up.", min=1)] = 3,
    seed: Annotated[int, typer.Option(help="Seed of the first run of each cell.", min=0)] = 1,
    dilation: Annotated[float, typer.Option(help="That of all runs.", min=1, max=1000)] = 4.0,
    compute: Annotated[
        ComputeChoice, typer.Option(help="measured or profiled, as of `emulate`.")
    ] = ComputeChoice.MEASURED,
    profile: Annotated[
        list[Path] | None, typer.Option(help="For --compute profiled; repeatable.")
    ] = None,
    again: Annotated[
        Path | None,
        typer.Option(help="Judge the runs of this folder of `validate` again; nothing is run."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the folder with all runs goes.")] = Path("runs"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> int:
    """Emulate a grid of loads and placements, calibrate on some, predict the others."""
    from edge_aibench.api.choices import Choices
    from edge_aibench.cli.emulate import COMPUTE
    from edge_aibench.cli.result import Output
    from edge_aibench.cli.validation import Validation
    from edge_aibench.emulate import interrupts

    validation = Validation(
        choices=Choices(
            scenario=scenario,
            instances=instances,
            topology=topology,
            arrivals=arrivals,
            seed=seed,
            dilation=dilation,
            compute=COMPUTE[compute],
            profiles=tuple(profile or ()),
        ),
        places=tuple(place or ("device", "edge", "cloud")),
        calibrate_at=_shares("--calibrate-at", calibrate_at),
        predict_at=_shares("--predict-at", predict_at),
        observations=observations,
        repeats=repeat,
        out=out,
        output=Output(as_json=as_json, quiet=quiet),
    )
    if again is not None:
        return validation.judge(again)
    with interrupts.raised():
        return validation.run()


def _shares(option: str, text: str) -> tuple[float, ...]:
    from edge_aibench.errors import ConfigError

    try:
        return tuple(dict.fromkeys(float(part) for part in text.split(",") if part.strip()))
    except ValueError:
        raise ConfigError(
            "must be numbers between commas, such as 0.2,0.5", where=option, value=text
        ) from None
