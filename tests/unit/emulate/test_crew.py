"""The engine's view of its agents, which here are real forked processes."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Iterator

import pytest

from edge_aibench.emulate import kernel
from edge_aibench.emulate.agents.control import ControlLine
from edge_aibench.emulate.agents.process import AgentProcess
from edge_aibench.emulate.crew import Crew
from edge_aibench.errors import RunError

Body = Callable[[ControlLine], None]


class Agents:
    """Forks agents for one crew; *events* is what the crew passed on."""

    def __init__(self) -> None:
        self.events: list[bytes] = []
        self.crew = Crew(self.events.append)
        self.processes: list[AgentProcess] = []

    def start(self, name: str, body: Body) -> AgentProcess:
        ours, theirs = ControlLine.pair()
        pid = os.fork()
        if pid == 0:
            code = 70
            try:
                kernel.die_with_parent()
                for process in self.processes:
                    process.line.close()
                ours.close()
                body(theirs)
                code = 0
            finally:
                os._exit(code)
        theirs.close()
        process = AgentProcess(name=name, pid=pid, line=ours)
        self.processes.append(process)
        self.crew.add(process)
        return process

    def end(self) -> None:
        for process in self.processes:
            process.line.close()
            try:
                os.kill(process.pid, signal.SIGKILL)
                os.waitpid(process.pid, 0)
            except (ProcessLookupError, ChildProcessError):
                continue
        self.crew._selector.close()


@pytest.fixture
def agents() -> Iterator[Agents]:
    made = Agents()
    yield made
    made.end()


def _nothing() -> None:
    return None


def _stay(_line: ControlLine) -> None:
    signal.pause()


def _ready_and_stay(line: ControlLine) -> None:
    line.send_data("ready", {"paces": False})
    signal.pause()


def _obedient(line: ControlLine) -> None:
    """Do what a good agent does, with its orders in what it sends."""
    line.send_data("ready", {"paces": True, "real_time": False})
    origin_ns = -1
    while True:
        select.select([line], [], [])
        for frame in line.receive():
            if frame.kind == "start":
                origin_ns = frame.data()["origin_ns"]
            elif frame.kind == "stop":
                line.send("events", f"since {origin_ns}".encode())
                line.send("done")
                return


def test_ready_start_events_stop(agents: Agents) -> None:
    agents.start("ward-1", _obedient)
    agents.start("edge", _obedient)
    said = agents.crew.wait_until_ready(10.0, _nothing)
    assert said == {
        "ward-1": {"paces": True, "real_time": False},
        "edge": {"paces": True, "real_time": False},
    }
    agents.crew.start(12345)
    assert agents.crew.stop(10.0) == []
    assert agents.events == [b"since 12345", b"since 12345"]


def test_every_agent_is_known_by_name_and_number(agents: Agents) -> None:
    first, second = agents.start("ward-1", _stay), agents.start("edge", _stay)
    assert agents.crew.pids == {"ward-1": first.pid, "edge": second.pid}


def test_events_of_one_agent_come_in_order(agents: Agents) -> None:
    def body(line: ControlLine) -> None:
        for number in range(100):
            line.send("events", bytes([number]) * 1000)
        line.send_data("ready", {})
        signal.pause()

    agents.start("edge", body)
    agents.crew.wait_until_ready(10.0, _nothing)
    assert b"".join(agents.events) == b"".join(bytes([n]) * 1000 for n in range(100))


def test_an_agent_that_ends_is_lost_with_its_exit_code(agents: Agents) -> None:
    agents.start("edge", lambda _line: os._exit(3))
    with pytest.raises(RunError, match=r"the agent on edge was lost \(exit 3\)"):
        agents.crew.wait_until_ready(10.0, _nothing)


def test_an_agent_that_is_killed_is_lost_with_its_signal(agents: Agents) -> None:
    process = agents.start("edge", _ready_and_stay)
    agents.crew.wait_until_ready(10.0, _nothing)
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(RunError, match=r"the agent on edge was lost \(signal 9\)"):
        agents.crew.watch(10.0)


def test_an_agent_that_fails_says_why(agents: Agents) -> None:
    def body(line: ControlLine) -> None:
        line.send("events", b"measured before")
        line.send_data("error", {"what": "lost the broker at 10.0.0.4:1883", "exit_code": 5})

    agents.start("ward-1", body)
    agents.start("edge", _ready_and_stay)
    with pytest.raises(RunError, match=r"on ward-1 failed: lost the broker at 10\.0\.0\.4"):
        agents.crew.wait_until_ready(10.0, _nothing)
    assert agents.events == [b"measured before"]


def test_an_agent_that_is_done_may_end(agents: Agents) -> None:
    def body(line: ControlLine) -> None:
        line.send_data("ready", {})
        line.send("done")

    agents.start("edge", body)
    agents.crew.wait_until_ready(10.0, _nothing)
    agents.crew.watch(0.1)
    assert agents.crew.stop(0.1) == []


def test_silent_agents_are_named(agents: Agents) -> None:
    agents.start("edge", _ready_and_stay)
    for number in range(1, 8):
        agents.start(f"ward-{number}", _stay)
    with pytest.raises(RunError) as caught:
        agents.crew.wait_until_ready(0.3, _nothing)
    assert "ward-1, ward-2, ward-3, ward-4, ward-5 and 2 more" in str(caught.value)
    assert "edge" not in str(caught.value)


def test_while_it_waits_the_engine_may_look_after_its_brokers(agents: Agents) -> None:
    agents.start("edge", _stay)

    def broken() -> None:
        raise RunError("the broker on edge ended")

    with pytest.raises(RunError, match="the broker on edge ended"):
        agents.crew.wait_until_ready(10.0, broken)


def test_an_agent_that_does_not_stop_is_named_and_the_others_are_heard(agents: Agents) -> None:
    agents.start("deaf", _ready_and_stay)
    agents.start("edge", _obedient)
    agents.crew.wait_until_ready(10.0, _nothing)
    agents.crew.start(1)
    assert agents.crew.stop(0.5) == ["deaf"]
    assert agents.events == [b"since 1"]


def test_an_agent_that_died_keeps_nobody_from_being_stopped(agents: Agents) -> None:
    dead = agents.start("dead", _ready_and_stay)
    agents.start("edge", _obedient)
    agents.crew.wait_until_ready(10.0, _nothing)
    os.kill(dead.pid, signal.SIGKILL)
    assert agents.crew.stop(5.0) == []
    assert agents.events == [b"since -1"]
