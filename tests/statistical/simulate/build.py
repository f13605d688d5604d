"""Small experiments in Python: sensors, stages and hosts in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from edge_aibench.model.budget import Budget, Budgets
from edge_aibench.model.disturbances import Disturbances
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.hardware import Hardware
from edge_aibench.model.link import Link, LinkDirection
from edge_aibench.model.placement import place
from edge_aibench.model.scenario import Arrivals, Instances, Scenario, Sensor, Serving, Stage
from edge_aibench.model.time_law import ExponentialTime, TimeLaw
from edge_aibench.model.timings import MessageTimes, Replay, StageTimes, Timings
from edge_aibench.model.topology import NodeGroup, Topology
from edge_aibench.model.workload import Workload

Works = Mapping[str, TimeLaw | StageTimes]


def exponential(mean_s: float) -> ExponentialTime:
    """An exponential service time."""
    return ExponentialTime(mean=mean_s)


def poisson(
    node: str, interval_s: float, *, done_at: str | None = None, payload_bytes: float = 100.0
) -> Sensor:
    """A sensor on *node* whose observations are a Poisson process."""
    return Sensor(
        node=node,
        arrivals=Arrivals(law="poisson", interval_s=interval_s),
        payload_bytes=payload_bytes,
        done_at=done_at,
    )


def periodic(
    node: str, interval_s: float, *, done_at: str | None = None, payload_bytes: float = 100.0
) -> Sensor:
    """A sensor on *node* that observes evenly."""
    return Sensor(
        node=node,
        arrivals=Arrivals(law="periodic", interval_s=interval_s),
        payload_bytes=payload_bytes,
        done_at=done_at,
    )


def work(*needs: str, on: str, serving: Serving | None = None, payload_bytes: float = 0.0) -> Stage:
    """A stage that computes."""
    return Stage(
        kind="preprocess", needs=needs, place=on, serving=serving, payload_bytes=payload_bytes
    )


def meet(*needs: str, on: str, within_s: Mapping[str, float] | None = None) -> Stage:
    """A stage that joins, or just ends requests; on a host of such stages nobody waits."""
    return Stage(kind="fuse", needs=needs, place=on, within_s=dict(within_s or {}))


def hosts(
    *names: str, each: tuple[str, ...] = (), speeds: Mapping[str, float] | None = None
) -> dict[str, NodeGroup]:
    """Host groups; those in *each* have one host an instance, the others a broker."""
    given = speeds or {}
    return {
        name: NodeGroup(
            tier="edge",
            count="instances" if name in each else 1,
            hardware=Hardware(name="box", stated_speed=given.get(name, 1.0)),
            broker=name not in each,
        )
        for name in names
    }


def link(
    first: str, second: str, *, up: LinkDirection | None = None, down: LinkDirection | None = None
) -> Link:
    """A link that takes no time, but for what is said of a direction."""
    return Link(between=(first, second), up=up or LinkDirection(), down=down or LinkDirection())


def build(
    *,
    sensors: Mapping[str, Sensor],
    stages: Mapping[str, Stage],
    nodes: Mapping[str, NodeGroup],
    done_at: str,
    links: Mapping[str, Link] | None = None,
    works: Works | None = None,
    messages: MessageTimes | None = None,
    replay: Replay | None = None,
    disturbances: Disturbances | None = None,
    instances: int = 1,
    duration_s: float = 1.0,
    warmup_s: float = 0.0,
    seed: int = 1,
    timeout_s: float = 1e5,
    budget_s: float | None = None,
    qos: Literal[0, 1] = 1,
) -> Experiment:
    """The whole; stages without an entry in *works* take no time."""
    budgets = Budgets()
    if budget_s is not None:
        budgets = Budgets(end_to_end=Budget(limit_s=budget_s))
    scenario = Scenario(
        name="built",
        topology="built",
        components="built:components",
        instances=Instances(name="copy"),
        sensors=dict(sensors),
        stages=dict(stages),
        done_at=done_at,
        budgets=budgets,
        timeout_s=timeout_s,
        qos=qos,
    )
    topology = Topology(name="built", nodes=dict(nodes), links=dict(links or {}))
    given = {
        name: law if isinstance(law, StageTimes) else StageTimes(work=law)
        for name, law in (works or {}).items()
    }
    return Experiment(
        source="built",
        scenario=scenario,
        topology=topology,
        placement=place(scenario, topology),
        instances=instances,
        workload=Workload(duration_s=duration_s, warmup_s=warmup_s, seed=seed),
        timings=Timings(stages=given, messages=messages or MessageTimes(), replay=replay),
        disturbances=disturbances or Disturbances(),
    )
