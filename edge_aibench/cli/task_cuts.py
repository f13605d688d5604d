"""`edge-aibench task cuts`: where a network may be cut in two, and what each cut costs."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edge_aibench.cli.task_choices import (
    AsJson,
    Name,
    Precision,
    PresetName,
    Quiet,
    RuntimeName,
    WeightsRoot,
    choose,
    progress_bar,
)

if TYPE_CHECKING:
    from edge_aibench.inference.cutting.measure import MeasuredCut, MeasuredNetwork


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("cuts")(cuts)


def cuts(
    name: Name,
    preset: PresetName = "",
    runtime: RuntimeName = None,
    precision: Precision = "float32",
    weights: WeightsRoot = None,
    calls: Annotated[int, typer.Option(help="Calls of each part.", min=1)] = 20,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Show where the network may be cut: bytes that travel, and time in front and behind, here."""
    import json

    from edge_aibench.inference.cutting.measure import example_samples, measure_cuts
    from edge_aibench.inference.cutting.parts import cut_network
    from edge_aibench.inference.pipeline import get_component

    component = get_component(name)
    choice = choose(
        preset or None, component, runtime=runtime, precision=precision, weights=weights
    )
    network = cut_network(component, choice)
    with progress_bar("writing data", quiet=quiet) as advance:
        samples = example_samples(network, advance)
    with progress_bar("measuring cuts", quiet=quiet) as advance:
        measured = measure_cuts(network, samples, calls=calls, progress=advance)
    described = describe(measured)
    typer.echo(json.dumps(described, indent=2) if as_json else _in_words(described))


def describe(measured: MeasuredNetwork) -> dict[str, Any]:
    """Give all that is known of the cuts as values that JSON can hold; times are medians."""
    network = measured.network
    return {
        "task": network.component.task.name,
        "preset": network.choice.preset,
        "precision": network.choice.precision,
        "runtime": network.runtime,
        "trained": network.trained,
        "whole_s": median(measured.whole_s),
        "whole_bytes": measured.whole_bytes,
        "cuts": [_cut(cut) for cut in measured.cuts],
    }


def _cut(measured: MeasuredCut) -> dict[str, Any]:
    spec = measured.cut.spec
    return {
        "after": measured.cut.after,
        "shape": list(spec.shape),
        "dtype": spec.dtype,
        "payload_bytes": measured.payload_bytes,
        "parameters_in_front": measured.cut.parameters,
        "front_s": median(measured.front_s),
        "rest_s": median(measured.rest_s),
        "front_bytes": measured.front_bytes,
        "rest_bytes": measured.rest_bytes,
        "calls": [len(measured.front_s), len(measured.rest_s)],
    }


def _in_words(described: dict[str, Any]) -> str:
    head = (
        f"{described['task']} {described['preset']} {described['precision']} in "
        f"{described['runtime']}: {1e3 * described['whole_s']:.3g} ms in one piece, on this machine"
    )
    if not described["cuts"]:
        return f"{head}\ncannot be cut: everywhere in it more than one tensor is needed further on"
    rows = [("after layer", "activation", "bytes", "parameters", "front", "rest")]
    for cut in described["cuts"]:
        shape = " x ".join("any" if size is None else str(size) for size in cut["shape"])
        rows.append(
            (
                cut["after"],
                f"{shape} {cut['dtype']}",
                f"{cut['payload_bytes']:,}",
                f"{100 * cut['parameters_in_front']:.3g} %",
                f"{1e3 * cut['front_s']:.3g} ms",
                f"{1e3 * cut['rest_s']:.3g} ms",
            )
        )
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = []
    for row in rows:
        words = [f"{row[0]:<{widths[0]}}", f"{row[1]:<{widths[1]}}"]
        words += [f"{word:>{width}}" for word, width in zip(row[2:], widths[2:], strict=True)]
        lines.append("  ".join(words).rstrip())
    note = "bytes: as they travel, for one sample; front with pre-, rest with post-processing"
    return "\n".join([head, "", *lines, "", note])
