"""What an engine hands over after a run: raw tables, and nothing computed from them.

All instants are VIRTUAL nanoseconds (int64) from the start of the run: an engine that dilates
time has divided by the dilation already. Every statistic, verdict and file is made from these
values alone, so a simulated and an emulated run read the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from edge_aibench.errors import InternalError
from edge_aibench.host import CpuPressure
from edge_aibench.model.budget import Budgets
from edge_aibench.record.links import LinkResult
from edge_aibench.record.load import Load

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

EngineName = Literal["emulate", "simulate"]
SimulationEngine = Literal["simpy", "vector"]
Status = Literal["answered", "timeout", "failed", "dropped", "filtered"]
HopKind = Literal["lateness", "transfer", "join", "queue", "batch", "service", "hold"]
Direction = Literal["up", "down", ""]

STATUSES: tuple[Status, ...] = ("answered", "timeout", "failed", "dropped", "filtered")
HOP_KINDS: tuple[HopKind, ...] = (
    "lateness",
    "transfer",
    "join",
    "queue",
    "batch",
    "service",
    "hold",
)
DIRECTIONS: tuple[Direction, ...] = ("up", "down", "")

BACKGROUND = "background"
"""The branch of hops that belong to the load but to no answer."""

SHARED = ""
"""The branch of hops that every path of a request has in common."""


@dataclass(frozen=True, slots=True)
class Request:
    """One planned request. *done_ns* is when its answer was complete; None if it never was.

    `dropped` was given up by a worker because it was late; `filtered` ended as meant without an
    answer, because a stage had nothing to pass on.
    """

    request: int
    instance: int
    sequence: int
    sensor: str
    scheduled_ns: int
    warmup: bool
    status: Status
    done_ns: int | None


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of one request.

    *branch* is the inference stage whose path the hop is on (`SHARED`: all of them,
    `BACKGROUND`: none). *critical* hops are on the path that finished last: one after the
    other they fill the time from schedule to answer. *index* orders the hops of a branch.
    *stage* is the stage that works, waits, or produced the message; *source* and *target* are
    nodes; *link* and *direction* are "" where no link is crossed. A `transfer` runs from the
    message's handing to the sender's client until the receiver's callback. `join` is the wait for
    another sensor, `queue` that for a worker, `batch` the worker's for more requests.
    """

    request: int
    branch: str
    critical: bool
    index: int
    kind: HopKind
    stage: str
    source: str
    target: str
    link: str
    direction: Direction
    start_ns: int
    end_ns: int
    bytes: int


@dataclass(frozen=True)
class Sent:
    """The *messages* of one output, and the bits that all of them put on each link they cross.

    `offered_load.wire_bits` gives these bits of payloads.
    """

    messages: int
    bits: float


