"""What a stage of a scenario is given: the inputs of its network, by playing all stages before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from edge_aibench.inference.cutting.crossing import LaysOutSamples, OneSample, SampleLayout
from edge_aibench.model.components import Call
from edge_aibench.model.silence import ancestors

if TYPE_CHECKING:
    from edge_aibench.model.components import Components
    from edge_aibench.model.scenario import Scenario

INPUTS: Final = 8
"""Of one stage; fewer where it is seldom reached."""

ROUNDS: Final = 96
"""Observations at most."""


def stage_inputs(scenario: Scenario, components: Components, stage: str) -> list[Any]:
    """Inputs of *stage*, which takes one need, for the first observations of instance 0.

    Empty if none of these observations comes so far.
    """
    (need,) = scenario.stages[stage].needs
    sensor = scenario.origin(stage)
    before = [name for name in scenario.order() if name in ancestors(scenario, stage)]
    functions = components.stages(before, (0,)) if before else {}
    found: list[Any] = []
    for sequence in range(ROUNDS):
        made: dict[str, Any] = {sensor: components.sensor(sensor).observe(0, sequence)}
        for name in before:
            needs = scenario.stages[name].needs
            inputs = {known: made.get(known) for known in needs}
            if all(inputs[known] is None for known in scenario.stages[name].own_needs):
                continue
            made[name] = functions[name].process(Call(0, sequence, inputs))
        if made.get(need) is not None:
            found.append(made[need])
        if len(found) == INPUTS:
            break
    return found


def layout_of(components: Components, stage: str) -> SampleLayout:
    """Where the samples of *stage* lie in its input: its components say, or the input is one."""
    if isinstance(components, LaysOutSamples):
        return components.sample_layout(stage)
    return OneSample()
