"""What messages and requests share: places in the engine's memory, and who feeds whom in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.simulate.draws import Draws

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from edge_aibench.simulate.plan import Carriage, Crossing, PlannedGroup, SimulationPlan


class Stations:
    """Numbers of stations: those of each instance (*per_instance*) apart from shared ones."""

    def __init__(self, plan: SimulationPlan) -> None:
        self._plan = plan
        self.draws = Draws(plan)
        self._known: dict[Hashable, int] = {}
        self.shared = 0
        self.per_instance = 0

    def wire(self, crossing: Crossing) -> int:
        """When the wire is free, and after it when its last tail came out."""
        return self._number(("wire", crossing.link, crossing.way), 2, each=crossing.each)

    def connection(self, carriage: Carriage) -> int:
        """When the last message on the connection arrived."""
        return self._number(("arrived", carriage.connection), 1, each=carriage.each)

    def received(self, carriage: Carriage) -> int:
        """When a callback of the connection was last called."""
        return self._number(("received", carriage.connection), 1, each=carriage.each)

    def broker(self, group: str) -> int:
        """When the broker is free."""
        return self._number(("broker", group), 1, each=False)

    def worker(self, group: str) -> int:
        """When the worker of the host is free."""
        return self._number(("worker", group), 1, each=self._plan.groups[group].each)

    def pool(self, stage: str, group: str) -> int:
        """When the first of a stage's own workers is free; the others follow."""
        serving = self._plan.experiment.scenario.stages[stage].serving
        workers = 1 if serving is None else serving.workers
        return self._number(("pool", stage, group), workers, each=self._plan.groups[group].each)

    def broker_in_order(self, group: str) -> bool:
        """Whether messages come to the broker from one connection, which keeps them in order."""
        feeders = set()
        for sent in self._plan.publications.values():
            if sent.broker == group:
                feeders.add((sent.first.connection, "first", sent.first.each))
            for to in sent.deliveries:
                if to.bridge is not None and to.broker == group:
                    feeders.add((to.bridge.connection, "bridge", to.bridge.each))
        return len(feeders) == 1 and not any(feeder[2] for feeder in feeders)

    def _number(self, key: Hashable, width: int, *, each: bool) -> int:
        if key not in self._known:
            if each:
                self._known[key] = self.per_instance
                self.per_instance += width
            else:
                self._known[key] = self.shared
                self.shared += width
        return self._known[key]


def in_order_host(plan: SimulationPlan, group: PlannedGroup) -> bool:
    """Whether outputs come to the worker of *group* from a single place, and so in order."""
    if not group.computes or plan.local_sensors(group.name):
        return False
    if any(stage.serving is not None for stage in group.stages):
        return False
    feeders = {carriage.connection for carriage in _arriving(plan, group.name)}
    return len(feeders) == 1


def simple_host(group: PlannedGroup) -> bool:
    """Whether it does not matter in which order outputs are taken in on *group*.

    It does not where nobody waits for a worker and each output is for a single stage, whose own
    output no stage of the host needs.
    """
    if group.computes:
        return False
    needs = [need for stage in group.stages for need in stage.needs]
    return len(needs) == len(set(needs)) and not set(needs) & {s.name for s in group.stages}


def _arriving(plan: SimulationPlan, group: str) -> Iterator[Carriage]:
    for sent in plan.publications.values():
        yield from (to.last for to in sent.deliveries if to.target == group)
