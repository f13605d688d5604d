"""A whole agent in a process of its own, speaking to itself over a memory exchange."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_aibench.clock import MonotonicClock
from edge_aibench.emulate import kernel
from edge_aibench.emulate.agents.control import ControlLine, Frame
from edge_aibench.emulate.agents.node_agent import NodeAgent
from edge_aibench.emulate.agents.node_plan import Due, Incoming, NodePlan, StagePlan
from edge_aibench.emulate.agents.pace import Pace
from edge_aibench.messaging.memory import MemoryExchange
from edge_aibench.model.components import Call
from edge_aibench.model.workload import ArrivalPlan
from edge_aibench.record.events import Kind, read_events
from edge_aibench.testing.stages import FakeComponents

NUMBERS = {"monitor": 0, "echo": 1, "archive": 2}
PATIENCE_S = 20.0
Work = Mapping[str, Callable[[Call], Any]]


def _plan(
    *,
    plan: tuple[Due, ...] = (),
    stages: tuple[str, ...] = (),
    network: bool = False,
    computes: bool = False,
    dilation: float = 1.0,
    scored: bool = False,
) -> NodePlan:
    """A node of bed 0; with *network*, what it observes comes back to it as a message."""
    exchange = MemoryExchange(MonotonicClock())
    return NodePlan(
        node=0,
        name="ward-1",
        instances=(0,),
        wanted="0",
        plan=plan,
        stages=tuple(
            StagePlan(name=name, origin="monitor", needs=("monitor",), scored=scored)
            for name in stages
        ),
        outgoing={"monitor": ("main", "main/monitor")} if network else {},
        incoming=(Incoming("monitor", "main", "main/monitor"),) if network else (),
        local=frozenset() if network else frozenset({"monitor"}),
        numbers=NUMBERS,
        pace=Pace(dilation=dilation, speed=dilation),
        computes=computes,
        arrivals={"monitor": ArrivalPlan("monitor", (np.array([0, 30_000_000]),), 0)},
        deadline_ns=1_000_000_000,
        connect=lambda _channel: exchange.connect(),
    )


class Agent:
    """A forked agent and the engine's end of its line."""

    def __init__(self, plan: NodePlan, work: Work) -> None:
        self.line, theirs = ControlLine.pair()
        self._frames: list[Frame] = []
        self.pid = os.fork()
        if self.pid == 0:
            try:
                kernel.die_with_parent()
                self.line.close()
                try:
                    NodeAgent(plan, FakeComponents(work), theirs).run()
                except ValueError as error:
                    theirs.send_data("error", {"what": str(error), "exit_code": 70})
            finally:
                os._exit(0)
        theirs.close()

    def wait_for(self, *kinds: str) -> Frame:
        """The next frame of one of *kinds*, keeping the events that come before it."""
        deadline_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline_s and not self.line.closed:
            select.select([self.line], [], [], 1.0)
            arrived = self.line.receive()
            self._frames += arrived
            if found := [frame for frame in arrived if frame.kind in kinds]:
                return found[0]
        raise AssertionError(f"no {' or '.join(kinds)}, only {[f.kind for f in self._frames]}")

    def events(self) -> NDArray[np.void]:
        return read_events(b"".join(f.body for f in self._frames if f.kind == "events"))

    def start(self) -> int:
        origin_ns = time.monotonic_ns() + 20_000_000
        self.line.send_data("start", {"origin_ns": origin_ns})
        return origin_ns

    def stop_after(self, kind: Kind, count: int) -> NDArray[np.void]:
        """Stop once *count* events of *kind* have come (agents send them every second)."""
        deadline_s = time.monotonic() + PATIENCE_S
        while (self.events()["kind"] == kind).sum() < count and time.monotonic() < deadline_s:
            self.wait_for("events")
        self.line.send("stop")
        self.wait_for("done")
        return self.events()

    def has_ended(self) -> bool:
        descriptor = os.pidfd_open(self.pid)
        try:
            return bool(select.select([descriptor], [], [], PATIENCE_S)[0])
        finally:
            os.close(descriptor)

    def end(self) -> None:
        self.line.close()
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


Begin = Callable[..., Agent]


@pytest.fixture
def begin() -> Iterator[Begin]:
    agents: list[Agent] = []

    def start(plan: NodePlan, work: Work | None = None) -> Agent:
        agents.append(Agent(plan, work or {}))
        agents[-1].wait_for("ready")
        return agents[-1]

    yield start
    for agent in agents:
        agent.end()


