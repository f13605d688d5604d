"""`edge-aibench task train`: train a network and publish its weights with a manifest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_aibench.cli.task_choices import (
    AsJson,
    DataRoot,
    Name,
    Quiet,
    data_folder,
    new_bars,
)

if TYPE_CHECKING:
    from edge_aibench.inference.publish import DataDescription
    from edge_aibench.tasks.component import Component, TrainingRequest
    from edge_aibench.tasks.training import EpochReport, TrainingProgress
    from edge_aibench.tasks.weights import TrainedNetwork, Training


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("train")(train)


def train(  # noqa: PLR0913, PLR0917 - one parameter an option
    name: Name,
    preset: Annotated[str | None, typer.Option(help="Default: lite, else reference.")] = None,
    data_root: DataRoot = None,
    out: Annotated[Path, typer.Option(help="Where the weights go.")] = Path("weights"),
    seed: Annotated[int, typer.Option(help="Seed of weights and batches.", min=0)] = 1,
    seeds: Annotated[
        int, typer.Option(help="Train with so many seeds, from --seed on.", min=1)
    ] = 1,
    epochs: Annotated[int | None, typer.Option(help="Passes over the data.", min=1)] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    scale: Annotated[float, typer.Option(help="Share of the generated data.")] = 1.0,
    target: Annotated[
        float | None, typer.Option(help="Stop when validation reaches this headline metric.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume/--restart", help="Go on where an interrupted training was.")
    ] = True,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Train a network on generated data, or on yours, as the shipped weights were."""
    from edge_aibench.errors import unknown_name
    from edge_aibench.inference.pipeline import get_component
    from edge_aibench.inference.publish import DataDescription
    from edge_aibench.tasks.component import TrainingRequest
    from edge_aibench.tasks.generated import DATA_SEED

    if device not in ("cpu", "cuda"):
        raise unknown_name("device", device, ("cpu", "cuda"), where="--device")
    component = get_component(name)
    chosen = preset or component.default_preset
    component.preset(chosen)
    root = data_folder(component, data_root, quiet=quiet, scale=scale)
    text = (
        f"{component.task.dataset}, given by the user"
        if data_root
        else f"generated data, seed {DATA_SEED}, scale {scale:g}"
    )
    described = DataDescription(root=root, text=text)
    entries = {
        one: _train(
            component,
            TrainingRequest(
                preset=chosen,
                seed=one,
                epochs=epochs,
                device=device,
                target=target,
                stop_at_target=target is not None,
            ),
            described,
            out if seeds == 1 else out / f"seed-{one}",
            resume=resume,
            quiet=quiet,
        )
        for one in range(seed, seed + seeds)
    }
    _tell(entries, out, as_json=as_json)


def _train(
    component: Component,
    request: TrainingRequest,
    data: DataDescription,
    out: Path,
    *,
    resume: bool,
    quiet: bool,
) -> TrainedNetwork:
    from edge_aibench.inference.publish import train_task

    with _show_training(quiet=quiet) as progress:
        return train_task(component, request, data=data, out=out, progress=progress, resume=resume)


class _show_training:  # noqa: N801 -- used like a function, as contextlib's own are
    """A bar over an epoch's samples, with throughput and time left, and a line an epoch."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._bars = new_bars(quiet=quiet)

    def __enter__(self) -> TrainingProgress:
        from edge_aibench.tasks.training import TrainingProgress

        self._bars.start()
        self._bar = self._bars.add_task("epoch 1", total=None, rate="")
        return TrainingProgress(step=self._step, epoch=self._report)

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def _step(self, done: int, total: int) -> None:
        speed = self._bars.tasks[self._bar].speed
        rate = "" if speed is None else f"{speed:.1f} samples/s"
        self._bars.update(self._bar, completed=done, total=total, rate=rate)

    def _report(self, report: EpochReport) -> None:
        figures = ", ".join(f"{key} {value:.4g}" for key, value in report.validation.items())
        if not self._quiet:
            self._bars.console.print(
                f"epoch {report.epoch}/{report.epochs}  loss {report.train_loss:.4g}  "
                f"validation: {figures}  {report.elapsed_s:.0f} s",
                markup=False,
                highlight=False,
            )
        self._bars.reset(self._bar, description=f"epoch {report.epoch + 1}", total=None)


def _tell(entries: dict[int, TrainedNetwork], out: Path, *, as_json: bool) -> None:
    import json

    from edge_aibench.cli.task_show import quality_lines

    if as_json:
        values = [{"seed": seed} | entry.model_dump(mode="json") for seed, entry in entries.items()]
        typer.echo(json.dumps(values, indent=2))
        return
    lines = []
    for seed, entry in entries.items():
        reached = entry.training.time_to_target_s
        lines.append(
            f"seed {seed}: {entry.training.duration_s:.0f} s of training"
            + ("" if reached is None else f", target reached after {reached:.0f} s")
        )
        lines += [f"  {line}" for line in quality_lines(entry.quality.model_dump(mode="json"))]
    if len(entries) > 1:
        lines.append(_spread([entry.training for entry in entries.values()]))
    lines.append(f"weights and manifest in {out}")
    typer.echo("\n".join(lines))


def _spread(trainings: list[Training]) -> str:
    """Say how far time to quality differs between seeds."""
    times = sorted(t.time_to_target_s for t in trainings if t.time_to_target_s is not None)
    if not times:
        durations = sorted(t.duration_s for t in trainings)
        return f"training took {durations[0]:.0f} to {durations[-1]:.0f} s; no target was reached"
    middle = times[len(times) // 2]
    return (
        f"time to quality: {len(times)} of {len(trainings)} seeds reached the target, after "
        f"{times[0]:.0f} to {times[-1]:.0f} s (median {middle:.0f} s)"
    )
