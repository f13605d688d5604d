"""`--split STAGE=LAYER@PLACE`: from the text to a scenario whose networks are cut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_aibench.errors import ConfigError, unknown_name

if TYPE_CHECKING:
    from edge_aibench.api.notices import Notices
    from edge_aibench.model.scenario import Scenario

_OPTION = "--split"
_EXAMPLE = "write it like --split face=stage3_pair4_add@device"


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


def cut_scenario(
    scenario: Scenario, splits: Iterable[Split], *, runtime: str, notices: Notices
) -> Scenario:
    """Cut the networks of *scenario*; the activations' sizes come from the networks themselves.

    Raises ConfigError for a stage or network that cannot be cut there; HostError if the network
    cannot be exported.
    """
    from edge_aibench.inference.cutting.measure import example_samples, payload_bytes
    from edge_aibench.inference.cutting.parts import cut_network
    from edge_aibench.inference.stage_network import network_choice, stage_component
    from edge_aibench.model.split import split

    for one in splits:
        described = scenario.stages.get(one.stage)
        if described is None or described.task is None:
            known = scenario.inference_stages()
            raise unknown_name("inference stage", one.stage, known, where=_OPTION)
        notices.progress(f"cutting the network of {one.stage}")
        component = stage_component(scenario, one.stage)
        network = cut_network(component, network_choice(described, runtime))
        cut = network.cut(one.after)
        size = payload_bytes(network, cut, example_samples(network))
        scenario = split(scenario, one.stage, after=one.after, place=one.place, payload_bytes=size)
    return scenario
