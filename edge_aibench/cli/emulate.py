"""`edge-aibench emulate`: run a scenario on an emulated network of this machine."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_aibench.api.choices import Choices

if TYPE_CHECKING:
    from edge_aibench.model.experiment import BackendName, ComputeMode


class BackendChoice(StrEnum):
    """What makes the links."""

    AUTO = "auto"
    NETEM = "netem"
    RELAY = "relay"


BACKENDS: dict[BackendChoice, BackendName] = {
    BackendChoice.AUTO: "auto",
    BackendChoice.NETEM: "netem",
    BackendChoice.RELAY: "relay",
}


class ComputeChoice(StrEnum):
    """Where the service times of networks come from."""

    MEASURED = "measured"
    PROFILED = "profiled"


COMPUTE: dict[ComputeChoice, ComputeMode] = {
    ComputeChoice.MEASURED: "measured",
    ComputeChoice.PROFILED: "profiled",
}


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("emulate")(emulate)


def emulate(  # noqa: PLR0913, PLR0917 - one parameter an option
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
    inference: Annotated[
        str, typer.Option(help="window: all 48 h anew; streaming: state carried on.")
    ] = "window",
    runtime: Annotated[
        str, typer.Option(help="auto, or one by name: litert, tensorflow, onnxruntime, torch.")
    ] = "auto",
    compute: Annotated[
        ComputeChoice,
        typer.Option(help="measured: networks run for each request; profiled: see --profile."),
    ] = ComputeChoice.MEASURED,
    profile: Annotated[
        list[Path] | None,
        typer.Option(help="A file of `task profile`, for --compute profiled; repeatable."),
    ] = None,
    duration: Annotated[float, typer.Option(help="Measured seconds (virtual).", min=0.1)] = 30.0,
    warmup: Annotated[float, typer.Option(help="Seconds before that, not counted.", min=0)] = 3.0,
    seed: Annotated[int, typer.Option(help="Seed of all that is drawn.", min=0)] = 1,
    repeat: Annotated[int, typer.Option(help="Independent runs, seeds counted up.", min=1)] = 1,
    dilation: Annotated[
        str, typer.Option(help="K: time runs K times slower; auto: what this machine needs.")
    ] = "1",
    backend: Annotated[
        BackendChoice, typer.Option(help="What makes the links; auto prefers netem.")
    ] = BackendChoice.AUTO,
    data_root: Annotated[
        Path | None, typer.Option(help="Real data in its own layout, instead of generated.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where run folders go.")] = Path("runs"),
    slo: Annotated[
        list[str] | None, typer.Option(help="An objective for the exit code: 'e2e.p99<10ms'.")
    ] = None,
    find_capacity: Annotated[
        bool,
        typer.Option(
            "--find-capacity", help="Search for the largest number of instances within budget."
        ),
    ] = False,
    at_most: Annotated[
        int | None, typer.Option(help="Where --find-capacity ends at the latest.", min=1)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> int:
    """Run a scenario on an emulated network: real brokers, real inference, links as asked."""
    from edge_aibench.cli.emulation import Emulation
    from edge_aibench.cli.find_capacity import Question, search_capacity
    from edge_aibench.cli.result import Output
    from edge_aibench.emulate import interrupts
    from edge_aibench.errors import ConfigError

    choices = Choices(
        scenario=scenario,
        instances=instances,
        topology=topology,
        place=place,
        interval=interval,
        arrivals=arrivals,
        duration_s=duration,
        warmup_s=warmup,
        seed=seed,
        dilation=1.0 if dilation == "auto" else read_dilation(dilation),
        inference=inference,
        runtime=runtime,
        backend=BACKENDS[backend],
        data_root=data_root,
        compute=COMPUTE[compute],
        profiles=tuple(profile or ()),
        settings=tuple(setting or ()),
        links=tuple(link or ()),
        splits=tuple(split or ()),
    )
    output = Output(as_json=as_json, quiet=quiet)
    if at_most is not None and not find_capacity:
        raise ConfigError("goes with --find-capacity only", where="--at-most", value=at_most)
    if find_capacity:
        question = Question(
            choices=choices,
            objectives=tuple(slo or ()),
            at_most=at_most,
            fit=dilation == "auto",
            repeat=repeat,
            out=out,
            output=output,
        )
        with interrupts.raised():
            return search_capacity(question)
    with interrupts.raised():
        emulation = Emulation.prepare(
            choices, objectives=tuple(slo or ()), out=out, output=output, fit=dilation == "auto"
        )
        return emulation.run(repeat)


def read_dilation(text: str) -> float:
    from edge_aibench.errors import ConfigError

    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 1 <= value <= 1000:
        raise ConfigError(
            "must be a number from 1 to 1000, or auto", where="--dilation", value=text
        )
    return value
