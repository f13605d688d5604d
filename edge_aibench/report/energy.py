"""How the energy and the cost of a run read, on the console and on its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.record.energy import Cost, Energy, Joules
from edge_aibench.record.summary import Summary
from edge_aibench.report import page, pieces, wording
from edge_aibench.units import format_energy, format_power

if TYPE_CHECKING:
    from rich.console import RenderableType

_COLUMNS = ("", "busy", "idle", "total", "mean power")
_NOUNS = {"nodes": "node", "link": "wire"}


def energy_table(energy: Energy) -> RenderableType:
    """The energies of node groups and links for each request, and their sum, for the console."""
    table = pieces.table(*_COLUMNS)
    *rows, total = _rows(energy)
    for row in rows:
        pieces.add(table, *row)
    table.add_section()
    pieces.add(table, *total)
    return pieces.section("Energy for each request", table)


def energy_section(summary: Summary) -> str:
    """The same for the page, with what is unknown and what the nodes cost; "" of neither."""
    parts = []
    if summary.energy is not None:
        caption = "For each request; idle energy is shared evenly by all of them"
        parts.append(page.table(caption, _COLUMNS, _rows(summary.energy)))
        if unknown := _unknown_line(summary.energy):
            parts.append(page.paragraph(f"Unknown and counted as nothing: {unknown}", "soft"))
    if summary.cost is not None and (cost := cost_line(summary.cost)):
        parts.append(page.paragraph(f"Cost: {cost}"))
    return page.section("Energy and cost", *parts)


def energy_facts(summary: Summary) -> list[tuple[str, str]]:
    """What there is to say beside the table of energies."""
    facts = []
    if summary.energy is not None and (unknown := _unknown_line(summary.energy)):
        facts.append(("energy unknown", unknown))
    if summary.cost is not None and (cost := cost_line(summary.cost)):
        facts.append(("cost", cost))
    return facts


def cost_line(cost: Cost) -> str:
    """`3.2 USD an hour, 120 USD for a million requests`; "" if no node has a price."""
    sums = ", ".join(
        f"{amount:.3g} {currency} an hour, "
        f"{cost.per_million_requests[currency]:.3g} {currency} for a million requests"
        for currency, amount in cost.per_hour.items()
    )
    if not sums:
        return ""
    return f"at least {sums} (no price: {', '.join(cost.unknown)})" if cost.unknown else sums


def _rows(energy: Energy) -> list[tuple[str, str, str, str, str]]:
    """The energy of each node group and link for each request, and the sum."""
    rows = [
        _energy_row(
            f"{part.name}, {wording.count_of(part.count, _NOUNS[part.kind])}", part, part.unknown
        )
        for part in energy.parts
    ]
    return [*rows, _energy_row("all", energy, energy.at_least)]


def _energy_row(name: str, joules: Joules, unknown: object) -> tuple[str, str, str, str, str]:
    least = "at least " if unknown else ""
    return (
        name,
        format_energy(joules.busy_j_per_request),
        format_energy(joules.idle_j_per_request),
        least + format_energy(joules.total_j_per_request),
        least + format_power(joules.mean_power_w),
    )


def _unknown_line(energy: Energy) -> str:
    """`lte (down sending), box (idle-power)`: what no part states; "" if all do."""
    return "; ".join(
        f"{part.name} ({', '.join(part.unknown)})" for part in energy.parts if part.unknown
    )
