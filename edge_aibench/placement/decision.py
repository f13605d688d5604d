"""What a search for a placement found: placement.json, and what is printed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from edge_aibench.record.values import Entry, Milliseconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge_aibench.placement.choice import Assignment, Choice
    from edge_aibench.placement.facts import StageFacts
    from edge_aibench.record.measures import Figure, Measure

SCHEMA_VERSION: Literal[1] = 1
FILE = "placement.json"


class PlacedPart(Entry):
    """*instances* instances whose stage runs on node group *place*; *preset* "" is its task's.

    *own* says that preset and precision are what the scenario itself asks for. With *cut_after*
    the network's layers up to that one run on *front*.
    """

    place: str
    preset: str
    precision: str
    own: bool
    workers: int
    instances: int
    cut_after: str | None = None
    front: str | None = None


class FigureEntry(Entry):
    """A measure in *unit* ("" of none) with its 95 % interval; null where there is none.

    Infinite is written `never`.
    """

    unit: str
    value: Milliseconds | None
    lower: Milliseconds | None = None
    upper: Milliseconds | None = None


class Placed(Entry):
    """One placement and what its simulation gave; *broken* has each broken limit's excess."""

    stages: dict[str, tuple[PlacedPart, ...]]
    text: str
    measures: dict[str, FigureEntry]
    feasible: bool
    saturated: bool
    broken: dict[str, Milliseconds]


class PolicyResult(Entry):
    """What a policy gave: a placement, or the rule that kept it from giving one (*refused*).

    *regret* is by what share its objective is worse than the best known; null where that says
    nothing. *simulations* and *seconds* are what it took beyond what others had asked for already.
    """

    policy: str
    placed: Placed | None
    regret: float | None = None
    simulations: int = 0
    seconds: float = 0.0
    refused: str | None = None


class RefusedChoice(Entry):
    """A choice that is no option, and the rule that keeps it out."""

    stage: str
    choice: str
    rule: str


class EmulatedPlacement(Entry):
    """One placement, simulated and emulated; *runs* are the folders of its records."""

    text: str
    simulated: FigureEntry
    emulated: FigureEntry
    valid: bool
    runs: tuple[str, ...]


class Confirmation(Entry):
    """The best placements by simulation, emulated on the same arrivals, interleaved.

    *regret* is by what share the recommended one is worse than the best emulated; *tau* Kendall's
    between the two orders; *distinguishable* says whether the interval of the best emulated lies
    apart from that of the recommended one.
    """

    measure: str
    dilation: float
    placements: tuple[EmulatedPlacement, ...]
    regret: float | None
    tau: float | None
    distinguishable: bool


class Decision(Entry):
    """The recommended placement of a scenario, and how it was found.

    *objectives* are measures, the first one decides. *proven* says that all *combinations* of
    options were simulated. *conflict* names the rules that no placement that was tried keeps
    together. *front* holds what no other placement tried beats in all objectives.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    scenario: str
    topology: str
    instances: int
    duration_s: float
    seed: int
    objectives: tuple[str, ...]
    limits: dict[str, str]
    combinations: int
    tried: int
    proven: bool
    best: Placed
    best_policy: str
    conflict: tuple[str, ...]
    policies: tuple[PolicyResult, ...]
    front: tuple[Placed, ...]
    refused: tuple[RefusedChoice, ...]
    simulations: int
    seconds: float
    simulate_command: str
    emulate_command: str
    confirmation: Confirmation | None = None

    @property
    def feasible(self) -> bool:
        """Whether the recommended placement keeps all limits."""
        return self.best.feasible

    @property
    def proof(self) -> str:
        """How far the recommendation is from proven best, in words."""
        if self.proven:
            return f"proven: best of all {self.combinations:,} by simulation"
        return f"unproven: best of {self.tried:,} tried of {self.combinations:,}"

    @property
    def place(self) -> str:
        """The recommended placement as `--place` has it."""
        return place_text(self.best)


def place_text(placed: Placed) -> str:
    """A placement as `--place` has it: `death=edge,...`, or `death=edge:24+device:8` apart."""

    def text(parts: tuple[PlacedPart, ...]) -> str:
        if len(parts) == 1:
            return parts[0].place
        return "+".join(f"{part.place}:{part.instances}" for part in parts)

    return ",".join(f"{stage}={text(parts)}" for stage, parts in placed.stages.items())


def settings_of(placed: Placed) -> tuple[str, ...]:
    """What else the placement sets, as `--set` has it: presets, precisions, workers."""
    found = []
    for stage, parts in placed.stages.items():
        part = parts[0]
        if not part.own:
            found.append(f"stages.{stage}.preset={part.preset}")
            found.append(f"stages.{stage}.precision={part.precision}")
        if part.workers:
            found.append(f"stages.{stage}.serving.workers={part.workers}")
    return tuple(found)


def splits_of(placed: Placed) -> tuple[str, ...]:
    """The networks that the placement cuts, as `--split` has it."""
    return tuple(
        f"{stage}={parts[0].cut_after}@{parts[0].front}"
        for stage, parts in placed.stages.items()
        if parts[0].cut_after is not None
    )


def said(placed: Placed) -> str:
    """A placement in a line, as options have it."""
    return " ".join([place_text(placed), *settings_of(placed), *splits_of(placed)])


def placed_stages(
    assignment: Assignment, facts: Mapping[str, StageFacts]
) -> dict[str, tuple[PlacedPart, ...]]:
    """The parts of an assignment as they are written."""

    def written(stage: str, choice: Choice, instances: int) -> PlacedPart:
        return PlacedPart(
            place=choice.place,
            preset=choice.form.preset,
            precision=choice.form.precision,
            own=choice.form == facts[stage].own.form,
            workers=choice.workers,
            instances=instances,
            cut_after=None if choice.cut is None else choice.cut.after,
            front=None if choice.cut is None else choice.cut.front,
        )

    return {
        stage: tuple(written(stage, part.choice, part.instances) for part in parts)
        for stage, parts in assignment.parts.items()
    }


def figure_entry(figure: Figure, measure: Measure) -> FigureEntry:
    """A figure of *measure* as it is written: NaN is null."""
    value = figure.value
    if value is not None and math.isnan(value):
        value = None
    return FigureEntry(unit=measure.unit, value=value, lower=figure.lower, upper=figure.upper)
