"""`edge-aibench task evaluate`: a network's quality, on the runtime that is measured."""

from __future__ import annotations

from typing import Annotated

import typer

from edge_aibench.cli.task_choices import (
    AsJson,
    DataRoot,
    Name,
    Precision,
    PresetName,
    Quiet,
    RuntimeName,
    Threads,
    WeightsRoot,
    choose,
    data_folder,
    progress_bar,
)


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("evaluate")(evaluate)


def evaluate(  # noqa: PLR0913, PLR0917 - one parameter an option
    name: Name,
    preset: PresetName = "",
    runtime: RuntimeName = None,
    precision: Precision = "float32",
    threads: Threads = None,
    batch: Annotated[int, typer.Option(help="Samples a call.", min=1)] = 1,
    split: Annotated[str, typer.Option(help="train, val or test.")] = "test",
    data_root: DataRoot = None,
    weights: WeightsRoot = None,
    controls: Annotated[bool, typer.Option(help="Measure the trivial methods too.")] = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Answer a whole split and judge the answers by the official metrics."""
    import json

    from edge_aibench.inference.evaluate import evaluate as measure
    from edge_aibench.inference.pipeline import get_component, load_task
    from edge_aibench.tasks.component import TRAIN

    component = get_component(name)
    choice = choose(
        preset or None, component, runtime=runtime, precision=precision, weights=weights
    )
    loaded = load_task(component, choice, threads=threads, calibration_root=data_root)
    root = data_folder(component, data_root, quiet=quiet)
    samples = component.data.open(root, split=split)
    with progress_bar("answering", quiet=quiet) as advance:
        measured = measure(loaded, samples, batch=batch, progress=advance)
    trivial = (
        component.controls(component.data.open(root, split=TRAIN), samples) if controls else {}
    )
    values = {
        "task": component.task.name,
        "preset": choice.preset,
        "runtime": loaded.runtime,
        "precision": precision,
        "trained": loaded.trained,
        "split": split,
        "cases": measured.cases,
        "network": dict(measured.metrics),
        "controls": {method: dict(metrics) for method, metrics in trivial.items()},
        "problems": [str(problem) for problem in measured.problems],
    }
    for problem in measured.problems:
        typer.echo(f"left out: {problem}", err=True)
    if as_json:
        typer.echo(json.dumps(values, indent=2))
        return
    trained = "" if loaded.trained else ", UNTRAINED: random weights"
    lines = [
        (
            f"{component.task.name} {choice.preset} on {loaded.runtime} {precision}{trained}, "
            f"{measured.cases} samples of {split}"
        )
    ]
    for method, metrics in {"network": measured.metrics, **trivial}.items():
        shown = component.headlines(metrics).items()
        figures = ", ".join(f"{key} {value:.4g}" for key, value in shown)
        lines.append(f"  {method:<20} {figures}")
    typer.echo("\n".join(lines))
