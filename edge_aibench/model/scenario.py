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
    TaskName,
    Value,
)
from edge_aibench.model.budget import Budgets
from edge_aibench.model.topology import Tier

StageKind = Literal["preprocess", "inference", "fuse", "store", "actuate"]
ArrivalLaw = Literal["periodic", "poisson"]
Channel = Literal["main", "alarm", "bulk"]
Discipline = Literal["fifo", "deadline-first", "drop-late"]
WITH_CONSUMERS = "with-consumers"

FRONT_SUFFIX = "-front"
"""What the front of a stage's network is called: the stage's name and this."""

Parameter = bool | int | float | str
"""What a scenario's own parameter may be."""


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


class Sensor(DocumentValue):
    """A source of requests on every node of group *node*.

    Its requests end at stage *done_at*, by default the scenario's. *parameters* are the
    scenario's own. *stays_within* is the tier that its observations may not leave towards the
    cloud: `place` keeps that rule.
    """

    node: Name
    arrivals: Arrivals = Arrivals()
    payload_bytes: Size = Field(alias="payload")
    done_at: Name | None = None
    stays_within: Tier | None = None
    parameters: dict[Name, Parameter] = Field(default_factory=dict)


class Serving(DocumentValue):
    """How requests wait for a stage that has workers of its own, and go through it.

    A free worker takes the first of the queue and up to *max_batch* requests that come within
    *max_wait_s*. `fifo` keeps the order of arrival. `deadline-first` takes the request whose
    deadline is nearest; `drop-late` is `fifo` that gives up requests past their deadline. The
    deadline is the scenario's end-to-end budget after the observation, or its timeout.
    """

    workers: Annotated[int, Field(ge=1, le=64)] = 1
    max_batch: Annotated[int, Field(ge=1, le=1024)] = 1
    max_wait_s: Duration = Field(default=0.0, alias="max-wait")
    queue: Discipline = "fifo"

    @model_validator(mode="after")
    def _waiting_is_for_a_batch(self) -> Self:
        if self.max_wait_s > 0 and self.max_batch == 1:
            raise BrokenRuleError(
                "waits for more requests, but a batch holds one",
                key=("max-wait",),
                others=[("max-batch",)],
                value=f"{self.max_wait_s:g} s",
                next_step="make max-batch 2 or more, or drop max-wait",
            )
        return self


class NetworkPart(Value):
    """A part of a network: its layers up to and with *after* (`front`), or all others (`rest`)."""

    side: Literal["front", "rest"]
    after: Annotated[str, Field(min_length=1, max_length=200)]