@dataclass(frozen=True)
class Health:
    """How the measuring itself went.

    *lateness_ns* (virtual, one a measured request) is how much later than planned the
    generator acted. *relay_lateness_ns* (virtual, any number) is how much later than due the
    link emulation forwarded packets; None where the kernel does it. *cpu_use* is the busy
    share of all cores, *expected_use* what was foreseen of it. *frames_missed* counts frames that
    the link emulation itself let fall, which no link was asked to do. *clock* names the clock;
    *clock_problem* says what is wrong with it.
    """

    lateness_ns: NDArray[np.int64]
    pressure_before: CpuPressure | None = None
    pressure_after: CpuPressure | None = None
    cpu_use: float | None = None
    expected_use: float | None = None
    clock: str = "CLOCK_MONOTONIC"
    clock_problem: str | None = None
    relay_lateness_ns: NDArray[np.int64] | None = None
    frames_missed: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class RunData:
    """Everything one run left.

    *requests* and *hops* have the columns of `Request` and `Hop` (see `requests_frame`).
    *planned* counts all requests of the arrival plan, warm-up included, taken from the plan
    itself: accounting compares the two. (Of an interrupted run: all that were due by then.)
    *tasks* names the inference stages that take part in the answer. *quality* maps a task to
    its measures (`{"death": {"auroc": 0.84}}`; text such as `n/a (untrained)` is allowed).
    *unjoined* requests went on without the observation of another sensor that they had waited
    for; *late_joins* of these came later. *profiles* says of stages that did not compute where
    their times come from.
    *sent* is what measured requests handed over of each output that travels, also what never came
    and what no answer waits for. *loads* is what links and workers were asked for, as measured.
    *simulated_by* names the simulator's engine, None of an emulation.
    *experiment* is the resolved configuration in plain JSON types, *environment* what ran it.
    """

    scenario: str
    engine: EngineName
    instances: int
    planned: int
    duration_s: float
    warmup_s: float
    requests: pd.DataFrame
    hops: pd.DataFrame
    health: Health
    tasks: tuple[str, ...] = ()
    budgets: Budgets = field(default_factory=Budgets)
    dilation: float = 1.0
    links: tuple[LinkResult, ...] = ()
    loads: tuple[Load, ...] = ()
    sent: Mapping[str, Sent] = field(default_factory=dict)
    unjoined: int = 0
    late_joins: int = 0
    profiles: Mapping[str, str] = field(default_factory=dict)
    quality: Mapping[str, Any] = field(default_factory=dict)
    experiment: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    repeat_command: str = ""
    simulated_by: SimulationEngine | None = None

    def __post_init__(self) -> None:
        check_requests(self.requests)
        check_hops(self.hops)


_REQUEST_TYPES = {
    "request": "int64",
    "instance": "int64",
    "sequence": "int64",
    "sensor": "str",
    "scheduled_ns": "int64",
    "warmup": "bool",
    "status": "str",
    "done_ns": "Int64",
}
_HOP_TYPES = {
    "request": "int64",
    "branch": "str",
    "critical": "bool",
    "index": "int64",
    "kind": "str",
    "stage": "str",
    "source": "str",
    "target": "str",
    "link": "str",
    "direction": "str",
    "start_ns": "int64",
    "end_ns": "int64",
    "bytes": "int64",
}


def requests_frame(rows: Iterable[Request]) -> pd.DataFrame:
    """The requests table: one row a planned request, typed also when there is none."""
    return _frame(rows, _REQUEST_TYPES)


def hops_frame(rows: Iterable[Hop]) -> pd.DataFrame:
    """The hops table: one row a hop, typed also when there is none."""
    return _frame(rows, _HOP_TYPES)


def check_requests(frame: pd.DataFrame) -> None:
    """Raise InternalError unless *frame* has the columns and words of `Request`."""
    _check_columns(frame, _REQUEST_TYPES, "requests")
    _check_words(frame, "status", STATUSES, "requests")


def check_hops(frame: pd.DataFrame) -> None:
    """Raise InternalError unless *frame* has the columns and words of `Hop`."""
    _check_columns(frame, _HOP_TYPES, "hops")
    _check_words(frame, "kind", HOP_KINDS, "hops")
    _check_words(frame, "direction", DIRECTIONS, "hops")


def _frame(rows: Iterable[object], types: Mapping[str, str]) -> pd.DataFrame:
    import pandas as pd

    kept = list(rows)
    return pd.DataFrame(
        {
            name: pd.Series([getattr(row, name) for row in kept], dtype=kind)
            for name, kind in types.items()
        }
    )


def _check_columns(frame: pd.DataFrame, types: Mapping[str, str], table: str) -> None:
    missing = [name for name in types if name not in frame.columns]
    if missing:
        raise InternalError(f"the {table} table lacks the columns {', '.join(missing)}")
    for name, kind in types.items():
        if kind == "int64" and str(frame[name].dtype) != "int64":
            raise InternalError(
                f"{table}.{name} must be int64 (virtual nanoseconds are whole), "
                f"not {frame[name].dtype}"
            )


def _check_words(frame: pd.DataFrame, column: str, words: tuple[str, ...], table: str) -> None:
    strange = sorted(set(map(str, frame[column].unique())) - set(words))
    if strange:
        raise InternalError(f"{table}.{column} holds '{strange[0]}', not one of {words}")
