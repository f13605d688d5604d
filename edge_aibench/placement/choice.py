"""A decision: how each stage runs, and what an experiment is with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from edge_aibench.errors import InternalError

Precision = Literal["float32", "int8"]


@dataclass(frozen=True, order=True)
class Form:
    """Which network a stage runs: *preset* and *precision*; "" is the task's own preset.

    A stage without a network has the one form `Form()`.
    """

    preset: str = ""
    precision: Precision = "float32"

    def __str__(self) -> str:
        return self.preset if self.precision == "float32" else f"{self.preset} {self.precision}"


@dataclass(frozen=True, order=True)
class Cut:
    """The network's layers up to and with *after* run on node group *front*, the others behind."""

    after: str
    front: str


@dataclass(frozen=True, order=True)
class Choice:
    """How a stage runs: on node group *place*, as *form*, with *workers* of its own.

    *workers* 0 leaves serving as the scenario has it. With *cut* only the rest of the network runs
    on *place*.
    """

    place: str
    form: Form = Form()
    workers: int = 0
    cut: Cut | None = None

    def __str__(self) -> str:
        said = [self.place]
        if self.cut is not None:
            said[0] = f"{self.cut.front}/{self.cut.after}/{self.place}"
        if str(self.form):
            said.append(str(self.form))
        if self.workers:
            said.append(f"{self.workers} worker{'s' if self.workers > 1 else ''}")
        return ", ".join(said)


@dataclass(frozen=True)
class Part:
    """*instances* instances in a row for which a stage runs by *choice*."""

    choice: Choice
    instances: int

    def __post_init__(self) -> None:
        if self.instances < 1:
            raise InternalError("a part holds at least one instance")


@dataclass(frozen=True)
class Assignment:
    """The choice of every decided stage: the same for all instances, or part by part in order."""

    parts: Mapping[str, tuple[Part, ...]]

    @classmethod
    def uniform(cls, choices: Mapping[str, Choice], instances: int) -> Assignment:
        """One choice a stage, for all *instances*."""
        return cls({stage: (Part(choice, instances),) for stage, choice in choices.items()})

    def __post_init__(self) -> None:
        totals = {sum(part.instances for part in parts) for parts in self.parts.values()}
        if len(totals) > 1:
            raise InternalError("every stage is placed for as many instances")

    @property
    def is_uniform(self) -> bool:
        """Whether every stage runs alike for all instances."""
        return all(len(parts) == 1 for parts in self.parts.values())

    def choices(self) -> dict[str, Choice]:
        """The choice of every stage of a uniform assignment."""
        if not self.is_uniform:
            raise InternalError("instances are placed apart")
        return {stage: parts[0].choice for stage, parts in self.parts.items()}

    def blocks(self) -> Iterator[tuple[int, int, dict[str, Choice]]]:
        """First instance, number of instances, and choices of each run of equal instances."""
        ends: dict[str, list[int]] = {}
        for stage, parts in self.parts.items():
            total = 0
            ends[stage] = [total := total + part.instances for part in parts]
        borders = sorted({end for found in ends.values() for end in found})
        first = 0
        for border in borders:
            choices = {
                stage: next(
                    part.choice
                    for part, end in zip(self.parts[stage], ends[stage], strict=True)
                    if end > first
                )
                for stage in self.parts
            }
            yield first, border - first, choices
            first = border

    def __str__(self) -> str:
        def said(parts: tuple[Part, ...]) -> str:
            if len(parts) == 1:
                return str(parts[0].choice)
            return " + ".join(f"{part.choice} ({part.instances})" for part in parts)

        return "; ".join(f"{stage}={said(parts)}" for stage, parts in self.parts.items())