TWO_DUES = (Due(0, "monitor", 0, 0), Due(30_000_000, "monitor", 0, 1))


@pytest.mark.parametrize("dilation", [1.0, 2.5])
def test_sensors_follow_the_plan_to_the_nanosecond_and_never_early(
    begin: Begin, dilation: float
) -> None:
    agent = begin(_plan(plan=TWO_DUES, network=True, dilation=dilation))
    origin_ns = agent.start()
    events = agent.stop_after(Kind.RECEIVED, 2)
    observed = events[events["kind"] == Kind.OBSERVED]
    assert observed["sequence"].tolist() == [0, 1]
    assert observed["start_ns"].tolist() == [origin_ns, origin_ns + 30_000_000 * dilation]
    assert (observed["end_ns"] >= observed["start_ns"]).all()


def test_a_message_is_written_down_at_both_ends(begin: Begin) -> None:
    work = {"echo": lambda call: call.inputs["monitor"]}
    agent = begin(_plan(plan=TWO_DUES[:1], stages=("echo",), network=True), work)
    agent.start()
    events = agent.stop_after(Kind.SERVED, 1)
    by_kind = {Kind(event["kind"]): event for event in events}
    observed, sent = by_kind[Kind.OBSERVED], by_kind[Kind.SENT]
    received, served = by_kind[Kind.RECEIVED], by_kind[Kind.SERVED]
    assert observed["end_ns"] <= sent["start_ns"] <= sent["end_ns"]
    assert sent["start_ns"] <= received["start_ns"] == received["end_ns"] <= served["start_ns"]
    # "[0, 0]" in JSON.
    assert (sent["size"], received["size"]) == (6, 6)
    assert (served["name"], served["instance"], served["sequence"]) == (NUMBERS["echo"], 0, 0)


def test_outputs_are_scored_after_the_load(begin: Begin) -> None:
    work = {"echo": lambda call: call.inputs["monitor"][1] + 0.5}
    agent = begin(_plan(plan=TWO_DUES, stages=("echo",), network=True, scored=True), work)
    agent.start()
    events = agent.stop_after(Kind.SERVED, 2)
    scored = events[events["kind"] == Kind.SCORED]
    assert (scored["sequence"].tolist(), scored["value"].tolist()) == ([0, 1], [0.5, 1.5])
    assert (events["kind"][-2:] == Kind.SCORED).all()


@pytest.mark.parametrize("network", [False, True])
def test_a_computing_stage_runs_beside_the_network(begin: Begin, network: bool) -> None:
    work = {"echo": lambda call: call.inputs["monitor"]}
    plan = _plan(plan=TWO_DUES, stages=("echo",), network=network, computes=True)
    agent = begin(plan, work)
    agent.start()
    events = agent.stop_after(Kind.SERVED, 2)
    served = events[events["kind"] == Kind.SERVED]
    assert served["sequence"].tolist() == [0, 1]


def test_a_store_beside_its_sensor_gets_every_observation(begin: Begin) -> None:
    agent = begin(_plan(plan=TWO_DUES, stages=("archive",)), {"archive": lambda _call: None})
    agent.start()
    agent.wait_for("events")
    agent.line.send("stop")
    agent.wait_for("done")
    events = agent.events()
    assert events[events["kind"] == Kind.SERVED]["sequence"].tolist() == [0, 1]


@pytest.mark.parametrize("computes", [False, True])
def test_a_stage_that_fails_ends_the_agent_with_its_error(begin: Begin, computes: bool) -> None:
    def fail(_call: Call) -> None:
        raise ValueError("no such channel")

    plan = _plan(plan=TWO_DUES[:1], stages=("echo",), network=True, computes=computes)
    agent = begin(plan, {"echo": fail})
    agent.start()
    assert agent.wait_for("error").data()["what"] == "no such channel"
    assert agent.has_ended()


def test_an_agent_without_a_start_order_still_stops(begin: Begin) -> None:
    agent = begin(_plan(plan=TWO_DUES, network=True))
    agent.line.send("stop")
    agent.wait_for("done")
    assert len(agent.events()) == 0
    assert agent.has_ended()


def test_an_agent_ends_when_its_engine_has_gone() -> None:
    agent = Agent(_plan(plan=TWO_DUES, network=True), {})
    agent.wait_for("ready")
    agent.start()
    agent.line.close()
    assert agent.has_ended()
    os.waitpid(agent.pid, 0)
