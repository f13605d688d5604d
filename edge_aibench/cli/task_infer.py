"""`edge-aibench task infer`: answers for files of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from edge_aibench.cli.task_choices import (
    AsJson,
    Name,
    Precision,
    PresetName,
    RuntimeName,
    Threads,
    WeightsRoot,
    choose,
)


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("infer")(infer)


def infer(
    name: Name,
    files: Annotated[list[Path], typer.Argument(help="Images, videos or sounds.")],
    preset: PresetName = "",
    runtime: RuntimeName = None,
    precision: Precision = "float32",
    threads: Threads = None,
    weights: WeightsRoot = None,
    as_json: AsJson = False,
) -> int:
    """Answer for each file; one that cannot be read is reported and the others are answered."""
    import json

    from edge_aibench.errors import EXIT_OK, EXIT_USAGE, ConfigError
    from edge_aibench.inference.pipeline import get_component, load_task

    component = get_component(name)
    if component.read is None:
        raise ConfigError(
            "answers for measurements over time, not for files",
            where=f"task {component.task.name}",
            next_step=f"see `edge-aibench task evaluate {component.task.name}`",
        )
    choice = choose(
        preset or None, component, runtime=runtime, precision=precision, weights=weights
    )
    loaded = load_task(component, choice, threads=threads)
    if not loaded.trained:
        typer.echo("these answers are of random weights: nobody trained this preset", err=True)
    answers: list[dict[str, Any]] = []
    failed = 0
    for path in files:
        try:
            raw = component.read(path)
            (answer,), times = loaded.pipeline.timed_answers([raw])
        except ConfigError as problem:
            failed += 1
            typer.echo(f"left out: {problem}", err=True)
            continue
        answers.append(
            {
                "file": str(path),
                "answer": dict(loaded.pipeline.processing.describe(answer)),
                "preprocess_ms": times.preprocess_ns / 1e6,
                "inference_ms": times.inference_ns / 1e6,
                "postprocess_ms": times.postprocess_ns / 1e6,
            }
        )
    if as_json:
        typer.echo(json.dumps(answers, indent=2))
    else:
        for entry in answers:
            typer.echo(f"{entry['file']}: {json.dumps(entry['answer'])}")
    return EXIT_USAGE if failed else EXIT_OK
