"""Means and mean squares of what stages and messages take, for reckoning without a simulation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.record.offered_load import wire_bits

if TYPE_CHECKING:
    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.time_law import TimeLaw
    from edge_aibench.placement.choice import Choice, Form
    from edge_aibench.placement.facts import StageFacts

Moments = tuple[float, float]
"""Mean and mean square of a time, s and s2."""


class StageMoments:
    """What stages of *experiment* take on each node group, in each of their forms."""

    def __init__(self, experiment: Experiment, facts: Mapping[str, StageFacts]) -> None:
        self._experiment, self._facts = experiment, facts
        self._known: dict[tuple[str, str, Form | None, bool], Moments] = {}

    def moments(self, stage: str, group: str, choice: Choice | None, *, shared: bool) -> Moments:
        """Of one request on *group*; with *shared* its part of the largest batch."""
        key = stage, group, None if choice is None else choice.form, shared
        if key not in self._known:
            self._known[key] = self._moments(stage, group, key[2], shared=shared)
        return self._known[key]

    def _moments(self, stage: str, group: str, form: Form | None, *, shared: bool) -> Moments:
        timings = self._experiment.timings
        times = timings.stages.get(stage)
        if form is not None and form != self._facts[stage].own.form:
            times = self._facts[stage].forms[form].times
        elif timings.replay is not None and stage in timings.replay.columns:
            column = np.asarray(timings.replay.columns[stage])
            return float(column.mean()), float((column**2).mean())
        if times is None:
            return 0.0, 0.0
        hardware = self._experiment.topology.nodes[group].hardware
        speed = 1.0 if times.scaled or hardware is None else hardware.speed
        work_s, work_s2 = _of(times.work)
        one = _sum((work_s / speed, work_s2 / speed**2), _of(times.handling))
        serving = self._experiment.scenario.stages[stage].serving
        if not shared or serving is None or serving.max_batch == 1:
            return one
        factor = times.work.batch_factor(serving.max_batch) / serving.max_batch
        return one[0] * factor, one[1] * factor**2


class MessageMeans:
    """What messages take besides the links: *handing* keeps the maker, *bits* go on the wire."""

    def __init__(self, experiment: Experiment) -> None:
        messages = experiment.timings.messages
        scenario = experiment.scenario
        sizes = np.array([sized.payload_bytes for sized in messages.transfer])
        self.handing = _sum(_of(messages.encode), _of(messages.publish))
        self.bits = {
            name: float(wire_bits(np.array([_payload_bytes(experiment, name)]))[0])
            for name in (*scenario.sensors, *scenario.stages)
        }
        self._sizes_bits = wire_bits(sizes) if len(sizes) else sizes
        self._transfers_s = [sized.time.mean_s for sized in messages.transfer]

    def transfer_s(self, bits: float) -> float:
        """The mean of the rest of the way, between two measured sizes in proportion."""
        if not self._transfers_s:
            return 0.0
        return float(np.interp(bits, self._sizes_bits, self._transfers_s))


def _payload_bytes(experiment: Experiment, output: str) -> float:
    times = experiment.timings.stages.get(output)
    if times is None or times.payload_bytes is None:
        return experiment.scenario.payload_bytes(output)
    return times.payload_bytes


def _of(law: TimeLaw) -> Moments:
    return law.mean_s, law.mean_square_s2


def _sum(first: Moments, second: Moments) -> Moments:
    """Of two independent times."""
    return first[0] + second[0], first[1] + second[1] + 2.0 * first[0] * second[0]
