"""The ways a request takes through the graph of stages, and the links each message crosses."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from edge_aibench.errors import InternalError
from edge_aibench.model.silence import ancestors

if TYPE_CHECKING:
    from edge_aibench.model.placement import Placement
    from edge_aibench.model.scenario import Scenario
    from edge_aibench.model.topology import Topology

_TIER_RANK = {"device": 0, "edge": 1, "cloud": 2}


@dataclass(frozen=True)
class Step:
    """One stage of a path, on the node group where it runs."""

    name: str
    group: str


@dataclass(frozen=True)
class Path:
    """From a sensor to the end of the request; *branch* is the last inference stage on it."""

    branch: str
    steps: tuple[Step, ...]


def foreground_paths(scenario: Scenario, placement: Placement, sensor: str) -> tuple[Path, ...]:
    """All paths from *sensor* to the stage that ends its requests."""
    end = scenario.end_of(sensor)
    paths = []
    for names in _backwards(scenario, end):
        on_path = [n for n in names if n in scenario.inference_stages()]
        paths.append(
            Path(branch=on_path[-1] if on_path else end, steps=_placed(names, scenario, placement))
        )
    return tuple(paths)


def background_paths(scenario: Scenario, placement: Placement, sensor: str) -> tuple[Path, ...]:
    """For each background stage of *sensor*'s requests: from what it needs last to itself.

    So are stages that no answer depends on.
    """
    end = scenario.end_of(sensor)
    waited_for = {end, *ancestors(scenario, end)}
    paths = []
    for name, stage in scenario.stages.items():
        if scenario.origin(name) == sensor and name not in waited_for:
            steps = _placed((stage.own_needs[-1], name), scenario, placement)
            paths.append(Path(branch=name, steps=steps))
    return tuple(paths)


def crossed_links(topology: Topology, source: str, target: str) -> tuple[str, ...]:
    """Names of the links between two node groups, along the fewest hops."""
    came_by: dict[str, tuple[str, str]] = {}
    front = deque([source])
    while front:
        here = front.popleft()
        if here == target:
            break
        for name, link in topology.links.items():
            if here in link.between:
                there = link.between[1] if link.between[0] == here else link.between[0]
                if there not in came_by and there != source:
                    came_by[there] = (here, name)
                    front.append(there)
    links: list[str] = []
    here = target
    while here != source:
        if here not in came_by:
            raise InternalError(f"no way from {source} to {target} in a connected topology")
        here, name = came_by[here]
        links.append(name)
    return tuple(reversed(links))


def direction(topology: Topology, source: str, target: str) -> Literal["up", "down"]:
    """`up` towards the cloud, `down` towards the device."""
    ranks = [_TIER_RANK[topology.nodes[group].tier] for group in (source, target)]
    return "up" if ranks[0] <= ranks[1] else "down"


def _backwards(scenario: Scenario, name: str) -> Iterator[tuple[str, ...]]:
    if name in scenario.sensors:
        yield (name,)
        return
    for need in scenario.stages[name].own_needs:
        for front in _backwards(scenario, need):
            yield (*front, name)


def _placed(names: tuple[str, ...], scenario: Scenario, placement: Placement) -> tuple[Step, ...]:
    """Give each name its group; a copied stage is taken where the next one runs."""
    steps: list[Step] = []
    for name in reversed(names):
        if name in scenario.sensors:
            group = scenario.sensors[name].node
        else:
            groups = placement.groups[name]
            wanted = steps[-1].group if steps else groups[0]
            group = wanted if wanted in groups else groups[0]
        steps.append(Step(name, group))
    return tuple(reversed(steps))
