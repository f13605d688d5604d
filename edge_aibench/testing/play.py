"""A scenario's observations through all of its stages in one process, without a network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_aibench.model.components import Answer, Call, Components, Context
from edge_aibench.model.scenario import WITH_CONSUMERS

if TYPE_CHECKING:
    from edge_aibench.config.load import LoadedScenario
    from edge_aibench.model.components import StageFunction
    from edge_aibench.model.scenario import Scenario

_JUDGED = ("inference", "fuse")

Outputs = Mapping[str, Mapping[tuple[int, int], Any]]


@dataclass(frozen=True, kw_only=True)
class Played:
    """What came of it: *outputs* of sensors and stages by instance and sequence, and *quality*.

    There is no output where a stage did not run or passed nothing on.
    """

    outputs: Outputs
    answers: tuple[Answer, ...]
    quality: Mapping[str, Any]


def play(
    scenario: str | Path,
    *,
    instances: int = 1,
    observations: int = 8,
    settings: Iterable[str] = (),
    splits: Iterable[str] = (),
    seed: int = 1,
    runtime: str = "auto",
    data_root: Path | None = None,
) -> Played:
    """Play so many observations of each sensor of a scenario, given by name or folder.

    *settings* are those of `--set`, *splits* those of `--split`. What may cross a network goes
    through its codec. A stage that joins another sensor `within` some time gets that sensor's
    observation of the same number. Raises what the scenario's own code raises, and ConfigError for
    its files.
    """
    from edge_aibench.config.load import load_scenario
    from edge_aibench.config.overrides import parse_overrides

    place = str(scenario.resolve()) if isinstance(scenario, Path) else scenario
    loaded = load_scenario(place, parse_overrides(settings))
    described = _cut(loaded.scenario, splits)
    context = Context(
        scenario=described,
        instances=instances,
        observations=dict.fromkeys(described.sensors, observations),
        seed=seed,
        inference="window",
        runtime=runtime,
        data_root=data_root,
    )
    components = _components(loaded, context)
    stages = components.stages(described.order(), tuple(range(instances)))
    outputs: dict[str, dict[tuple[int, int], Any]] = {
        name: {} for name in (*described.sensors, *described.stages)
    }
    for request in ((i, n) for n in range(observations) for i in range(instances)):
        for name, output in _made(described, components, stages, request).items():
            outputs[name][request] = output
    answers = tuple(
        Answer(*request, stage=name, value=components.score(name, *request, output))
        for name, stage in described.stages.items()
        if stage.kind in _JUDGED and not stage.is_front
        for request, output in outputs[name].items()
    )
    return Played(outputs=outputs, answers=answers, quality=components.quality(answers))


def _components(loaded: LoadedScenario, context: Context) -> Components:
    from edge_aibench.config.entry import load_entry

    factory = load_entry(
        loaded.scenario.components, folder=loaded.folder, where=f"{loaded.source}: components"
    )
    components: Components = factory(context)
    if context.scenario.fronts():
        from edge_aibench.inference.cutting.stages import CutComponents

        components = CutComponents(components, context.scenario, runtime=context.runtime)
    components.prepare()
    return components


def _cut(scenario: Scenario, splits: Iterable[str]) -> Scenario:
    from edge_aibench.api.splits import parse_splits
    from edge_aibench.model.split import split

    for one in parse_splits(splits):
        # Sizes are for simulations; here the payloads are what they are.
        scenario = split(scenario, one.stage, after=one.after, place=one.place, payload_bytes=0)
    return scenario


def _made(
    scenario: Scenario,
    components: Components,
    stages: Mapping[str, StageFunction],
    request: tuple[int, int],
) -> dict[str, Any]:
    """What sensors and stages give for one request, as it is after the network."""
    made: dict[str, Any] = {}
    for name in scenario.sensors:
        made[name] = _travelled(components, name, components.sensor(name).observe(*request))
    for name in scenario.order():
        stage = scenario.stages[name]
        inputs = {need: made.get(need) for need in stage.needs}
        if all(inputs[need] is None for need in stage.own_needs):
            continue
        output = stages[name].process(Call(*request, inputs))
        if output is None:
            continue
        travels = stage.place != WITH_CONSUMERS and bool(scenario.consumers(name))
        made[name] = _travelled(components, name, output) if travels else output
    return made


def _travelled(components: Components, name: str, output: Any) -> Any:
    codec = components.codec(name)
    return codec.decode(codec.encode(output))
