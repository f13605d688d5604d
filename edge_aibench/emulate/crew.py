"""The agents of a run, watched: readiness, events as they come, errors and deaths."""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from edge_aibench.emulate.agents.control import Frame
from edge_aibench.emulate.agents.process import AgentProcess
from edge_aibench.errors import RunError


@dataclass
class _Member:
    process: AgentProcess
    ready: dict[str, Any] | None = None
    done: bool = False
    error: str | None = field(default=None)


Recover = Callable[[str, str], AgentProcess | None]
"""Told an agent's name and how it was lost: starts it again, or lets the run fail (None)."""


class Crew:
    """All agent processes; *on_events* is given each agent's raw events as they arrive.

    *recover* is asked when an agent is lost without an error of its own.
    """

    def __init__(
        self,
        on_events: Callable[[bytes], None],
        recover: Recover = lambda _name, _words: None,
    ) -> None:
        self._on_events = on_events
        self._recover = recover
        self._origin_ns: int | None = None
        self._members: list[_Member] = []
        self._selector = selectors.DefaultSelector()

    def add(self, process: AgentProcess) -> None:
        """Watch one more agent."""
        member = _Member(process)
        self._members.append(member)
        self._selector.register(process.line.fileno(), selectors.EVENT_READ, member)

    @property
    def pids(self) -> dict[str, int]:
        """Process number of each agent by name."""
        return {member.process.name: member.process.pid for member in self._members}

    def wait_until_ready(
        self, timeout_s: float, also: Callable[[], None]
    ) -> dict[str, dict[str, Any]]:
        """Wait for all agents; *also* is called in between and may raise.

        Gives what each agent said of itself. Raises RunError naming those that stay silent.
        """
        deadline_s = time.monotonic() + timeout_s
        while waiting := [m.process.name for m in self._members if m.ready is None]:
            if time.monotonic() > deadline_s:
                raise RunError(
                    f"not ready after {timeout_s:.0f} s: {', '.join(waiting[:5])}"
                    + (f" and {len(waiting) - 5} more" if len(waiting) > 5 else "")
                )
            self.watch(0.2)
            also()
        return {m.process.name: m.ready for m in self._members if m.ready is not None}

    def start(self, origin_ns: int) -> None:
        """Give the start order: virtual time 0 is wall instant *origin_ns*."""
        self._origin_ns = origin_ns
        for member in self._members:
            member.process.line.send_data("start", {"origin_ns": origin_ns})

    def watch(self, timeout_s: float) -> None:
        """Take in what comes within *timeout_s*. Raises RunError when an agent failed or died."""
        for key, _ in self._selector.select(timeout_s):
            member: _Member = key.data
            for frame in member.process.line.receive():
                self._take(member, frame)
            if member.process.line.closed:
                self._selector.unregister(key.fd)
                if not member.done:
                    self._replace(member, _last_words(member))

    def _replace(self, member: _Member, words: str) -> None:
        again = None if member.error is not None else self._recover(member.process.name, words)
        if again is None:
            raise RunError(words)
        member.process, member.ready = again, None
        self._selector.register(again.line.fileno(), selectors.EVENT_READ, member)

    def stop(self, timeout_s: float) -> list[str]:
        """Give the stop order and collect the last events; names agents that did not answer."""
        for member in self._members:
            member.process.line.send("stop")
        deadline_s = time.monotonic() + timeout_s
        while self._left() and time.monotonic() < deadline_s:
            try:
                self.watch(0.2)
            except RunError:
                # It is being stopped because it, or another, failed; the reason is known.
                continue
        return [member.process.name for member in self._left()]

    def _left(self) -> list[_Member]:
        return [m for m in self._members if not m.done and not m.process.line.closed]

    def _take(self, member: _Member, frame: Frame) -> None:
        if frame.kind == "events":
            self._on_events(frame.body)
        elif frame.kind == "ready":
            member.ready = frame.data()
            if self._origin_ns is not None:
                member.process.line.send_data("start", {"origin_ns": self._origin_ns})
        elif frame.kind == "done":
            member.done = True
        elif frame.kind == "error":
            member.error = frame.data()["what"]


def _last_words(member: _Member) -> str:
    name = member.process.name
    _, status = os.waitpid(member.process.pid, 0)
    if member.error is not None:
        return f"the agent on {name} failed: {member.error}"
    code = os.waitstatus_to_exitcode(status)
    how = f"signal {-code}" if code < 0 else f"exit {code}"
    return f"the agent on {name} was lost ({how})"
