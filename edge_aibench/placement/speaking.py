"""How often each stage works and has something to say, when outputs are passed on by chance."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_aibench.model.scenario import Scenario
    from edge_aibench.model.timings import Timings

_MOST_BY_CHANCE = 12
"""Stages that may say nothing, all of whose combinations are gone through."""


def shares(scenario: Scenario, timings: Timings) -> tuple[dict[str, float], dict[str, float]]:
    """The share of its sensor's observations at which each stage works, and makes an output.

    Stages speak independently of each other. Beyond the twelve that speak most seldom, the others
    are taken to speak always.
    """
    passes = {
        name: timings.stages[name].passes for name in scenario.stages if name in timings.stages
    }
    seldom = sorted((name for name in passes if passes[name] < 1.0), key=lambda name: passes[name])
    seldom = seldom[:_MOST_BY_CHANCE]
    reached = dict.fromkeys(scenario.stages, 0.0)
    made = {**dict.fromkeys(scenario.sensors, 1.0), **dict.fromkeys(scenario.stages, 0.0)}
    for spoke in itertools.product((True, False), repeat=len(seldom)):
        chance = 1.0
        for name, speaks in zip(seldom, spoke, strict=True):
            chance *= passes[name] if speaks else 1.0 - passes[name]
        silent = {name for name, speaks in zip(seldom, spoke, strict=True) if not speaks}
        there = set(scenario.sensors)
        for name in scenario.order():
            if not there.isdisjoint(scenario.stages[name].needs):
                reached[name] += chance
                if name not in silent:
                    there.add(name)
                    made[name] += chance
    return reached, made
