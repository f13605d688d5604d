"""`edge-aibench calibrate`: measure what the simulator needs, into one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge_aibench.cli.emulate import BackendChoice


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("calibrate")(calibrate)


def calibrate(  # noqa: PLR0913, PLR0917 - one parameter an option
    out: Annotated[Path, typer.Option(help="The file that the calibration goes to.")],
    scenario: Annotated[
        str | None,
        typer.Argument(help="Measure on this machine for this scenario: a name or a folder."),
    ] = None,
    runs: Annotated[
        list[Path] | None,
        typer.Option("--from", help="Instead: a run folder of `emulate` to read; repeatable."),
    ] = None,
    instances: Annotated[
        int | None,
        typer.Option(
            "--instances",
            "--patients",
            "--vehicles",
            "--cameras",
            "--homes",
            help="How many hosts of patients (or whatever the scenario has many of).",
        ),
    ] = None,
    place: Annotated[
        str | None,
        typer.Option(help="edge, device or cloud; or pairs: death=device,decompensation=edge"),
    ] = None,
    topology: Annotated[str | None, typer.Option(help="A topology's name or file.")] = None,
    setting: Annotated[
        list[str] | None, typer.Option("--set", help="KEY=VALUE, such as scenario.qos=0.")
    ] = None,
    inference: Annotated[
        str, typer.Option(help="window: all 48 h anew; streaming: state carried on.")
    ] = "window",
    runtime: Annotated[
        str, typer.Option(help="auto, or one by name: litert, tensorflow, onnxruntime, torch.")
    ] = "auto",
    dilation: Annotated[
        float, typer.Option(help="That of the runs that will be predicted.", min=1, max=1000)
    ] = 1.0,
    backend: Annotated[
        BackendChoice, typer.Option(help="What makes the links; auto prefers netem.")
    ] = BackendChoice.AUTO,
    data_root: Annotated[
        Path | None, typer.Option(help="Real data in its own layout, instead of generated.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of all that is drawn.", min=0)] = 1,
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer samples and sizes, at one QoS.")
    ] = False,
    records: Annotated[
        Path, typer.Option("--runs", help="Where the folders of the measuring runs go.")
    ] = Path("runs"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the calibration as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> int:
    """Measure times of work and messages on this machine, or read them out of emulated runs."""
    from edge_aibench.api.choices import Choices
    from edge_aibench.cli.calibration import Wanted, from_runs, measure
    from edge_aibench.cli.emulate import BACKENDS
    from edge_aibench.cli.result import Output
    from edge_aibench.emulate import interrupts

    _check(scenario, runs)
    wanted = Wanted(out=out, output=Output(as_json=as_json, quiet=quiet))
    if runs:
        return from_runs(runs, wanted)
    choices = Choices(
        scenario=scenario or "",
        instances=instances,
        topology=topology,
        place=place,
        seed=seed,
        dilation=dilation,
        inference=inference,
        runtime=runtime,
        backend=BACKENDS[backend],
        data_root=data_root,
        settings=tuple(setting or ()),
    )
    with interrupts.raised():
        return measure(choices, wanted, quick=quick, records=records)


def _check(scenario: str | None, runs: list[Path] | None) -> None:
    from edge_aibench.errors import ConfigError

    if scenario is None and not runs:
        raise ConfigError(
            "names what to calibrate from",
            where="calibrate: SCENARIO or --from",
            next_step="name a scenario to measure here, or with --from run folders of "
            "`edge-aibench emulate`",
        )
    if scenario is not None and runs:
        raise ConfigError(
            "excludes a scenario: a calibration is measured here, or read from runs",
            where="--from",
            value=scenario,
            next_step=f"leave out '{scenario}', or --from",
        )
