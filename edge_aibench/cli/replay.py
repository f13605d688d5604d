"""`edge-aibench replay`: run an experiment again from its run folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from edge_aibench.cli.result import Output
    from edge_aibench.model.experiment import Experiment


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("replay")(replay)


def replay(
    run: Annotated[Path, typer.Argument(help="The run folder.")],
    repeat: Annotated[int, typer.Option(help="Independent runs, seeds counted up.", min=1)] = 1,
    out: Annotated[Path, typer.Option(help="Where run folders go.")] = Path("runs"),
    slo: Annotated[
        list[str] | None, typer.Option(help="An objective for the exit code: 'e2e.p99<10ms'.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> int:
    """Run the very experiment of a run folder again: same plan, seeds, links and placement."""
    from edge_aibench.cli.result import Output
    from edge_aibench.config.values import FROM_DOCUMENT
    from edge_aibench.errors import ConfigError
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.record.opened import open_run

    opened = open_run(run)
    if opened.config is None:
        raise ConfigError("holds no configuration to run again", where=str(run))
    experiment = Experiment.model_validate(opened.config, context=FROM_DOCUMENT)
    output, objectives = Output(as_json=as_json, quiet=quiet), tuple(slo or ())
    if opened.manifest.engine == "simulate":
        return _simulated(experiment, objectives, out, output, repeat)
    return _emulated(experiment, objectives, out, output, repeat)


def _simulated(
    experiment: Experiment, objectives: tuple[str, ...], out: Path, output: Output, repeat: int
) -> int:
    from edge_aibench.api.simulation import Simulation
    from edge_aibench.cli.simulation import SimulationCommand

    command = SimulationCommand(output=output, out=out, objectives=objectives)
    return command.run(lambda: Simulation.of(experiment), repeat)


def _emulated(
    experiment: Experiment, objectives: tuple[str, ...], out: Path, output: Output, repeat: int
) -> int:
    from edge_aibench.cli.emulation import Emulation
    from edge_aibench.emulate import interrupts

    with interrupts.raised():
        emulation = Emulation.prepare_experiment(
            experiment, objectives=objectives, out=out, output=output
        )
        return emulation.run(repeat)
