"""How the nodes at one end of a link move, and past which radio stations."""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from edge_aibench.config.values import BrokenRuleError, Duration, Length, Level, Speed, Value

Point = tuple[Length, Length]
"""East and north of the map's south-west corner, in metres."""


class Route(Value):
    """A closed way through *waypoints*, driven at constant *speed_m_per_s*.

    Two way points make a straight road, driven there and back.
    """

    speed_m_per_s: Speed = Field(alias="speed")
    waypoints: Annotated[tuple[Point, ...], Field(min_length=2, max_length=1000)]

    @property
    def length_m(self) -> float:
        """Length of one round."""
        following = (*self.waypoints[1:], self.waypoints[0])
        return math.fsum(map(math.dist, self.waypoints, following))

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if self.length_m == 0:
            raise BrokenRuleError(
                "must lead through at least two different points",
                key=("waypoints",),
                next_step="write a route such as '[[0, 0], [1.2 km, 0]]'",
            )
        return self


class Station(Value):
    """A radio station; at *range_m* its signal is the weakest that carries anything."""

    at: Point
    range_m: Length = Field(alias="range")

    @model_validator(mode="after")
    def _reaches_somewhere(self) -> Self:
        if self.range_m == 0:
            raise BrokenRuleError("must be above 0", key=("range",), value="0 m")
        return self


class Handover(Value):
    """When a node changes its station, and what that does to its packets.

    It changes when another station has been stronger by *hysteresis_db* for
    *time_to_trigger_s*. The change interrupts both directions for a time drawn evenly between
    *shortest_s* and *longest_s*; packets are held meanwhile, or lost.
    """

    kind: Literal["held", "lost"] = "held"
    shortest_s: Duration = Field(default=0.05, alias="shortest")
    longest_s: Duration = Field(default=0.15, alias="longest")
    hysteresis_db: Level = Field(default=3.0, alias="hysteresis")
    time_to_trigger_s: Duration = Field(default=0.48, alias="time-to-trigger")

    @model_validator(mode="after")
    def _shortest_is_shortest(self) -> Self:
        if self.shortest_s > self.longest_s:
            raise BrokenRuleError(
                "must be at least 'shortest'",
                key=("longest",),
                others=[("shortest",)],
                value=f"longest {self.longest_s:g} s, shortest {self.shortest_s:g} s",
                next_step="make 'shortest' shorter or 'longest' longer",
            )
        return self


class Mobility(Value):
    """Nodes on a route past stations; what follows for the link is `network/mobility.py`'s.

    *shadowing_db* is the standard deviation of what buildings add to the path loss, 0 for none.
    The link changes every *step_s*.
    """

    route: Route
    stations: Annotated[tuple[Station, ...], Field(min_length=1, max_length=1000)]
    handover: Handover = Handover()
    shadowing_db: Annotated[Level, Field(le=20)] = Field(default=6.0, alias="shadowing")
    step_s: Duration = Field(default=0.1, alias="step")

    @model_validator(mode="after")
    def _steps_are_not_too_short(self) -> Self:
        if self.step_s < 0.01:
            raise BrokenRuleError(
                "must be at least 10 ms: no engine changes links more often",
                key=("step",),
                value=f"{self.step_s:g} s",
            )
        return self
