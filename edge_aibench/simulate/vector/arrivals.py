"""The arrival plan in the order of its instants, a piece at a time.

What comes is `plan_arrivals`' plan of every sensor to the nanosecond, but no instance has an array
of its own: a periodic plan is its phases, gone through again and again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from edge_aibench import rng
from edge_aibench.clock import NS_PER_S
from edge_aibench.model.workload import arrival_key, plan_arrivals
from edge_aibench.simulate.vector.compiled import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.model.experiment import Experiment
    from edge_aibench.model.scenario import Arrivals
    from edge_aibench.model.workload import Workload

    Integers = NDArray[np.int64]
    Numbers = NDArray[np.float64]

# Up to so many arrivals a Poisson plan is written out and sorted as a whole (64 MB at most).
_WRITTEN_OUT = 2_000_000


@dataclass(frozen=True)
class Piece:
    """Observations of all sensors that follow each other: instant, sensor's number and request."""

    due_ns: Integers
    sensor: Integers
    instance: Integers
    sequence: Integers

    def __len__(self) -> int:
        return len(self.due_ns)


class _Source(Protocol):
    """The observations of one sensor, sorted by instant and then by instance."""

    def until(self, until_ns: int) -> tuple[Integers, Integers, Integers]:
        """Instants before *until_ns* that no earlier call gave, their instances and sequences."""
        ...


def pieces(experiment: Experiment, *, about: int) -> Iterator[Piece]:
    """The whole plan in pieces of *about* so many observations."""
    workload, instances = experiment.workload, experiment.instances
    laws = [sensor.arrivals for sensor in experiment.scenario.sensors.values()]
    sources = [
        _source(name, law, workload, instances)
        for name, law in zip(experiment.scenario.sensors, laws, strict=True)
    ]
    end_ns = math.ceil((workload.warmup_s + workload.duration_s) * NS_PER_S) + 1
    per_ns = sum(instances / law.interval_s for law in laws) / NS_PER_S
    step_ns = max(1, math.ceil(about / per_ns))
    for until_ns in range(step_ns, end_ns + step_ns, step_ns):
        piece = _merged([source.until(until_ns) for source in sources])
        if len(piece):
            yield piece


def _source(name: str, law: Arrivals, workload: Workload, instances: int) -> _Source:
    if law.law == "periodic":
        return _Periodic(name, law, workload, instances)
    expected = instances * (workload.warmup_s + workload.duration_s) / law.interval_s
    if expected <= _WRITTEN_OUT:
        return _WrittenOut(name, law, workload, instances)
    return _Poisson(name, law, workload, instances)


def _merged(parts: list[tuple[Integers, Integers, Integers]]) -> Piece:
    """All sensors' observations by instant; at one instant those of the first sensor first."""
    number = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    if len(parts) == 1:
        return Piece(parts[0][0], number, parts[0][1], parts[0][2])
    due_ns, instance, sequence = (np.concatenate([part[i] for part in parts]) for i in range(3))
    order = np.argsort(due_ns, kind="stable")
    return Piece(due_ns[order], number[order], instance[order], sequence[order])


class _Periodic:
    """Every instance's phase, sorted: one round through them is one interval."""

    def __init__(self, name: str, law: Arrivals, workload: Workload, instances: int) -> None:
        everyone = np.arange(instances, dtype=np.int64)
        phase_s = rng.uniforms(arrival_key(workload.seed, name), everyone, 0) * law.interval_s
        end_s = workload.warmup_s + workload.duration_s
        counts = np.ceil((end_s - phase_s) / law.interval_s).astype(np.int64)
        self._interval_s, self._end_s = law.interval_s, end_s
        order = np.argsort(phase_s, kind="stable")
        self._instance, self._phase_s = order.astype(np.int64), phase_s[order]
        self._counts = np.maximum(counts, 0)[order]
        self._at = np.zeros(2, np.int64)

    def until(self, until_ns: int) -> tuple[Integers, Integers, Integers]:
        size = 1 << 16
        parts: list[tuple[Integers, Integers]] = []
        while True:
            due_ns, place = np.empty(size, np.int64), np.empty(size, np.int64)
            sequence = np.empty(size, np.int64)
            filled = _fill_periodic(
                self._phase_s,
                self._counts,
                (self._interval_s, self._end_s, until_ns),
                self._at,
                due_ns,
                place,
                sequence,
            )
            parts.append((due_ns[:filled], place[:filled] + (sequence[:filled] << 32)))
            if filled < size:
                break
        due_ns = np.concatenate([part[0] for part in parts])
        both = np.concatenate([part[1] for part in parts])
        instance, sequence = self._instance[both & 0xFFFFFFFF], both >> 32
        _settle_ties(due_ns, instance, sequence)
        return due_ns, instance, sequence


