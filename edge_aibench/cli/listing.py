"""`edge-aibench list`: what there is to choose from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer

Entry = Mapping[str, Any]


class ListedKind(StrEnum):
    """What can be listed."""

    SCENARIOS = "scenarios"
    TOPOLOGIES = "topologies"
    LINKS = "links"
    TASKS = "tasks"
    HARDWARE = "hardware"


def register(app: typer.Typer) -> None:
    """Add the command to *app*."""
    app.command("list")(list_known)


def list_known(
    kind: Annotated[ListedKind, typer.Argument(help="What to list.", show_default=False)],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print all that is known, as JSON.")
    ] = False,
) -> None:
    """Show the scenarios, topologies, link presets, tasks or hardware that there are."""
    import json

    collect, row = _KINDS[kind]
    entries = collect()
    if as_json:
        typer.echo(json.dumps(entries, indent=2))
    else:
        show_table([row(entry) for entry in entries])


def _scenarios() -> list[Entry]:
    from edge_aibench.config.catalogue import scenario_names
    from edge_aibench.config.load import document_form, load_scenario

    return [document_form(load_scenario(name).scenario) for name in scenario_names()]


def _scenario_row(entry: Entry) -> Entry:
    instances, budgets = entry["instances"], entry["budgets"]
    return {
        "scenario": entry["name"],
        "title": entry["title"],
        "instances": f"{instances['default']} x {instances['name']}",
        "tasks": ", ".join(s["task"] for s in entry["stages"].values() if s["task"]),
        "communication": _budget_text(budgets["communication"]),
        "end to end": _budget_text(budgets["end-to-end"]),
        "topology": entry["topology"],
    }


def _budget_text(form: Entry | None) -> str:
    from edge_aibench.units import format_duration, parse_duration_s

    if form is None:
        return "none"
    return f"p{form['percentile']:g} {format_duration(parse_duration_s(form['limit']))}"


def _topologies() -> list[Entry]:
    from edge_aibench.config.catalogue import topology_names
    from edge_aibench.config.load import document_form, load_topology

    return [document_form(load_topology(name)) for name in topology_names()]


def _topology_row(entry: Entry) -> Entry:
    return {
        "topology": entry["name"],
        "title": entry["title"],
        "nodes": ", ".join(entry["nodes"]),
        "links": ", ".join(
            f"{name}: {link['preset'] or 'by value'}{_movement(link)}"
            for name, link in entry["links"].items()
        ),
    }


def _movement(link: Entry) -> str:
    if link["mobility"] is not None:
        return " moving"
    return "" if link["trace"] is None else " by trace"


def _links() -> list[Entry]:
    from edge_aibench.config.load import document_form, load_link_presets

    return [{"name": name} | document_form(p) for name, p in load_link_presets().items()]


def _link_row(entry: Entry) -> Entry:
    return {
        "link": entry["name"],
        "up": _direction_text(entry["up"]),
        "down": _direction_text(entry["down"]),
        "energy": _link_energy_text(entry),
        "status": entry["status"],
        "title": entry["title"],
    }


def _direction_text(form: Entry) -> str:
    from edge_aibench.units import (
        format_duration,
        format_rate,
        parse_duration_s,
        parse_rate_bps,
        parse_share,
    )

    delay = format_duration(parse_duration_s(form["delay"]))
    spread_s = parse_duration_s(form["jitter"]["spread"])
    jitter = f" ± {format_duration(spread_s)}" if spread_s else ""
    rate = "unlimited" if form["rate"] is None else format_rate(parse_rate_bps(form["rate"]))
    return f"{delay}{jitter}, {rate}, loss {parse_share(form['loss']):g}"


def _link_energy_text(entry: Entry) -> str:
    """What a bit costs in each direction, sender and receiver, and a wire without any."""
    each = [_bit_text(entry[way]["energy"]) for way in ("up", "down")]
    bits = each[0] if each[0] == each[1] else f"up {each[0]}, down {each[1]}"
    return f"{bits} a bit, idle {_power_text(entry['idle-power'])}"


def _bit_text(form: Entry) -> str:
    from edge_aibench.units import format_energy, parse_energy_per_bit_j

    sides = (form["sending"], form["receiving"])
    return " + ".join("?" if s is None else format_energy(parse_energy_per_bit_j(s)) for s in sides)


def _power_text(text: str | None) -> str:
    from edge_aibench.units import format_power, parse_power_w

    return "?" if text is None else format_power(parse_power_w(text))


def _hardware() -> list[Entry]:
    from edge_aibench.config.load import document_form, load_hardware

    return [document_form(hardware) for hardware in load_hardware().values()]


def _hardware_row(entry: Entry) -> Entry:
    from edge_aibench.units import parse_size_bytes

    memory = entry["memory"]
    idle, busy = _power_text(entry["idle-power"]), _power_text(entry["busy-power"])
    return {
        "hardware": entry["name"],
        "speed": _speed_text(entry),
        "memory": "n/a" if memory is None else f"{parse_size_bytes(memory) / 1024**3:g} GiB",
        "idle, busy": f"{idle}, {busy}",
        "an hour": entry["price-per-hour"] or "?",
        "speed from": _speed_source(entry),
    }


def _speed_source(entry: Entry) -> str:
    """Where the speed comes from; the whole source is in the JSON."""
    if entry["yardstick"] is not None:
        return str(entry["yardstick"]["origin"])
    return str(entry["source"]).partition(";")[0]


def _speed_text(entry: Entry) -> str:
    from edge_aibench.units import format_duration, parse_duration_s

    yardstick = entry["yardstick"]
    if yardstick is None:
        return f"{entry['speed']:g}"
    time = format_duration(parse_duration_s(yardstick["time"]))
    return f"{yardstick['network']} {time}, {yardstick['precision']}"


def _tasks() -> list[Entry]:
    from edge_aibench.tasks.registry import get_task, task_names

    return [
        {
            "name": task.name,
            "title": task.title,
            "network": task.network,
            "framework": task.framework,
            "dataset": task.dataset,
            "parameters": dict(task.parameters),
        }
        for task in map(get_task, task_names())
    ]


def _task_row(entry: Entry) -> Entry:
    parameters = entry["parameters"].items()
    return {
        "task": entry["name"],
        "title": entry["title"],
        "network": entry["network"],
        "framework": entry["framework"],
        "data set": entry["dataset"],
        "parameters": ", ".join(f"{count:,} ({preset})" for preset, count in parameters),
    }


_KINDS: Mapping[ListedKind, tuple[Callable[[], list[Entry]], Callable[[Entry], Entry]]] = {
    ListedKind.SCENARIOS: (_scenarios, _scenario_row),
    ListedKind.TOPOLOGIES: (_topologies, _topology_row),
    ListedKind.LINKS: (_links, _link_row),
    ListedKind.TASKS: (_tasks, _task_row),
    ListedKind.HARDWARE: (_hardware, _hardware_row),
}


def show_table(rows: Sequence[Entry]) -> None:
    """Print *rows* of equal keys on stdout, the keys as headings."""
    import sys

    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in rows[0] if rows else ():
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(str(cell) for cell in row.values()))
    # A pipe has no width: one entry a line serves grep better than a guessed one.
    Console(width=None if sys.stdout.isatty() else 240, markup=False).print(table)
