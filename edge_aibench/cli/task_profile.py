"""`edge-aibench task profile`: service times of a task on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge_aibench.cli.task_choices import (
    AsJson,
    DataRoot,
    Name,
    Precision,
    PresetName,
    Quiet,
    RuntimeName,
    WeightsRoot,
    choose,
    data_folder,
)

if TYPE_CHECKING:
    from edge_aibench.inference.profile_file import TaskProfile

_SAMPLES_SCALE = 0.1


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("profile")(profile)


def profile(  # noqa: PLR0913, PLR0917 - one parameter an option
    name: Name,
    preset: PresetName = "",
    runtime: RuntimeName = None,
    precision: Precision = "float32",
    threads: Annotated[int, typer.Option(help="Threads of the runtime.", min=1)] = 1,
    batch: Annotated[list[int] | None, typer.Option(help="Samples a call; repeatable.")] = None,
    data_root: DataRoot = None,
    weights: WeightsRoot = None,
    hardware: Annotated[
        str | None,
        typer.Option(help="The catalogue's name of this machine (see `list hardware`)."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The file that the profile goes to.")] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Measure load, first call, steady calls and memory in a fresh process."""
    from dataclasses import replace

    from edge_aibench.errors import HostError
    from edge_aibench.inference.pipeline import get_component, load_task
    from edge_aibench.inference.prepared import choose_runtime
    from edge_aibench.inference.profile_file import write_profile
    from edge_aibench.inference.task_profile import ProfileRequest, profile_in_new_process
    from edge_aibench.record.environment import collect

    if hardware is not None:
        _check_hardware(hardware)
    component = get_component(name)
    choice = choose(
        preset or None, component, runtime=runtime, precision=precision, weights=weights
    )
    choice = replace(choice, runtime=choose_runtime(component, choice))
    root = data_folder(component, data_root, quiet=quiet, scale=_SAMPLES_SCALE)
    # Whatever is exported on first use is exported here, not in the process that is measured.
    load_task(component, choice)
    measured = profile_in_new_process(
        ProfileRequest(
            task=name,
            preset=choice.preset,
            runtime=choice.runtime or "",
            precision=precision,
            threads=threads,
            batches=tuple(batch or (1,)),
            samples_folder=str(root),
            weights_root=None if weights is None else str(weights),
        ),
        collect().model_dump(mode="json"),
    ).model_copy(update={"hardware": hardware})
    if out is not None:
        try:
            write_profile(out, measured)
        except OSError as error:
            raise HostError(
                f"{out} cannot be written: {error.strerror}", mend="give another --out"
            ) from error
    typer.echo(measured.model_dump_json(indent=2) if as_json else _in_words(measured, out))


def _check_hardware(name: str) -> None:
    from edge_aibench.config.load import load_hardware
    from edge_aibench.errors import unknown_name

    if name not in (known := load_hardware()):
        raise unknown_name("hardware", name, known, where="--hardware")


def _in_words(measured: TaskProfile, out: Path | None) -> str:
    import numpy as np

    def milliseconds(values: list[int]) -> str:
        p50, p90, p99 = np.percentile(values, (50, 90, 99)) / 1e6
        return f"p50 {p50:8.3f}  p90 {p90:8.3f}  p99 {p99:8.3f} ms"

    trained = "" if measured.trained else ", UNTRAINED: random weights"
    lines = [
        (
            f"{measured.task} {measured.preset} on {measured.runtime} {measured.precision}, "
            f"{measured.threads} threads{trained}"
        ),
        (
            f"  import {measured.import_ns / 1e6:.0f} ms, load {measured.load_ns / 1e6:.1f} ms, "
            f"first call {measured.first_call_ns / 1e6:.1f} ms"
        ),
        (
            f"  memory {measured.resident_before_bytes / 1e6:.0f} MB before, "
            f"{measured.resident_loaded_bytes / 1e6:.0f} MB loaded, "
            f"{measured.resident_peak_bytes / 1e6:.0f} MB at most"
        ),
    ]
    for entry in measured.batches:
        mean_ms = float(np.mean(entry.wall_ns)) / 1e6
        lines += [
            (
                f"  batch {entry.batch}, {len(entry.cpu_ns)} calls, "
                f"{1000 * entry.batch / mean_ms:.1f} samples/s"
            ),
            f"    preprocess   {milliseconds(entry.preprocess_ns)}",
            f"    inference    {milliseconds(entry.inference_ns)}",
            f"    postprocess  {milliseconds(entry.postprocess_ns)}",
            f"    whole call   {milliseconds(entry.wall_ns)}",
            f"    CPU          {milliseconds(entry.cpu_ns)}",
        ]
    if measured.contention.contended:
        lines.append(
            "  CONTENDED: something else had the processor, so these figures are too high; "
            "measure again on an idle machine"
        )
    if out is not None:
        lines.append(f"profile in {out}")
    return "\n".join(lines)
