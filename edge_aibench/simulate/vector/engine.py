"""The full record of a run: every event of every request, in the plan's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.clock import NS_PER_S
from edge_aibench.model.experiment import plan_all
from edge_aibench.record.event_table import MISSING, EventTable, Row
from edge_aibench.record.events import Kind
from edge_aibench.simulate.outcome import Simulated
from edge_aibench.simulate.vector.machine import Machine, Progress
from edge_aibench.simulate.vector.program import Program

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.model.workload import ArrivalPlan
    from edge_aibench.simulate.plan import SimulationPlan

    Integers = NDArray[np.int64]


def run_vector(plan: SimulationPlan, progress: Progress | None = None) -> Simulated:
    """Simulate *plan*, which must be expressible, to its end: until every request is over.

    *progress* is told how much of the arrivals' time is over, from 0 to 1.
    """
    program = Program(plan)
    plans = plan_all(plan.experiment)
    firsts = [np.cumsum([0, *(len(row) for row in p.instants_ns)]) for p in plans]
    noted = [np.full((program.notes[p.sensor].width, p.total), MISSING, np.int64) for p in plans]
    for ended in Machine(program, progress).ended():
        for number in range(len(plans)):
            here = np.flatnonzero(ended.sensor == number)
            if not len(here):
                continue
            request = firsts[number][ended.instance[here]] + ended.sequence[here]
            noted[number][:, request] = _whole(ended.noted[here, : len(noted[number])]).T
    scenario, workload = plan.experiment.scenario, plan.experiment.workload
    end_s = workload.warmup_s + workload.duration_s + scenario.timeout_s
    return Simulated(
        plans=plans,
        tables={p.sensor: _table(program, p, noted[i]) for i, p in enumerate(plans)},
        end_ns=round(end_s * NS_PER_S),
        engine="vector",
    )


def _whole(instants_ns: NDArray[np.float64]) -> Integers:
    never = np.isnan(instants_ns)
    whole = np.rint(np.where(never, 0.0, instants_ns)).astype(np.int64)
    return np.where(never, MISSING, whole)


def _table(program: Program, plan: ArrivalPlan, noted: Integers) -> EventTable:
    """*noted* as the events of one sensor's requests; not of what never happens in them."""
    scenario = program.plan.experiment.scenario
    places = program.notes[plan.sensor].places
    rows: dict[tuple[int, str, str], Row] = {
        (Kind.OBSERVED, plan.sensor, scenario.sensors[plan.sensor].node): _row(noted[0], noted[0])
    }
    for (what, name, group), place in places.items():
        if what == "served":
            rows[Kind.SERVED, name, group] = _row(noted[place], noted[place + 1])
        elif what == "sent":
            sizes = _sizes(program, name, group, noted)
            rows[Kind.SENT, name, group] = _row(noted[place], noted[place + 1], sizes)
        elif what == "received":
            source = _source(program, name, group)
            sizes = _sizes(program, name, source, noted)
            rows[Kind.RECEIVED, name, group] = _row(noted[place], noted[place], sizes)
        elif what in {"filtered", "dropped"}:
            kind = Kind.FILTERED if what == "filtered" else Kind.DROPPED
            if (noted[place] != MISSING).any():
                rows[kind, name, group] = _row(noted[place], noted[place])
    return EventTable.of_rows(plan, rows)


def _row(start_ns: Integers, end_ns: Integers, sizes: Integers | None = None) -> Row:
    total = len(start_ns)
    there = start_ns != MISSING
    return Row(
        start_ns=start_ns,
        end_ns=end_ns,
        size=np.zeros(total, np.int64) if sizes is None else np.where(there, sizes, 0),
        value=np.full(total, np.nan, np.float32),
    )


def _source(program: Program, output: str, target: str) -> str:
    """The group on which what *target* receives of *output* was made."""
    return next(
        sent.source
        for sent in program.plan.publications.values()
        if sent.output == output and any(to.target == target for to in sent.deliveries)
    )


def _sizes(program: Program, output: str, source: str, noted: Integers) -> Integers:
    """Bytes of payload: none where the output says that there is nothing."""
    place, silent = program.sent_place(output, source)
    payload_bytes = program.payload_bytes(output)
    if silent < 0:
        return np.full(len(noted[place]), payload_bytes, np.int64)
    return np.where(noted[silent] == MISSING, payload_bytes, 0)
