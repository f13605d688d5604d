"""Laws that hold on every path of a run, request by request, whatever is drawn.

Instants are recorded as whole nanoseconds, so equal ones may differ by one.
"""

from __future__ import annotations

import math
from heapq import heapreplace

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.model.experiment import Experiment
from edge_aibench.model.link import Jitter, LinkDirection
from edge_aibench.model.scenario import Discipline, Serving
from edge_aibench.record.event_table import MISSING
from edge_aibench.record.events import Kind
from edge_aibench.simulate.outcome import Simulated
from tests.statistical.simulate.build import build, exponential, hosts, link, poisson, work
from tests.statistical.simulate.engines import ENGINES, run
from tests.statistical.simulate.measure import Estimate, Run, share_beyond

Whole = NDArray[np.int64]


def shared_host(queue: Discipline = "fifo", workers: int = 1, **chosen: float) -> Experiment:
    """Senders whose messages overtake each other, and a pool that works on all of them.

    There are so many that hardly one has two messages under way, which would keep their order.
    """
    far = LinkDirection(delay_s=0.05, jitter=Jitter(law="uniform", spread_s=0.025))
    return build(
        sensors={"source": poisson("host", 2.5)},
        stages={"work": work("source", on="hub", serving=Serving(workers=workers, queue=queue))},
        nodes=hosts("host", "hub", each=("host",)),
        links={"wire": link("host", "hub", up=far)},
        done_at="work",
        works={"work": exponential(0.008 * workers)},
        instances=250,
        **{"duration_s": 100.0, **chosen},  # type: ignore[arg-type]
    )


def came_and_served(simulated: Simulated) -> tuple[Whole, Whole, Whole]:
    """When requests came to the hub, and when their work began and ended: in order of coming."""
    table = simulated.tables["source"]
    came = table.row(Kind.RECEIVED, "source", "hub").end_ns
    served = table.row(Kind.SERVED, "work", "hub")
    order = np.argsort(came, kind="stable")
    return came[order], served.start_ns[order], served.end_ns[order]


def busy_periods(starts: Whole, ends: Whole) -> list[tuple[int, int]]:
    """The stretches in which one worker was never idle."""
    periods: list[tuple[int, int]] = []
    for start, end in sorted(zip(starts.tolist(), ends.tolist(), strict=True)):
        if periods and start <= periods[-1][1] + 1:
            periods[-1] = (periods[-1][0], end)
        else:
            periods.append((start, end))
    return periods


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("workers", [1, 3])
def test_who_comes_first_is_served_by_the_worker_that_is_free_first(
    engine: str, workers: int
) -> None:
    """Lindley's recursion, and Kiefer and Wolfowitz's for several workers; n = 10,000."""
    came, starts, ends = came_and_served(run(engine, shared_host(workers=workers)))
    assert len(came) > 9_000
    free = [0] * workers
    for k in range(len(came)):
        assert abs(starts[k] - max(came[k], free[0])) <= 1
        heapreplace(free, int(ends[k]))


@pytest.mark.parametrize("engine", ENGINES)
def test_the_nearest_deadline_is_served_first(engine: str) -> None:
    """When work on a request begins, none that waits was observed before it."""
    simulated = run(engine, shared_host("deadline-first"))
    table = simulated.tables["source"]
    came = table.row(Kind.RECEIVED, "source", "hub").end_ns
    starts = table.row(Kind.SERVED, "work", "hub").start_ns
    due = np.concatenate(simulated.plans[0].instants_ns)
    overtaken = 0
    for k in range(len(came)):
        waits = (came < starts[k]) & (starts > starts[k])
        assert not (due[waits] < due[k]).any()
        overtaken += int(((came < came[k]) & (starts > starts[k])).any())
    assert overtaken > 100


@pytest.mark.parametrize("engine", ENGINES)
def test_no_discipline_makes_work_or_saves_any(engine: str) -> None:
    """Conservation: one worker is busy at the same times whatever the order, though each wait
    is another one; n = 10,000.
    """
    fifo = came_and_served(run(engine, shared_host("fifo")))
    nearest = came_and_served(run(engine, shared_host("deadline-first")))
    first, second = busy_periods(*fifo[1:]), busy_periods(*nearest[1:])
    assert len(first) == len(second) > 1000
    assert np.abs(np.array(first) - np.array(second)).max() <= 1
    assert not np.array_equal(fifo[1], nearest[1])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("queue", ["fifo", "deadline-first"])
