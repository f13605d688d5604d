"""What the console shows before and during a run, as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PlanHost:
    """*count* alike nodes and the stages that each of them runs."""

    name: str
    count: int
    tier: str
    hardware: str = ""
    stages: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlanLink:
    """*count* alike links; *up* and *down* say what is asked: `0.5 ms, 100 Mbit/s`."""

    name: str
    between: tuple[str, str]
    count: int
    up: str
    down: str


@dataclass(frozen=True)
class PlanView:
    """What is about to run.

    *load*, *budgets* and *scaled* (which nodes are as fast as other hardware, and by what
    factor) are finished phrases, a line each. *wall_s* is how long it will take here (None:
    nobody knows), *expected_use* the busy share expected of this machine's *cores*. *notes* are
    what the user should know before the numbers come.
    """

    scenario: str
    title: str
    engine: str
    topology: str
    instances: str
    hosts: tuple[PlanHost, ...]
    links: tuple[PlanLink, ...]
    load: tuple[str, ...]
    budgets: tuple[str, ...]
    duration_s: float
    warmup_s: float
    seed: int
    wall_s: float | None = None
    dilation: float = 1.0
    backend: str = ""
    cores: int | None = None
    expected_use: float | None = None
    scaled: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class LiveView:
    """One moment of a run: virtual seconds, counts, and figures of the recent past.

    Percentiles are for watching only; the record's are computed from raw values afterwards.
    Shares are from 0 to 1; None is not known (yet).
    """

    elapsed_s: float
    total_s: float
    sent: int
    done: int
    p50_ms: float | None = None
    p99_ms: float | None = None
    in_budget: float | None = None
    lateness_p99_ms: float | None = None
    cpu_pressure: float | None = None
    phase: str = ""
