"""`edge-aibench train`: train a task's network and publish its weights with a manifest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_aibench.scenarios.icu.fitting import EpochReport
    from edge_aibench.tasks.weights import Quality

# The shipped weights were trained on this generated cohort; docs/performance.md has its cost.
COHORT_PATIENTS = 32_000
COHORT_SEED = 7


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("train")(train)


def train(
    task: Annotated[str, typer.Argument(help="death, decompensation or heart-failure.")],
    data_root: Annotated[
        Path | None, typer.Option(help="A folder of MIMIC-III benchmark data.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the weights go.")] = Path("weights"),
    seed: Annotated[int, typer.Option(help="Seed of initial weights and batches.", min=0)] = 1,
    epochs: Annotated[int | None, typer.Option(help="Passes over the data.", min=1)] = None,
    resume: Annotated[
        bool, typer.Option("--resume/--restart", help="Go on where an interrupted training was.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the manifest's entry.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Train a task on a generated cohort, or on yours, as the shipped weights were."""
    from rich.console import Console
    from rich.progress import Progress

    from edge_aibench.scenarios.icu.training import train as train_network

    with Progress(console=Console(stderr=True), disable=quiet, transient=True) as progress:
        if data_root is None:
            writing = progress.add_task("writing the cohort", total=COHORT_PATIENTS)
            data_root = _training_cohort(
                lambda done, total: progress.update(writing, completed=done, total=total)
            )
        fitting = progress.add_task(f"training {task}", total=None)

        def show(report: EpochReport) -> None:
            progress.update(fitting, completed=report.epoch, total=report.epochs)

        entry = train_network(
            task,
            data_root=data_root,
            out=out,
            seed=seed,
            epochs=epochs,
            progress=show,
            resume=resume,
        )
    if as_json:
        typer.echo(entry.model_dump_json(indent=2))
    else:
        typer.echo(_in_words(task, entry.quality, out))


def _training_cohort(progress: Callable[[int, int], None]) -> Path:
    """The generated cohort of the shipped weights, written on first use."""
    from edge_aibench.config.folders import cache_folder
    from edge_aibench.scenarios.icu.cohort import cached_cohort

    return cached_cohort(
        cache_folder(), patients=COHORT_PATIENTS, seed=COHORT_SEED, progress=progress
    )


def _in_words(task: str, quality: Quality, out: Path) -> str:
    def line(name: str, measures: dict[str, float]) -> str:
        figures = ", ".join(f"{key} {value:.3f}" for key, value in measures.items())
        return f"  {name:<9} {figures}"

    lines = [f"{task} on {quality.cases} held-out cases ({quality.positives} positive):"]
    lines.append(line("network", quality.network))
    if quality.oracle:
        lines.append(line("oracle", quality.oracle))
    if quality.logistic:
        lines.append(line("logistic", quality.logistic))
    return "\n".join([*lines, f"weights and manifest in {out}"])