def test_mean_wait_does_not_depend_on_the_discipline(engine: str, queue: Discipline) -> None:
    """M/M/1 at a use of 0.8: 32 ms; Poisson streams that are moved by independent delays stay
    Poisson. n = 40,000 in 40 stretches of time.
    """
    experiment = shared_host(queue, duration_s=400.0, warmup_s=5.0)
    found = Run(experiment, run(engine, experiment), by_time=40)
    wait_s = found.wait_s("work", "hub", after="source", kind=Kind.RECEIVED)
    estimate = Estimate.of(found.parts("source", wait_s))
    assert estimate.holds(0.032)
    assert estimate.half_width < 0.016


@pytest.mark.parametrize("engine", ENGINES)
def test_the_nearest_deadline_first_makes_the_worst_lateness_less(engine: str) -> None:
    """For one worker no order without preemption that is blind to service times has a smaller
    spread of time from observation to end; n = 40,000, compared as shares beyond 0.99 of fifo's.
    """
    late = {}
    queues: tuple[Discipline, ...] = ("fifo", "deadline-first")
    for queue in queues:
        experiment = shared_host(queue, duration_s=400.0, warmup_s=5.0)
        found = Run(experiment, run(engine, experiment))
        late[queue] = found.end_s(Kind.SERVED, "work", "hub") - found.due_s("source")
    limit_s = float(np.quantile(late["fifo"], 0.99))
    beyond = share_beyond(late["deadline-first"], limit_s).mean()
    assert beyond < 0.01
    assert late["deadline-first"].std() < late["fifo"].std()


@pytest.mark.parametrize("engine", ENGINES)
def test_no_worker_is_idle_while_somebody_waits(engine: str) -> None:
    """Each start is the coming of that request, or the end of another's work; n = 10,000."""
    came, starts, ends = came_and_served(run(engine, shared_host("deadline-first", workers=3)))
    at_once = np.abs(starts - came) <= 1
    begun_after = np.sort(ends)
    place = np.clip(np.searchsorted(begun_after, starts), 1, len(ends) - 1)
    nearest = np.minimum(
        np.abs(begun_after[place] - starts), np.abs(begun_after[place - 1] - starts)
    )
    assert ((nearest <= 1) | at_once).all()
    assert (~at_once).sum() > 1000
    busy = np.searchsorted(np.sort(starts), starts, "right") - np.searchsorted(
        begun_after, starts, "right"
    )
    assert busy.max() <= 3


@pytest.mark.parametrize("engine", ENGINES)
def test_little_holds_of_every_run_that_ends_empty(engine: str) -> None:
    """The number of requests at a station, over time, makes the sum of their times there."""
    came, _, ends = came_and_served(run(engine, shared_host()))
    instants = np.concatenate([came, ends])
    steps = np.concatenate([np.ones(len(came)), -np.ones(len(ends))])
    order = np.argsort(instants, kind="stable")
    number = np.cumsum(steps[order])
    assert number.min() >= 0
    assert number[-1] == 0
    area = float((number[:-1] * np.diff(instants[order])).sum())
    assert math.isclose(area, float((ends - came).sum()), rel_tol=1e-9)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_wire_sends_one_message_after_the_other(engine: str) -> None:
    """Lindley at the wire: 1111 B at 1 B in 6 us occupy it for 6.666 ms, then 30 ms pass."""
    slow = LinkDirection(rate_bps=8 / 6e-6, delay_s=0.03)
    experiment = build(
        sensors={"source": poisson("host", 0.01, payload_bytes=1000.0)},
        stages={"work": work("source", on="hub")},
        nodes=hosts("host", "hub"),
        links={"wire": link("host", "hub", up=slow)},
        done_at="work",
        duration_s=100.0,
    )
    table = run(engine, experiment).tables["source"]
    sent = table.row(Kind.SENT, "source", "host").end_ns
    received = table.row(Kind.RECEIVED, "source", "hub").end_ns
    assert MISSING not in received
    free = 0.0
    for k in range(len(sent)):
        free = max(free, float(sent[k])) + 6_666_000.0
        assert abs(received[k] - (free + 30e6)) <= 1