@compiled
def _fill_periodic(
    phase_s: Numbers,
    counts: Integers,
    bounds: tuple[float, float, int],
    at: Integers,
    due_ns: Integers,
    place: Integers,
    sequence: Integers,
) -> int:
    """Go on from place and round *at* until the instants are too late or the arrays are full."""
    interval_s, end_s, until_ns = bounds
    j, k, filled = at[0], at[1], 0
    while filled < len(due_ns):
        if j == len(phase_s):
            j, k = 0, k + 1
        instant_s = phase_s[j] + k * interval_s
        if instant_s >= end_s + interval_s:
            break
        if k < counts[j] and instant_s < end_s:
            instant_ns = np.int64(np.rint(instant_s * 1e9))
            if instant_ns >= until_ns:
                break
            due_ns[filled], place[filled], sequence[filled] = instant_ns, j, k
            filled += 1
        j += 1
    at[0], at[1] = j, k
    return filled


@compiled
def _settle_ties(due_ns: Integers, instance: Integers, sequence: Integers) -> None:
    """At one instant the smaller instance comes first."""
    for i in range(1, len(due_ns)):
        j = i
        while j > 0 and due_ns[j - 1] == due_ns[j] and instance[j - 1] > instance[j]:
            instance[j - 1], instance[j] = instance[j], instance[j - 1]
            sequence[j - 1], sequence[j] = sequence[j], sequence[j - 1]
            j -= 1


class _WrittenOut:
    """The whole plan, sorted."""

    def __init__(self, name: str, law: Arrivals, workload: Workload, instances: int) -> None:
        rows = plan_arrivals(name, law, workload, instances=instances).instants_ns
        counts = [len(row) for row in rows]
        due_ns = np.concatenate(rows)
        order = np.argsort(due_ns, kind="stable")
        self._due_ns = due_ns[order]
        self._instance = np.repeat(np.arange(instances), counts)[order]
        self._sequence = np.concatenate([np.arange(count) for count in counts])[order]
        self._at = 0

    def until(self, until_ns: int) -> tuple[Integers, Integers, Integers]:
        here = slice(self._at, int(np.searchsorted(self._due_ns, until_ns)))
        self._at = here.stop
        return self._due_ns[here], self._instance[here], self._sequence[here]


class _Poisson:
    """The next instant of every instance; as many rounds as any of them has instants in a piece."""

    def __init__(self, name: str, law: Arrivals, workload: Workload, instances: int) -> None:
        self._key = arrival_key(workload.seed, name)
        self._interval_s = law.interval_s
        self._end_s = workload.warmup_s + workload.duration_s
        self._sequence = np.zeros(instances, np.int64)
        self._next_s = self._gaps_s(np.arange(instances, dtype=np.int64))

    def until(self, until_ns: int) -> tuple[Integers, Integers, Integers]:
        found = []
        end_s = min(self._end_s, until_ns / NS_PER_S + 1e-9)
        due = np.flatnonzero(self._next_s < end_s)
        while len(due):
            due_ns = np.rint(self._next_s[due] * NS_PER_S).astype(np.int64)
            due, due_ns = due[due_ns < until_ns], due_ns[due_ns < until_ns]
            found.append((due_ns, due, self._sequence[due]))
            self._sequence[due] += 1
            self._next_s[due] += self._gaps_s(due)
            due = due[self._next_s[due] < end_s]
        if not found:
            nothing = np.zeros(0, np.int64)
            return nothing, nothing, nothing
        due_ns, instance, sequence = (np.concatenate([part[i] for part in found]) for i in range(3))
        order = np.lexsort((instance, due_ns))
        return due_ns[order], instance[order], sequence[order]

    def _gaps_s(self, instance: Integers) -> Numbers:
        gaps_s: Numbers = (
            -np.log1p(-rng.uniforms(self._key, instance, self._sequence[instance]))
            * self._interval_s
        )
        return gaps_s


def seats(experiment: Experiment) -> Integers:
    """Where each instance's memory lies: beside those that observe just before and after it.

    Of a million instances those that are at work together are then in the processor's caches.
    """
    everyone = np.arange(experiment.instances, dtype=np.int64)
    for name, sensor in experiment.scenario.sensors.items():
        if sensor.arrivals.law == "periodic":
            phases = rng.uniforms(arrival_key(experiment.workload.seed, name), everyone, 0)
            found = np.empty(experiment.instances, np.int64)
            found[np.argsort(phases, kind="stable")] = everyone
            return found
    return everyone
