"""Stages that run parts of networks, and the components of a scenario whose networks are cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from edge_aibench.inference.cutting.crossing import CrossingCodec
from edge_aibench.inference.cutting.inputs import layout_of
from edge_aibench.inference.cutting.parts import FrontNetwork
from edge_aibench.model.components import BatchStageFunction, Call, StageFunction

if TYPE_CHECKING:
    from edge_aibench.inference.cutting.crossing import Crossing, SampleLayout
    from edge_aibench.model.components import Answer, Codec, Components, SensorFunction
    from edge_aibench.model.scenario import Scenario


class Front:
    """A stage that takes what *need* gives as far as the cut."""

    def __init__(self, front: FrontNetwork, need: str, layout: SampleLayout) -> None:
        self._front = front
        self._need = need
        self._layout = layout

    def process(self, call: Call) -> Crossing:
        """Take the samples of the call as far as the cut."""
        return self._front.cross(call.inputs[self._need], self._layout)

    def samples(self, call: Call) -> int:
        """How many samples of the network the call takes."""
        return len(self._layout.taken(call.inputs[self._need])[0])


class Rest:
    """A stage's own function, whose network is the rest, on what *front* passed on.

    It is asked as before: *need* is what the front takes, with activations in place of samples.
    """

    def __init__(
        self, stage: StageFunction, *, front: str, need: str, layout: SampleLayout
    ) -> None:
        self._stage = stage
        self._front = front
        self._need = need
        self._layout = layout

    def process(self, call: Call) -> Any:
        """Finish what the front began."""
        return self._stage.process(self._restored(call))

    def samples(self, call: Call) -> int:
        """How many samples of the network the call takes."""
        crossing: Crossing = call.inputs[self._front]
        return len(crossing.activations)

    def _restored(self, call: Call) -> Call:
        crossing: Crossing = call.inputs[self._front]
        value = self._layout.restored(crossing.activations, crossing.aside)
        return Call(call.instance, call.sequence, {self._need: value})


class BatchRest(Rest):
    """The same for a stage that can work on several requests at once."""

    _stage: BatchStageFunction

    def process_batch(self, calls: Sequence[Call]) -> Sequence[Any]:
        """Finish several requests together."""
        return self._stage.process_batch([self._restored(call) for call in calls])


class CutComponents:
    """The components of a scenario some of whose networks are cut; the others run as they are."""

    def __init__(self, whole: Components, scenario: Scenario, *, runtime: str) -> None:
        self._whole = whole
        self._scenario = scenario
        self._runtime = runtime
        self._fronts = frozenset(scenario.fronts())

    def prepare(self) -> None:
        """See `Components.prepare`. Raises ConfigError for a network that cannot be cut there.

        Both parts are written here, so that no worker has to.
        """
        from edge_aibench.inference.stage_network import stage_parts

        self._whole.prepare()
        for name in self._fronts:
            network, cut = stage_parts(self._scenario, name, runtime=self._runtime)
            network.part(cut, "front")
            network.part(cut, "rest")

    def sensor(self, name: str) -> SensorFunction:
        """See `Components.sensor`."""
        return self._whole.sensor(name)

    def stages(self, names: Sequence[str], instances: Sequence[int]) -> Mapping[str, StageFunction]:
        """See `Components.stages`."""
        own = [name for name in names if name not in self._fronts]
        made = dict(self._whole.stages(own, instances)) if own else {}
        return {name: self._made(name, made.get(name)) for name in names}

    def codec(self, name: str) -> Codec:
        """See `Components.codec`."""
        return CrossingCodec() if name in self._fronts else self._whole.codec(name)

    def score(self, stage: str, instance: int, sequence: int, output: Any) -> float:
        """See `Components.score`."""
        return self._whole.score(stage, instance, sequence, output)

    def quality(self, answers: Sequence[Answer]) -> Mapping[str, Any]:
        """See `Components.quality`."""
        return self._whole.quality(answers)

    def _made(self, name: str, stage: StageFunction | None) -> StageFunction:
        described = self._scenario.stages[name]
        if stage is None:
            return self._front(name)
        if described.part is None:
            return stage
        (front,) = described.needs
        (need,) = self._scenario.stages[front].needs
        kind = BatchRest if isinstance(stage, BatchStageFunction) else Rest
        return kind(stage, front=front, need=need, layout=layout_of(self._whole, name))

    def _front(self, name: str) -> StageFunction:
        from edge_aibench.inference.stage_network import stage_parts

        network, cut = stage_parts(self._scenario, name, runtime=self._runtime)
        (need,) = self._scenario.stages[name].needs
        (rest,) = self._scenario.consumers(name)
        return Front(FrontNetwork(network, cut), need, layout_of(self._whole, rest))
