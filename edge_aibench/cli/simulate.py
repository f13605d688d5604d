"""`edge-aibench simulate`: run a scenario in virtual time, by computation alone."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_aibench.api.choices import Choices

if TYPE_CHECKING:
    from edge_aibench.api.simulation import RecordChoice
    from edge_aibench.simulate.session import EngineChoice


class Engine(StrEnum):
    """What computes the run."""

    AUTO = "auto"
    SIMPY = "simpy"
    VECTOR = "vector"


class Record(StrEnum):
    """What is kept of it."""

    AUTO = "auto"
    FULL = "full"
    SUMMARY = "summary"


_ENGINES: dict[Engine, EngineChoice] = {
    Engine.AUTO: "auto",
    Engine.SIMPY: "simpy",
    Engine.VECTOR: "vector",
}
_RECORDS: dict[Record, RecordChoice] = {
    Record.AUTO: "auto",
    Record.FULL: "full",
    Record.SUMMARY: "summary",
}


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("simulate")(simulate)


def simulate(  # noqa: PLR0913, PLR0917 - one parameter an option
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
    place: Annotated[
        str | None,
        typer.Option(help="edge, device or cloud; or pairs: death=device,decompensation=edge"),
    ] = None,
    split: Annotated[
        list[str] | None,
        typer.Option(help="STAGE=LAYER@PLACE: cut a network (`task cuts`); its front runs there."),
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
        typer.Option(
            help="STAGE=LAW: how long a stage takes, such as 'death=exponential 2 ms'; "
            "all=LAW for the others."
        ),
    ] = None,
    service_times: Annotated[
        Path | None,
        typer.Option(help="A CSV log of service times: a column a stage, a row a request."),
    ] = None,
    profile: Annotated[
        list[Path] | None, typer.Option(help="A file of `task profile`; repeatable.")
    ] = None,
    calibration: Annotated[Path | None, typer.Option(help="A file of `calibrate`.")] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="'node edge at 10 s for 2 s' or 'link access/3 at 5 s'; repeatable."),
    ] = None,
    background: Annotated[
        list[str] | None,
        typer.Option(help="Traffic of others: 'wan up 20 Mbit/s down 1 Mbit/s'; repeatable."),
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="auto: the vector engine where it can, else SimPy.")
    ] = Engine.AUTO,
    record: Annotated[
        Record,
        typer.Option(help="full: tables of all requests; summary: none; auto: by their number."),
    ] = Record.AUTO,
    inference: Annotated[
        str, typer.Option(help="How stages are rehearsed: window or streaming.")
    ] = "window",
    runtime: Annotated[str, typer.Option(help="What rehearses them: auto, or one by name.")] = (
        "auto"
    ),
    data_root: Annotated[
        Path | None, typer.Option(help="Real data for the rehearsal, instead of generated.")
    ] = None,
    duration: Annotated[float, typer.Option(help="Measured seconds (virtual).", min=0.1)] = 30.0,
    warmup: Annotated[float, typer.Option(help="Seconds before that, not counted.", min=0)] = 3.0,
    seed: Annotated[int, typer.Option(help="Seed of all that is drawn.", min=0)] = 1,
    repeat: Annotated[int, typer.Option(help="Independent runs, seeds counted up.", min=1)] = 1,
    out: Annotated[Path, typer.Option(help="Where run folders go.")] = Path("runs"),
    slo: Annotated[
        list[str] | None, typer.Option(help="An objective for the exit code: 'e2e.p99<10ms'.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> int:
    """Simulate a scenario: the record of `emulate`, without its network and processes.

    Stages without a law, log, profile or calibration are rehearsed on this machine first.
    """
    from edge_aibench.api.simulation import Simulation, SimulationChoices
    from edge_aibench.cli.notices import on_stderr
    from edge_aibench.cli.result import Output
    from edge_aibench.cli.simulation import SimulationCommand

    choices = Choices(
        scenario=scenario,
        engine="simulate",
        instances=instances,
        topology=topology,
        place=place,
        interval=interval,
        arrivals=arrivals,
        duration_s=duration,
        warmup_s=warmup,
        seed=seed,
        inference=inference,
        runtime=runtime,
        data_root=data_root,
        profiles=tuple(profile or ()),
        settings=tuple(setting or ()),
        links=tuple(link or ()),
        splits=tuple(split or ()),
    )
    only = SimulationChoices(
        engine=_ENGINES[engine],
        record=_RECORDS[record],
        services=tuple(service or ()),
        service_times=service_times,
        calibration=calibration,
        faults=tuple(fault or ()),
        background=tuple(background or ()),
    )
    output = Output(as_json=as_json, quiet=quiet)

    def prepare() -> Simulation:
        return Simulation.prepare(choices, only, on_stderr(quiet=quiet))

    return SimulationCommand(output=output, out=out, objectives=tuple(slo or ())).run(
        prepare, repeat
    )
