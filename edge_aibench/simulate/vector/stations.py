"""What messages and requests share: places in the engine's memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.simulate.draws import Draws

if TYPE_CHECKING:
    from collections.abc import Hashable

    from edge_aibench.simulate.plan import Carriage, Crossing, SimulationPlan


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

    def _number(self, key: Hashable, width: int, *, each: bool) -> int:
        if key not in self._known:
            if each:
                self._known[key] = self.per_instance
                self.per_instance += width
            else:
                self._known[key] = self.shared
                self.shared += width
        return self._known[key]