class Stage(DocumentValue):
    """One node of the graph. *needs* names the sensors and stages whose output it takes.

    *place* is a tier or node group, or `with-consumers`: a copy runs wherever a stage that
    needs it runs. A *background* stage takes part in the load, not in the answer. *channel*
    is the connection its output travels on: alarms never wait behind bulk data.

    *task* names the AI component of an inference stage, or the file that holds it, by its
    absolute path once the scenario is loaded. *preset* and *precision* choose its network; by
    default the task's own. With *serving* the stage has workers of its own; else one worker
    serves all stages of a node. A need in *within_s* comes from another sensor: the one
    observed nearest to the request's own observation counts, at most so many seconds before or
    after it; the request waits for it at most so long after its own observation, and then goes
    on without. With *part* an inference stage runs only that part of its network (`model.split`).
    *stays_within* is a sensor's, for the output of the stage.
    """

    kind: StageKind
    needs: tuple[Name, ...] = Field(min_length=1)
    place: Name
    task: TaskName | None = None
    preset: Name | None = None
    precision: Literal["float32", "int8"] = "float32"
    alert_above: Share | None = None
    background: bool = False
    channel: Channel = "main"
    payload_bytes: Size = Field(default=0.0, alias="payload")
    parameters: dict[Name, Parameter] = Field(default_factory=dict)
    serving: Serving | None = None
    within_s: dict[Name, Duration] = Field(default_factory=dict, alias="within")
    part: NetworkPart | None = None
    stays_within: Tier | None = None

    @model_validator(mode="after")
    def _partners_are_needs(self) -> Self:
        for partner in self.within_s:
            if partner not in self.needs:
                raise BrokenRuleError(
                    "is none of the stage's needs",
                    key=("within", partner),
                    others=[("needs",)],
                    value=partner,
                    known=self.needs,
                )
        if len(self.within_s) == len(self.needs):
            raise BrokenRuleError(
                "must leave a need that the stage waits for in any case",
                key=("within",),
                others=[("needs",)],
                value=", ".join(self.within_s),
                next_step="take the need whose request this is out of 'within'",
            )
        return self

    @property
    def own_needs(self) -> tuple[str, ...]:
        """The needs that belong to the request itself, not to another sensor's."""
        return tuple(need for need in self.needs if need not in self.within_s)

    @property
    def is_front(self) -> bool:
        """Whether it runs the front of a network, whose output is no answer."""
        return self.part is not None and self.part.side == "front"

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
        if self.part is not None and self.kind != "inference":
            raise BrokenRuleError(
                "only an inference stage has a network to run in parts",
                key=("part",),
                value=self.kind,
                next_step="drop it, or make the kind inference",
            )
        if self.part is not None and len(self.needs) > 1:
            raise BrokenRuleError(
                "a part of a network takes one need",
                key=("needs",),
                others=[("part",)],
                value=", ".join(self.needs),
                next_step="give the stage one need",
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
        self._check_origins()
        self._check_parts()
        self._check_ends()
        return self

    def _check_parts(self) -> None:
        """Every rest of a network goes on where its front ends, and nothing else does."""
        for name, stage in self.stages.items():
            if stage.part is None:
                continue
            rest = stage.part.side == "rest"
            others = stage.needs if rest else self.consumers(name)
            for other in others:
                found = self.stages.get(other)
                part = None if found is None else found.part
                if (
                    part is None
                    or part.after != stage.part.after
                    or part.side == stage.part.side
                    or found is None
                    or found.task != stage.task
                ):
                    raise BrokenRuleError(
                        "needs the front of its own network, cut at the same place"
                        if rest
                        else f"is needed by '{other}', which does not run the rest of its network",
                        key=("stages", name, "needs" if rest else "part"),
                        value=other,
                        next_step="cut it with --split, which makes both stages",
                    )

    def _check_origins(self) -> None:
        """Every stage works for the requests of one sensor."""
        origins: dict[str, str] = {name: name for name in self.sensors}
        for name in self.order():
            stage = self.stages[name]
            found = list(dict.fromkeys(origins[need] for need in stage.own_needs))
            if len(found) > 1:
                raise BrokenRuleError(
                    f"come from several sensors ({', '.join(found)}), whose observations are "
                    "requests of their own",
                    key=("stages", name, "needs"),
                    value=", ".join(stage.own_needs),
                    next_step="say with 'within: {NEED: 2 s}' which of them is joined by time",
                )
            for partner in stage.within_s:
                if origins[partner] == found[0]:
                    raise BrokenRuleError(
                        f"comes from '{found[0]}' like the request itself: it is joined anyway",
                        key=("stages", name, "within", partner),
                        value=partner,
                        next_step="drop it from 'within'",
                    )
            origins[name] = found[0]

    def _check_ends(self) -> None:
        for sensor in self.sensors:
            own = self.sensors[sensor].done_at
            key = ("done-at",) if own is None else ("sensors", sensor, "done-at")
            end = self.done_at if own is None else own
            if end not in self.stages:
                raise BrokenRuleError("names no stage", key=key, value=end, known=self.stages)
            if self.stages[end].background:
                raise BrokenRuleError(
                    "names a background stage, for which nobody waits",
                    key=key,
                    value=end,
                    next_step="name the stage whose output is the answer",
                )
            if self.origin(end) != sensor:
                raise BrokenRuleError(
                    f"ends requests of '{self.origin(end)}', not of '{sensor}'",
                    key=("sensors", sensor, "done-at"),
                    value=end,
                    next_step=f"name the stage where observations of '{sensor}' end",
                )

    def origin(self, name: str) -> str:
        """The sensor whose requests sensor or stage *name* works for."""
        while name not in self.sensors:
            name = self.stages[name].own_needs[0]
        return name

    def end_of(self, sensor: str) -> str:
        """The stage at which requests of *sensor* are done."""
        return self.sensors[sensor].done_at or self.done_at

    def _needs(self) -> dict[str, tuple[str, ...]]:
        return {name: stage.needs for name, stage in self.stages.items()}

    @property
    def deadline_s(self) -> float:
        """After so long an answer is late: the budget, or where there is none the timeout."""
        budget = self.budgets.end_to_end
        return self.timeout_s if budget is None else budget.limit_s

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

    def payload_bytes(self, name: str) -> float:
        """The declared size of an output of sensor or stage *name*."""
        if name in self.sensors:
            return self.sensors[name].payload_bytes
        return self.stages[name].payload_bytes

    def stays_within(self, name: str) -> Tier | None:
        """The tier that the output of sensor or stage *name* may not leave, if there is one."""
        if name in self.sensors:
            return self.sensors[name].stays_within
        return self.stages[name].stays_within

    def inference_stages(self) -> tuple[str, ...]:
        """Names of the inference stages that answer, in file order: all but fronts of networks."""
        return tuple(n for n, s in self.stages.items() if s.kind == "inference" and not s.is_front)

    def fronts(self) -> tuple[str, ...]:
        """Names of the stages that run the front of another stage's network, in file order."""
        return tuple(n for n, s in self.stages.items() if s.is_front)

    def consumers(self, name: str) -> tuple[str, ...]:
        """Stages that need the output of sensor or stage *name*."""
        return tuple(n for n, s in self.stages.items() if name in s.needs)
