"""A scenario: sensors, a directed acyclic graph of stages, and budgets."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from edge_aibench.config.values import (
    BrokenRuleError,
    DocumentValue,
    Duration,
    Name,
    Share,
    Size,
    Value,
)
from edge_aibench.model.budget import Budgets

StageKind = Literal["preprocess", "inference", "fuse", "store", "actuate"]
ArrivalLaw = Literal["periodic", "poisson"]
Channel = Literal["main", "alarm", "bulk"]
WITH_CONSUMERS = "with-consumers"


class Arrivals(Value):
    """When a sensor observes: every *interval_s* from a random phase, or as a Poisson process."""

    law: ArrivalLaw = "periodic"
    interval_s: Duration = Field(default=1.0, alias="interval")

    @model_validator(mode="after")
    def _interval_is_positive(self) -> Self:
        if self.interval_s < 1e-3:
            raise BrokenRuleError(
                "must be at least 1 ms",
                key=("interval",),
                value=f"{self.interval_s:g} s",
                next_step="make the interval longer",
            )
        return self


class Sensor(Value):
    """A source of requests on every node of group *node*."""

    node: Name
    arrivals: Arrivals = Arrivals()
    payload_bytes: Size = Field(alias="payload")


class Stage(DocumentValue):
    """One node of the graph. *needs* names the sensors and stages whose output it takes.

    *place* is a tier or node group, or `with-consumers`: a copy runs wherever a stage that
    needs it runs. A *background* stage takes part in the load, not in the answer. *channel*
    is the connection its output travels on: alarms never wait behind bulk data.
    """

    kind: StageKind
    needs: tuple[Name, ...] = Field(min_length=1)
    place: Name
    task: Name | None = None
    alert_above: Share | None = None
    background: bool = False
    channel: Channel = "main"
    payload_bytes: Size = Field(default=0.0, alias="payload")

    @model_validator(mode="after")
    def _inference_has_a_task(self) -> Self:
        if (self.kind == "inference") != (self.task is not None):
            raise BrokenRuleError(
                "an inference stage names its task; other stages have none",
                key=("task",),
                value=self.task,
                next_step="`edge-aibench list tasks` shows the tasks"
                if self.kind == "inference"
                else "drop the task, or make the kind inference",
            )
        return self


class Instances(Value):
    """What the scenario has many of: patients, vehicles, cameras, homes."""

    name: Name
    default: Annotated[int, Field(ge=1)] = 1


class Scenario(DocumentValue):
    """A whole scenario; its graph has no cycle and every name in it exists."""

    name: Name
    title: str = ""
    topology: str
    components: str
    instances: Instances
    sensors: dict[Name, Sensor] = Field(min_length=1)
    stages: dict[Name, Stage] = Field(min_length=1)
    done_at: Name
    budgets: Budgets = Budgets()
    timeout_s: Duration = Field(default=1.0, alias="timeout")
    qos: Literal[0, 1] = 1
    workload_source: str = ""

    @model_validator(mode="after")
    def _graph_is_sound(self) -> Self:
        if both := sorted(set(self.sensors) & set(self.stages)):
            raise BrokenRuleError(
                "names both a sensor and a stage",
                key=("stages", both[0]),
                next_step="give one of the two another name",
            )
        known = set(self.sensors) | set(self.stages)
        for name, stage in self.stages.items():
            for need in stage.needs:
                if need not in known:
                    raise BrokenRuleError(
                        "names no sensor or stage",
                        key=("stages", name, "needs"),
                        value=need,
                        known=known - {name},
                    )
        try:
            tuple(TopologicalSorter(self._needs()).static_order())
        except CycleError as error:
            # graphlib lists each node before the one that needs it; users write it the other way.
            cycle = error.args[1][::-1]
            raise BrokenRuleError(
                f"stages need each other in a circle: {' needs '.join(cycle)}",
                key=("stages", cycle[0], "needs"),
                next_step="drop one of these needs",
            ) from None
        if self.done_at not in self.stages:
            raise BrokenRuleError(
                "names no stage", key=("done-at",), value=self.done_at, known=self.stages
            )
        if self.stages[self.done_at].background:
            raise BrokenRuleError(
                "names a background stage, for which nobody waits",
                key=("done-at",),
                value=self.done_at,
                next_step="name the stage whose output is the answer",
            )
        return self

    def _needs(self) -> dict[str, tuple[str, ...]]:
        return {name: stage.needs for name, stage in self.stages.items()}

    def order(self) -> tuple[str, ...]:
        """Stage names so that each comes after all it needs; ties as in the file."""
        order = TopologicalSorter(self._needs()).static_order()
        rank = {name: i for i, name in enumerate(self.stages)}
        depth: dict[str, int] = {}
        for name in order:
            if name in self.stages:
                needs = self.stages[name].needs
                depth[name] = 1 + max((depth.get(need, 0) for need in needs), default=0)
        return tuple(sorted(depth, key=lambda name: (depth[name], rank[name])))

    def inference_stages(self) -> tuple[str, ...]:
        """Names of the inference stages, in file order."""
        return tuple(n for n, s in self.stages.items() if s.kind == "inference")

    def consumers(self, name: str) -> tuple[str, ...]:
        """Stages that need the output of sensor or stage *name*."""
        return tuple(n for n, s in self.stages.items() if name in s.needs)
