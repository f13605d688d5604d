"""`edge-aibench place`: find out where each stage should run."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_aibench.api.choices import Choices
from edge_aibench.cli.emulate import BackendChoice

if TYPE_CHECKING:
    from edge_aibench.api.placing import PlacingChoices
    from edge_aibench.api.placing_emulated import EmulationChoices
    from edge_aibench.api.placing_forms import FormChoice
    from edge_aibench.api.simulation import SimulationChoices
    from edge_aibench.cli.progress import ConsoleObserver, SilentObserver
    from edge_aibench.cli.result import Output
    from edge_aibench.placement.decision import Decision


class Forms(StrEnum):
    """Which networks a stage may take."""

    OWN = "own"
    ALL = "all"


_FORMS: dict[Forms, FormChoice] = {Forms.OWN: "own", Forms.ALL: "all"}


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("place")(place)


def place(  # noqa: PLR0913, PLR0917 - one parameter an option
    scenario: Annotated[
        str, typer.Argument(help="A scenario's name (see `list scenarios`) or folder.")
    ],
    instances: Annotated[
        int | None,
        typer.Option(
            "--instances",
            "--patients",
            "--vehicles",
            "--cameras",
            "--homes",
            help="How many patients (or whatever the scenario has many of).",
        ),
    ] = None,
    objective: Annotated[
        str,
        typer.Option(help="What to make least: e2e.p99, energy.total, ...; a list makes a front."),
    ] = "e2e.p99",
    budget: Annotated[
        bool, typer.Option("--budget", help="The scenario's budgets must be kept.")
    ] = False,
    limit: Annotated[
        list[str] | None, typer.Option(help="'MEASURE<=VALUE' must hold; repeatable.")
    ] = None,
    quality_floor: Annotated[
        list[str] | None,
        typer.Option(help="STAGE=VALUE: the least quality of its network; repeatable."),
    ] = None,
    forms: Annotated[
        Forms, typer.Option(help="own: each stage's network as it is; all: all presets too.")
    ] = Forms.OWN,
    splits: Annotated[
        bool, typer.Option("--splits", help="Networks may be cut; measures their cuts here.")
    ] = False,
    policy: Annotated[
        list[str] | None,
        typer.Option(help="A policy's name, FILE.py:function, or all; repeatable."),
    ] = None,
    time_limit: Annotated[
        float,
        typer.Option(help="Seconds for a policy of yours, and the oracle among all.", min=0.1),
    ] = 60.0,
    emulate_top: Annotated[
        int | None, typer.Option(help="Emulate so many of the best, interleaved.", min=1)
    ] = None,
    topology: Annotated[str | None, typer.Option(help="A topology's name or file.")] = None,
    interval: Annotated[
        str | None, typer.Option(help="Time between observations, such as 500ms.")
    ] = None,
    arrivals: Annotated[str | None, typer.Option(help="periodic or poisson.")] = None,
    link: Annotated[
        list[str] | None, typer.Option(help="NAME=PRESET: use a link preset (`list links`).")
    ] = None,
    setting: Annotated[
        list[str] | None, typer.Option("--set", help="KEY=VALUE, such as links.access.delay=2ms.")
    ] = None,
    service: Annotated[
        list[str] | None,
        typer.Option(help="STAGE=LAW: how long a stage takes (see `simulate`); repeatable."),
    ] = None,
    profile: Annotated[
        list[Path] | None, typer.Option(help="A file of `task profile`; repeatable.")
    ] = None,
    calibration: Annotated[Path | None, typer.Option(help="A file of `calibrate`.")] = None,
    inference: Annotated[
        str, typer.Option(help="window: all 48 h anew; streaming: state carried on.")
    ] = "window",
    runtime: Annotated[
        str, typer.Option(help="auto, or one by name: litert, tensorflow, onnxruntime, torch.")
    ] = "auto",
    data_root: Annotated[
        Path | None, typer.Option(help="Real data for the rehearsal, instead of generated.")
    ] = None,
    duration: Annotated[
        float | None, typer.Option(help="Measured seconds of each run; by default enough.", min=0.1)
    ] = None,
    warmup: Annotated[float, typer.Option(help="Seconds before that, not counted.", min=0)] = 3.0,
    seed: Annotated[int, typer.Option(help="Seed of all that is drawn.", min=0)] = 1,
    repeat: Annotated[
        int, typer.Option(help="Of --emulate-top: runs of each, seeds counted up.", min=1)
    ] = 1,
    dilation: Annotated[
        str, typer.Option(help="Of --emulate-top: K, or auto for what this machine needs.")
    ] = "auto",
    backend: Annotated[
        BackendChoice, typer.Option(help="Of --emulate-top: what makes the links.")
    ] = BackendChoice.AUTO,
    out: Annotated[
        Path | None, typer.Option(help="A folder for placement.json and emulated runs.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the decision as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> int:
    """Find where each stage should run: ask policies, simulate what they give, compare."""
    from edge_aibench.api.placing import PlacingChoices
    from edge_aibench.api.placing_emulated import EmulationChoices
    from edge_aibench.api.simulation import SimulationChoices
    from edge_aibench.cli.emulate import BACKENDS, read_dilation
    from edge_aibench.cli.result import Output
    from edge_aibench.emulate import interrupts

    choices = Choices(
        scenario=scenario,
        engine="simulate",
        instances=instances,
        topology=topology,
        interval=interval,
        arrivals=arrivals,
        duration_s=duration or 0.0,
        warmup_s=warmup,
        seed=seed,
        inference=inference,
        runtime=runtime,
        data_root=data_root,
        profiles=tuple(profile or ()),
        settings=tuple(setting or ()),
        links=tuple(link or ()),
    )
    wanted = PlacingChoices(
        objective=objective,
        budget=budget,
        limits=tuple(limit or ()),
        floors=tuple(quality_floor or ()),
        forms=_FORMS[forms],
        splits=splits,
        policies=tuple(policy or ("all",)),
        limit_s=time_limit,
    )
    emulation = None
    if emulate_top is not None:
        emulation = EmulationChoices(
            top=emulate_top,
            repeats=repeat,
            duration_s=duration or 30.0,
            dilation=None if dilation == "auto" else read_dilation(dilation),
            backend=BACKENDS[backend],
            out=out or Path("runs"),
        )
    only = SimulationChoices(services=tuple(service or ()), calibration=calibration)
    output = Output(as_json=as_json, quiet=quiet)
    with interrupts.raised():
        decision = _decide(choices, only, wanted, emulation, output)
    return _show(decision, out, output)


def _decide(
    choices: Choices,
    only: SimulationChoices,
    wanted: PlacingChoices,
    emulation: EmulationChoices | None,
    output: Output,
) -> Decision:
    from edge_aibench.api.placing import Placing
    from edge_aibench.api.placing_emulated import check_emulated, confirm
    from edge_aibench.cli.notices import on_stderr

    if emulation is not None:
        check_emulated(wanted.objective.partition(",")[0].strip())
    notices = on_stderr(quiet=output.quiet)
    placing = Placing.prepare(choices, only, wanted, notices)
    decision = placing.decide(notices)
    if emulation is None:
        return decision
    confirmation = confirm(placing, emulation, _observer(output), notices)
    return decision.model_copy(update={"confirmation": confirmation})


def _observer(output: Output) -> ConsoleObserver | SilentObserver:
    from edge_aibench.cli.progress import ConsoleObserver, SilentObserver

    return SilentObserver() if output.quiet else ConsoleObserver(sys.stderr)


def _show(decision: Decision, out: Path | None, output: Output) -> int:
    """Print and keep *decision*; the exit code says whether all limits are kept."""
    from edge_aibench.cli.result import console
    from edge_aibench.errors import EXIT_OK, EXIT_SLO_BROKEN
    from edge_aibench.placement.decision import FILE
    from edge_aibench.record.files import make_folder, write_whole

    text = decision.model_dump_json(indent=2) + "\n"
    if out is not None:
        make_folder(out)
        write_whole(out / FILE, lambda file: file.write(text.encode()))
    if output.as_json:
        typer.echo(text, nl=False)
    else:
        from edge_aibench.report.placement import render_decision

        console(stderr=False).print(render_decision(decision))
    return EXIT_OK if decision.feasible else EXIT_SLO_BROKEN
