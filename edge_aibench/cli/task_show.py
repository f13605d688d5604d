"""`edge-aibench task show`: what a task is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from edge_aibench.cli.task_choices import AsJson, Name

if TYPE_CHECKING:
    from edge_aibench.tasks.component import Component, TensorSpec


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("show")(show)


def show(name: Name, as_json: AsJson = False) -> None:
    """Show a task's networks, data set, metrics, payloads and measured quality."""
    import json

    from edge_aibench.inference.pipeline import get_component

    described = describe(get_component(name))
    typer.echo(json.dumps(described, indent=2) if as_json else _in_words(described))


def describe(component: Component) -> dict[str, Any]:
    """Give all that is known of a task as values that JSON can hold."""
    from edge_aibench.inference.session import RUNTIMES

    task = component.task
    return {
        "name": task.name,
        "title": task.title,
        "network": task.network,
        "framework": task.framework,
        "runtimes": list(RUNTIMES[component.framework]),
        "dataset": task.dataset,
        "metrics": list(task.metrics),
        "headline": component.headline,
        "encodings": list(component.encodings),
        "presets": {
            preset: {
                "parameters": description.parameters,
                "flops": description.flops,
                "flops_note": description.flops_note,
                "inputs": [_tensor(spec) for spec in description.inputs],
                "outputs": [_tensor(spec) for spec in description.outputs],
                "quality": _quality(component, preset),
            }
            for preset, description in component.presets.items()
        },
    }


def _tensor(spec: TensorSpec) -> dict[str, Any]:
    return {"name": spec.name, "shape": list(spec.shape), "dtype": spec.dtype}


def _quality(component: Component, preset: str) -> dict[str, Any] | None:
    from edge_aibench.tasks.weights import read_manifest

    if component.task.weights_root is None:
        return None
    networks = read_manifest(component.task.weights_root()).networks
    entry = networks.get(component.task.name, {}).get(preset)
    return None if entry is None else entry.quality.model_dump(mode="json")


def _in_words(described: dict[str, Any]) -> str:
    lines = [
        f"{described['name']}: {described['title']}",
        f"  network    {described['network']}, in {described['framework']}",
        f"  runtimes   {', '.join(described['runtimes'])}",
        f"  data set   {described['dataset']}",
        f"  metrics    {', '.join(described['metrics'])}; headline: {described['headline']}",
        f"  payloads   {', '.join(described['encodings'])}",
    ]
    for preset, entry in described["presets"].items():
        lines += ["", f"  preset {preset}: {entry['parameters']:,} parameters, {_flops(entry)}"]
        for way in ("inputs", "outputs"):
            tensors = ", ".join(
                f"{t['name']} {tuple('any' if n is None else n for n in t['shape'])}"
                for t in entry[way]
            )
            lines.append(f"    {way:<8} {tensors}".replace("'", ""))
        lines += [f"    {line}" for line in quality_lines(entry["quality"])]
    return "\n".join(lines)


def quality_lines(quality: dict[str, Any] | None) -> list[str]:
    """Say a manifest entry's quality in lines, the network's first."""
    if quality is None:
        return ["quality  n/a (untrained)"]
    rows = {"network": quality["network"], "int8": quality["int8"], "oracle": quality["oracle"]}
    rows |= quality["controls"]
    lines = [f"quality on {quality['cases']} held-out samples ({quality['data']}):"]
    width = max(map(len, rows))
    for name, metrics in rows.items():
        if metrics:
            figures = ", ".join(f"{key} {value:.4g}" for key, value in metrics.items())
            lines.append(f"  {name:<{width}}  {figures}")
    return lines


def _flops(entry: dict[str, Any]) -> str:
    if entry["flops"] is None:
        return entry["flops_note"] or "work not counted"
    note = f" ({entry['flops_note']})" if entry["flops_note"] else ""
    return f"{entry['flops'] / 1e9:.3g} GFLOP a row{note}"
