"""An inference stage whose network is cut in two: its front on one node, the rest on another."""

from __future__ import annotations

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.model.scenario import FRONT_SUFFIX, NetworkPart, Scenario

_LONGEST_NAME = 40


def split(
    scenario: Scenario,
    name: str,
    *,
    after: str,
    place: str,
    payload_bytes: float,
    where: str = "--split",
) -> Scenario:
    """Cut the network of stage *name* behind layer *after*; its front runs on *place*.

    The front becomes a stage of its own, `NAME-front`, that takes what the stage took and gives an
    activation of *payload_bytes*. The stage itself stays where it was, with its workers, and takes
    the activation. Raises ConfigError, citing *where*, for a stage that cannot be cut.
    """
    stage = scenario.stages.get(name)
    if stage is None or stage.task is None or stage.is_front:
        raise unknown_name("inference stage", name, scenario.inference_stages(), where=where)
    front = f"{name}{FRONT_SUFFIX}"
    if stage.part is not None:
        raise ConfigError("cuts a stage twice", where=where, value=name)
    if len(stage.needs) != 1:
        raise ConfigError(
            "only a stage that takes one need can be cut",
            where=where,
            key=name,
            value=", ".join(stage.needs),
        )
    if front in scenario.stages or front in scenario.sensors or len(front) > _LONGEST_NAME:
        raise ConfigError(
            f"the front would be called '{front}': another stage has this name, or it is too long",
            where=where,
            key=name,
            next_step="give the stage another name",
        )
    cut_off = stage.model_copy(
        update={
            "place": place,
            "payload_bytes": payload_bytes,
            "part": NetworkPart(side="front", after=after),
            "serving": None,
            "alert_above": None,
            "parameters": {},
        }
    )
    rest = stage.model_copy(
        update={"needs": (front,), "part": NetworkPart(side="rest", after=after)}
    )
    stages = {}
    for known, described in scenario.stages.items():
        if known == name:
            stages[front] = cut_off
        stages[known] = rest if known == name else described
    # Through the checks again: a copy alone would not be looked at.
    return Scenario.model_validate(
        scenario.model_copy(update={"stages": stages}).model_dump(by_alias=True)
    )
