"""The console's picture of a decision where stages run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from edge_aibench.placement.decision import said
from edge_aibench.record.values import NEVER
from edge_aibench.report import pieces, wording

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

    from edge_aibench.placement.decision import (
        Confirmation,
        Decision,
        FigureEntry,
        Placed,
        PolicyResult,
    )


def render_decision(decision: Decision) -> RenderableType:
    """The recommended placement, what every policy gave, and the commands that run it."""
    from rich.console import Group

    shown: list[RenderableType] = [
        pieces.text(
            f"{decision.scenario} on {decision.topology}, {decision.instances} instances: "
            f"{said(decision.best)}",
            "bold",
        ),
        "",
        _facts(decision),
        pieces.section("Policies", _policies(decision)),
    ]
    if decision.front:
        shown.append(pieces.section("None better in everything", _front(decision)))
    if decision.refused:
        shown.append(pieces.section("Kept out", _refused(decision)))
    if decision.confirmation is not None:
        shown += [
            pieces.section("Emulated", _emulated(decision.confirmation)),
            "",
            pieces.text(_confirmed(decision.confirmation)),
        ]
    commands = pieces.facts()
    pieces.add(commands, "simulate it", wording.command_lines(decision.simulate_command))
    pieces.add(commands, "emulate it", wording.command_lines(decision.emulate_command))
    return Group(*shown, "", commands)


def _facts(decision: Decision) -> Table:
    facts = pieces.facts()
    best = decision.best
    for name, figure in best.measures.items():
        pieces.add(facts, name, _figure(figure, interval=True))
    pieces.add(facts, "limits", _limits(decision))
    pieces.add(facts, "found by", f"{decision.best_policy}; {decision.proof}")
    pieces.add(
        facts,
        "simulated",
        f"{wording.count_of(decision.simulations, 'run')} of {decision.duration_s:g} s "
        f"on the same arrivals (seed {decision.seed}), {decision.seconds:.1f} s in all",
    )
    return facts


def _limits(decision: Decision) -> str:
    if decision.conflict:
        tried = "placement there is" if decision.proven else "placement that was tried"
        return (
            f"no {tried} keeps {' and '.join(decision.conflict)}; this one {_broken(decision.best)}"
        )
    if not decision.limits:
        return "none asked for; nothing is asked for more than it can do"
    return f"all kept: {'; '.join(f'{name} ({what})' for name, what in decision.limits.items())}"


def _policies(decision: Decision) -> Table:
    measure = decision.objectives[0]
    table = pieces.table("policy", measure, "worse by")
    table.add_column("limits", justify="left")
    table.add_column("runs", justify="right")
    table.add_column("time", justify="right")
    table.add_column("placement", justify="left", overflow="fold")
    for result in decision.policies:
        _policy(table, result, measure)
    return table


def _policy(table: Table, result: PolicyResult, measure: str) -> None:
    none = wording.NONE
    # Of a user's file its name will do.
    name = result.policy.rpartition("/")[2]
    if result.placed is None:
        refused = f"none: {result.refused}"
        pieces.add(table, name, none, none, none, none, none, refused)
        return
    pieces.add(
        table,
        name,
        _figure(result.placed.measures[measure]),
        none if result.regret is None else f"{result.regret:.1%}",
        "kept" if result.placed.feasible else _broken(result.placed),
        str(result.simulations),
        f"{result.seconds:.1f} s",
        said(result.placed),
    )


def _front(decision: Decision) -> Table:
    first, *others = decision.objectives
    table = pieces.table(first, *others)
    table.add_column("placement", justify="left", overflow="fold")
    for placed in decision.front:
        figures = (_figure(placed.measures[name]) for name in decision.objectives)
        pieces.add(table, *figures, said(placed))
    return table


def _refused(decision: Decision) -> Table:
    table = pieces.table("stage")
    table.add_column("choice", justify="left")
    table.add_column("rule", justify="left", overflow="fold")
    for refusal in decision.refused:
        pieces.add(table, refusal.stage, refusal.choice, refusal.rule)
    return table


def _emulated(confirmation: Confirmation) -> Table:
    table = pieces.table("simulated", "emulated", "run")
    table.add_column("placement", justify="left", overflow="fold")
    for placed in confirmation.placements:
        pieces.add(
            table,
            _figure(placed.simulated),
            _figure(placed.emulated, interval=True),
            "VALID" if placed.valid else "INVALID",
            placed.text,
        )
    return table


def _confirmed(confirmation: Confirmation) -> str:
    told = []
    if confirmation.regret is not None:
        told.append(
            f"the recommended one is {confirmation.regret:.1%} worse than the best emulated"
        )
    if not confirmation.distinguishable:
        told.append("their difference lies within the intervals")
    if confirmation.tau is not None:
        told.append(f"the two orders agree with Kendall's tau {confirmation.tau:.2f}")
    told.append(f"emulated at dilation {confirmation.dilation:g}")
    if not all(placed.valid for placed in confirmation.placements):
        told.append("nothing follows from runs that are INVALID: repeat them on an idle machine")
    return "; ".join(told)


def _broken(placed: Placed) -> str:
    """What a placement breaks, and by how much."""
    over = (
        f"{name} (no answer)" if math.isinf(share) else f"{name} by {wording.share(share)}"
        for name, share in placed.broken.items()
    )
    return f"breaks {', '.join(over)}"


def _figure(figure: FigureEntry, *, interval: bool = False) -> str:
    if figure.value is None:
        return wording.NONE
    unit = "" if math.isinf(figure.value) else figure.unit
    bounds = ""
    if interval and figure.lower is not None and figure.upper is not None:
        bounds = f" ({_number(figure.lower)} to {_number(figure.upper)})"
    return f"{_number(figure.value)}{bounds}{f' {unit}' if unit else ''}"


def _number(value: float) -> str:
    return NEVER if math.isinf(value) else f"{value:.4g}"
