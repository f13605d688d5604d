"""`edge-aibench task export`: a network as a file that another runtime loads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge_aibench.cli.task_choices import (
    AsJson,
    DataRoot,
    Name,
    Precision,
    PresetName,
    Quiet,
    WeightsRoot,
    choose,
    data_folder,
)


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("export")(export)


def export(
    name: Name,
    out: Annotated[Path, typer.Option(help="The folder that the file goes to.")] = Path(),
    preset: PresetName = "",
    precision: Precision = "float32",
    data_root: DataRoot = None,
    weights: WeightsRoot = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Write a .tflite (Keras networks) or .onnx file (PyTorch networks)."""
    import hashlib
    import json

    from edge_aibench.errors import HostError
    from edge_aibench.inference.pipeline import export_task, get_component
    from edge_aibench.inference.prepared import INT8, choose_runtime
    from edge_aibench.inference.session import LITERT

    component = get_component(name)
    choice = choose(preset or None, component, precision=precision, weights=weights)
    runtime = choose_runtime(component, choice)
    root = None
    if precision == INT8:
        root = data_folder(component, data_root, quiet=quiet, scale=0.1)
    content, is_trained = export_task(component, choice, calibration_root=root)
    suffix = ".tflite" if runtime == LITERT else ".onnx"
    path = out / f"{component.task.name}-{choice.preset}-{precision}{suffix}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise HostError(
            f"{path} cannot be written: {error.strerror}", mend="give another --out"
        ) from error
    values = {
        "file": str(path),
        "runtime": runtime,
        "precision": precision,
        "trained": is_trained,
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    trained = "" if is_trained else ", UNTRAINED: random weights"
    typer.echo(
        json.dumps(values, indent=2)
        if as_json
        else f"{path}: {len(content):,} bytes for {runtime}, {precision}{trained}"
    )
