"""The console's picture of a search for a capacity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.record.load import fullest
from edge_aibench.report import pieces, wording
from edge_aibench.units import format_duration

if TYPE_CHECKING:
    from rich.console import RenderableType

    from edge_aibench.record.found_capacity import FoundCapacity, Trial

_STYLES = {"PASS": "bold green", "FAIL": "bold red"}


def render_capacity(found: FoundCapacity, *, place: str = "") -> RenderableType:
    """What was found, and every number that was tried; *place* is where the records are."""
    from rich.console import Group

    shown: list[RenderableType] = [
        pieces.text(f"{found.scenario}: how many {found.instance}s fit", "bold"),
        "",
    ]
    shown += [pieces.text(line) for line in found.conclusion]
    shown.append(_trials(found))
    facts = pieces.facts()
    pieces.add(facts, "judged by", ", ".join(found.judged_by))
    if place:
        pieces.add(facts, "records", place)
    pieces.add(facts, "repeat it", wording.command_lines(found.repeat_command))
    return Group(*shown, "", facts)


def trial_line(trial: Trial, instance: str) -> str:
    """One trial in a line, for whoever waits."""
    return f"{wording.count_of(trial.instances, instance)}: {trial.outcome} ({trial.why})"


def _trials(found: FoundCapacity) -> RenderableType:
    table = pieces.table(f"{found.instance}s", "run", "verdict")
    for name in ("most time near p99", "fullest"):
        table.add_column(name, justify="left")
    for trial in sorted(found.trials, key=lambda t: t.instances):
        part, most = trial.largest_part, fullest(trial.loads)
        pieces.add(
            table,
            str(trial.instances),
            format_duration(trial.duration_s) if trial.runs else wording.NONE,
            pieces.text(str(trial.outcome), _STYLES.get(trial.outcome, "bold yellow")),
            wording.NONE
            if part is None
            else f"{part.kind} {part.label} {wording.milliseconds(part.mean_ms)} ms",
            wording.NONE if most is None else f"{most.title} {wording.share(most.share)}",
        )
    return pieces.section("Tried", table)
