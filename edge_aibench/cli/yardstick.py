"""`edge-aibench yardstick`: this machine's time of the standard network, and what it scales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from edge_aibench.inference.yardstick import MeasuredCalls, OwnYardstick
    from edge_aibench.model.hardware import Hardware


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("yardstick")(yardstick)


def yardstick(
    again: Annotated[
        bool, typer.Option("--again", help="Measure even if there is a kept result.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print raw times, as JSON.")] = False,
) -> None:
    """Measure ResNet-50 on one thread of this machine, and show the speed of known hardware."""
    import json

    from edge_aibench.api.speeds import this_machine, with_speed
    from edge_aibench.cli.listing import show_table
    from edge_aibench.cli.notices import on_stderr
    from edge_aibench.config.load import load_hardware

    own = this_machine(on_stderr(), again=again)
    known = [with_speed(entry, own) for entry in load_hardware().values()]
    if as_json:
        document = {
            "here": own.model_dump(mode="json"),
            "hardware": [_facts(entry) for entry in known],
        }
        typer.echo(json.dumps(document, indent=2))
        return
    typer.echo("\n".join(_in_words(own)))
    show_table(_table(known))


def _in_words(own: OwnYardstick) -> list[str]:
    machine = f"one thread of {own.processor}, ONNX Runtime {own.onnxruntime}"
    return [
        f"ResNet-50, one image a call, {machine}",
        f"  float32  {_quantiles(own.float32)}",
        f"  int8     {_quantiles(own.int8)}",
        "Below, published times use all cores or the accelerator of their machine.",
    ]


def _quantiles(calls: MeasuredCalls) -> str:
    import numpy as np

    p10, p50, p90 = np.percentile(calls.wall_ns, (10, 50, 90)) / 1e6
    mark = "  CONTENDED" if calls.contention.contended else ""
    return f"p50 {p50:.1f}  p10 {p10:.1f}  p90 {p90:.1f} ms, {len(calls.wall_ns)} calls{mark}"


def _table(known: Sequence[Hardware]) -> Sequence[Mapping[str, Any]]:
    from edge_aibench.units import format_duration

    rows = []
    for entry in known:
        by = entry.yardstick
        rows.append(
            {
                "hardware": entry.name,
                "speed": f"{entry.speed:.3g}",
                "here": "" if by is None or by.here_s is None else format_duration(by.here_s),
                "there": "" if by is None else format_duration(by.time_s),
                "precision": "" if by is None else by.precision,
                "from": "by definition or judged" if by is None else by.origin,
            }
        )
    return rows


def _facts(entry: Hardware) -> dict[str, Any]:
    by = entry.yardstick
    return {
        "name": entry.name,
        "speed": entry.speed,
        "here_s": None if by is None else by.here_s,
        "there_s": None if by is None else by.time_s,
        "precision": None if by is None else by.precision,
        "scaling": entry.scaling,
        "source": entry.source,
    }
