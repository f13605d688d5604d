"""`edge-aibench compare`: candidates on the same arrivals, and how they differ."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from edge_aibench.cli.emulate import ComputeChoice


class Format(StrEnum):
    """How the comparison is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    MARKDOWN = "markdown"


class CompareEngine(StrEnum):
    """What runs the candidates."""

    EMULATE = "emulate"
    SIMULATE = "simulate"


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("compare")(compare)


def compare(  # noqa: PLR0913, PLR0917 - one parameter an option
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="SCENARIO | RUN RUN...", help="A scenario to run, or run folders to read."
        ),
    ],
    place: Annotated[
        list[str] | None,
        typer.Option(help="Places to compare: device,edge,cloud. Pairs come one an option."),
    ] = None,
    topology: Annotated[
        str | None, typer.Option(help="Topologies to compare, between commas.")
    ] = None,
    preset: Annotated[
        str | None, typer.Option(help="Presets of all networks to compare, between commas.")
    ] = None,
    runtime: Annotated[
        str | None, typer.Option(help="Runtimes to compare, between commas.")
    ] = None,
    dilation: Annotated[
        str | None, typer.Option(help="Dilations to compare, between commas; emulated only.")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(help="The candidate that the others are held against: its name.")
    ] = None,
    engine: Annotated[
        CompareEngine, typer.Option(help="emulate, or simulate.")
    ] = CompareEngine.EMULATE,
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
        list[str] | None, typer.Option(help="STAGE=LAW, as of `simulate`; simulated only.")
    ] = None,
    calibration: Annotated[
        Path | None, typer.Option(help="A file of `calibrate`; simulated only.")
    ] = None,
    compute: Annotated[
        ComputeChoice, typer.Option(help="measured or profiled, as of `emulate`.")
    ] = ComputeChoice.MEASURED,
    profile: Annotated[
        list[Path] | None, typer.Option(help="A file of `task profile`; repeatable.")
    ] = None,
    duration: Annotated[float, typer.Option(help="Measured seconds (virtual).", min=0.1)] = 30.0,
    warmup: Annotated[float, typer.Option(help="Seconds before that, not counted.", min=0)] = 3.0,
    seed: Annotated[int, typer.Option(help="Seed of all that is drawn.", min=0)] = 1,
    repeat: Annotated[
        int, typer.Option(help="Runs of each candidate, seeds counted up.", min=1, max=100)
    ] = 2,
    allow_mixed: Annotated[
        bool, typer.Option("--allow-mixed", help="Compare simulated with emulated runs.")
    ] = False,
    fail_if: Annotated[
        list[str] | None,
        typer.Option(help="Exit 99 where a candidate is worse: 'e2e.p99>+5%'; repeatable."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the folder with all runs goes.")] = Path("runs"),
    form: Annotated[Format, typer.Option("--format", help="How it is printed.")] = Format.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> int:
    """Run candidates on the same arrivals, in turn and back, and show how they differ.

    Or compare runs that were recorded before.
    """
    from edge_aibench.api.choices import Choices
    from edge_aibench.api.comparing.candidates import Alternatives, split_places
    from edge_aibench.api.comparing.gate import parse_gate
    from edge_aibench.cli.comparing import Comparing, words
    from edge_aibench.cli.emulate import COMPUTE
    from edge_aibench.emulate import interrupts

    comparing = Comparing(
        gates=tuple(parse_gate(text) for text in fail_if or ()),
        baseline=baseline,
        allow_mixed=allow_mixed,
        form="json" if as_json else form.value,
        quiet=quiet,
    )
    alternatives = Alternatives(
        place=split_places(place or ()),
        topology=words(topology),
        preset=words(preset),
        runtime=words(runtime),
        dilation=comparing.dilations(dilation),
    )
    if len(what) > 1 or (Path(what[0]) / "manifest.json").exists():
        return comparing.recorded([Path(one) for one in what], alternatives)
    base = Choices(
        scenario=what[0],
        engine="simulate" if engine is CompareEngine.SIMULATE else "emulate",
        instances=instances,
        interval=interval,
        arrivals=arrivals,
        duration_s=duration,
        warmup_s=warmup,
        seed=seed,
        compute=COMPUTE[compute],
        profiles=tuple(profile or ()),
        settings=tuple(setting or ()),
        links=tuple(link or ()),
    )
    with interrupts.raised():
        if engine is CompareEngine.SIMULATE:
            return comparing.simulated(
                base, alternatives, repeat, out, services=service or (), calibration=calibration
            )
        comparing.check_emulated(service, calibration)
        return comparing.emulated(base, alternatives, repeat, out)
