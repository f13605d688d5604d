"""Options that several `task` commands share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import Progress

    from edge_aibench.inference.prepared import NetworkChoice
    from edge_aibench.tasks.component import Component

Name = Annotated[
    str, typer.Argument(help="A task: `edge-aibench list tasks`, or FILE.py:ATTRIBUTE.")
]
PresetName = Annotated[str, typer.Option("--preset", help="The size of the network.")]
RuntimeName = Annotated[
    str | None,
    typer.Option("--runtime", help="torch or onnxruntime; tensorflow or litert.", metavar="R"),
]
Precision = Annotated[str, typer.Option(help="float32 or int8.")]
Threads = Annotated[int | None, typer.Option(help="Threads of the runtime.", min=1)]
DataRoot = Annotated[
    Path | None, typer.Option(help="A folder in the data set's layout; default: generated data.")
]
WeightsRoot = Annotated[
    Path | None,
    typer.Option("--weights", help="A folder that `task train` wrote; default: the shipped ones."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress.")]


def choose(
    preset: str | None,
    component: Component,
    *,
    runtime: str | None = None,
    precision: str = "float32",
    weights: Path | None = None,
) -> NetworkChoice:
    """Make the choice of a network; without *preset* the smallest one, which is trained."""
    from edge_aibench.inference.prepared import NetworkChoice

    return NetworkChoice(
        preset=preset or component.default_preset,
        runtime=runtime,
        precision=precision,
        weights_root=weights,
    )


def data_folder(
    component: Component, root: Path | None, *, quiet: bool, scale: float = 1.0
) -> Path:
    """Give the user's folder, or that of the generated data, written on first use."""
    from edge_aibench.config.folders import cache_folder
    from edge_aibench.tasks.generated import generated_data

    if root is not None:
        return root
    with progress_bar("writing data", quiet=quiet) as advance:
        return generated_data(component, cache_folder(), scale=scale, progress=advance)


def new_bars(*, quiet: bool) -> Progress:
    """Make bars with count, rate (the field `rate`) and time left, for stderr; none if *quiet*."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=quiet,
        transient=True,
    )


@contextmanager
def progress_bar(text: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Show a bar with rate and time left on stderr; gives what is to be told of done and total."""
    with new_bars(quiet=quiet) as bars:
        bar = bars.add_task(text, total=None, rate="")

        def advance(done: int, total: int) -> None:
            speed = bars.tasks[bar].speed
            bars.update(
                bar, completed=done, total=total, rate="" if speed is None else f"{speed:.1f}/s"
            )

        yield advance
