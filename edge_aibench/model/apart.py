"""Placements that differ from instance to instance, or change in the course of a run.

A *variant* is one placement of all stages. Every request follows one variant from its observation
to its end; which one depends on its instance and on the instant of the observation.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from edge_aibench.config.values import BrokenRuleError, DocumentValue, Duration
from edge_aibench.model.placement import Placement


class Switch(DocumentValue):
    """From *at_s* of virtual time (0: the start of the run, warm-up included) observations of
    instances *first* to *last* (from 0, both included) follow *variant*.
    """

    variant: Annotated[int, Field(ge=0)]
    first: Annotated[int, Field(ge=0)]
    last: Annotated[int, Field(ge=0)]
    at_s: Duration = Field(default=0.0, alias="at")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise BrokenRuleError(
                "must not come before the first instance", key=("last",), value=self.last
            )
        return self


class Variants(DocumentValue):
    """Placements besides the experiment's own, which is variant 0, and who follows them when.

    *switches* count in order: a later one wins. Without any switch variant 0 is all there is.
    """

    others: tuple[Placement, ...] = ()
    switches: tuple[Switch, ...] = ()

    @model_validator(mode="after")
    def _variants_exist(self) -> Self:
        for number, switch in enumerate(self.switches):
            if switch.variant > len(self.others):
                raise BrokenRuleError(
                    f"there are {len(self.others) + 1} variants, counted from 0",
                    key=("switches", number, "variant"),
                    value=switch.variant,
                )
        return self

    def followed(self, instance: int, at_s: float) -> int:
        """The variant of an observation of *instance* at *at_s*."""
        for switch in reversed(self.switches):
            if switch.first <= instance <= switch.last and switch.at_s <= at_s:
                return switch.variant
        return 0
