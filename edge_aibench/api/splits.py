"""`--split STAGE=LAYER@PLACE`: from the text to an experiment whose networks are cut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment

_OPTION = "--split"
_EXAMPLE = "write it like --split face=stage3_pair4_add@doorbell"


@dataclass(frozen=True)
class Split:
    """The network of *stage* is cut behind layer *after*; its front runs on *place*."""

    stage: str
    after: str
    place: str


def parse_splits(texts: Iterable[str]) -> tuple[Split, ...]:
    """Read `STAGE=LAYER@PLACE`, any number of them. Raises ConfigError."""
    found = []
    for text in texts:
        stage, equals, cut = (part.strip() for part in text.partition("="))
        after, at, place = (part.strip() for part in cut.rpartition("@"))
        if not (equals and at and stage and after and place):
            raise ConfigError(
                "must be STAGE=LAYER@PLACE", where=_OPTION, value=text, next_step=_EXAMPLE
            )
        found.append(Split(stage, after, place))
    return tuple(found)


def cut_experiment(
    experiment: Experiment, splits: Iterable[Split], placed: str | None = None
) -> Experiment:
    """Cut networks of *experiment*, whose stages are *placed* as `--place` says.

    The declared sizes of activations are those of the scenario's own data. Raises ConfigError for a
    stage or network that cannot be cut there; HostError if the network cannot be exported, and
    what the scenario's own code raises.
    """
    from edge_aibench.model.placement import place
    from edge_aibench.model.split import split

    wanted = tuple(splits)
    scenario = experiment.scenario
    for one in wanted:
        # Whatever is wrong with the graph shows before networks are loaded.
        scenario = split(scenario, one.stage, after=one.after, place=one.place, payload_bytes=0)
        place(scenario, experiment.topology, placed)
    sizes = _sizes(experiment, wanted)
    scenario = experiment.scenario
    for one in wanted:
        scenario = split(
            scenario,
            one.stage,
            after=one.after,
            place=one.place,
            payload_bytes=sizes[one.stage],
        )
    return experiment.model_copy(
        update={
            "scenario": scenario,
            "placement": place(scenario, experiment.topology, placed),
        }
    )


def _sizes(experiment: Experiment, splits: tuple[Split, ...]) -> dict[str, int]:
    """Mean bytes of what each front passes on, found in a process of its own."""
    from edge_aibench.emulate.aside import work_aside

    def work(_tell: object) -> dict[str, Any]:
        return {one.stage: _size(experiment, one) for one in splits}

    return work_aside(work, failed=f"the networks of '{experiment.scenario.name}' cannot be cut")


def _size(experiment: Experiment, one: Split) -> int:
    from edge_aibench.api.components import load_components
    from edge_aibench.inference.cutting.inputs import ROUNDS, layout_of, stage_inputs
    from edge_aibench.inference.cutting.measure import payload_bytes
    from edge_aibench.inference.cutting.parts import cut_network
    from edge_aibench.inference.stage_network import network_choice, stage_component

    scenario = experiment.scenario
    choice = network_choice(scenario.stages[one.stage], experiment.runtime)
    network = cut_network(stage_component(scenario, one.stage), choice)
    cut = network.cut(one.after)
    alone = experiment.model_copy(update={"instances": 1})
    components = load_components(alone, dict.fromkeys(scenario.sensors, ROUNDS))
    inputs = stage_inputs(scenario, components, one.stage)
    if not inputs:
        raise ConfigError(
            f"none of the first {ROUNDS} observations comes so far as to be cut",
            where=_OPTION,
            value=one.stage,
        )
    return payload_bytes(network, cut, inputs, layout_of(components, one.stage))
