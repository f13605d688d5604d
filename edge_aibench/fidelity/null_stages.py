"""A scenario whose stages do nothing: what is left is what surrounds the work of stages.

Sensors, codecs and payloads are the scenario's own. A null stage gives an output that the real
stage made beforehand, so that messages are as large, and take as long to make and to read, as
they would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from edge_aibench.model.components import NOT_JUDGED, Answer, Call, Codec, SensorFunction
from edge_aibench.model.link import LinkDirection
from edge_aibench.model.routing import route
from edge_aibench.model.workload import Workload

if TYPE_CHECKING:
    from edge_aibench.model.components import Components
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.scenario import Scenario
    from edge_aibench.model.topology import Topology

_PREFIX = "null-"
_LONGEST_NAME = 40

_AT_HAND = True
"""The output of a stage whose output never leaves its host: only null stages take it."""


class NullStage:
    """Gives the *outputs* in turn, by the number of the request; nothing if there are none."""

    def __init__(self, outputs: Sequence[Any]) -> None:
        self._outputs = outputs

    def process(self, call: Call) -> Any:
        if not self._outputs:
            return None
        return self._outputs[call.sequence % len(self._outputs)]

    def process_batch(self, calls: Sequence[Call]) -> list[Any]:
        return [self.process(call) for call in calls]


class NullComponents:
    """The sensors and codecs of *real* components, with null stages.

    *payloads* are encoded outputs of the stages whose outputs travel.
    """

    def __init__(self, real: Components, payloads: Mapping[str, Sequence[bytes]]) -> None:
        self._real = real
        self._payloads = payloads

    def prepare(self) -> None:
        """The real components have read their data already."""

    def sensor(self, name: str) -> SensorFunction:
        return self._real.sensor(name)

    def stages(self, names: Sequence[str], instances: Sequence[int]) -> dict[str, NullStage]:
        del instances
        return {name: NullStage(self._outputs(name)) for name in names}

    def codec(self, name: str) -> Codec:
        return self._real.codec(name)

    def score(self, stage: str, instance: int, sequence: int, output: Any) -> float:
        """An output that was made for another request is not judged."""
        del stage, instance, sequence, output
        return NOT_JUDGED

    def quality(self, answers: Sequence[Answer]) -> dict[str, Any]:
        del answers
        return {}

    def _outputs(self, name: str) -> tuple[Any, ...]:
        if name not in self._payloads:
            return (_AT_HAND,)
        codec = self._real.codec(name)
        return tuple(codec.decode(payload) for payload in self._payloads[name])


def travelling(experiment: Experiment) -> frozenset[str]:
    """The stages of *experiment* whose output crosses the network."""
    routes = route(experiment.scenario, experiment.topology, experiment.placement)
    return frozenset(flow.output for flow in routes.flows) & frozenset(experiment.scenario.stages)


def null_experiment(
    experiment: Experiment, *, slower: float, duration_s: float, warmup_s: float
) -> Experiment:
    """*experiment* over links that do nothing, its Poisson arrivals *slower* times rarer.

    It has another name, so that nobody takes its record for one of the scenario.
    """
    scenario = experiment.scenario
    name = f"{_PREFIX}{scenario.name}"[:_LONGEST_NAME].rstrip("-")
    update: dict[str, Any] = {
        "scenario": _rarer(scenario, slower).model_copy(
            update={"name": name, "title": f"{scenario.name} with stages that do nothing"}
        ),
        "topology": _with_plain_links(experiment.topology),
        "workload": Workload(
            duration_s=duration_s, warmup_s=warmup_s, seed=experiment.workload.seed
        ),
        "compute": "measured",
        "profiles": {},
    }
    return experiment.model_copy(update=update)


def _rarer(scenario: Scenario, times: float) -> Scenario:
    sensors = {}
    for name, sensor in scenario.sensors.items():
        interval_s = max(1e-3, sensor.arrivals.interval_s * times)
        arrivals = sensor.arrivals.model_copy(update={"law": "poisson", "interval_s": interval_s})
        sensors[name] = sensor.model_copy(update={"arrivals": arrivals})
    return scenario.model_copy(update={"sensors": sensors})


def _with_plain_links(topology: Topology) -> Topology:
    """The same network without delay, loss, limit or movement."""
    plain = {"up": LinkDirection(), "down": LinkDirection(), "mobility": None, "trace": None}
    links = {
        name: link.model_copy(update={**plain, "preset": None})
        for name, link in topology.links.items()
    }
    return topology.model_copy(update={"links": links})
