"""Every planned request is accounted for exactly once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_aibench.clock import NS_PER_S
from edge_aibench.record.data import BACKGROUND, RunData
from edge_aibench.record.latency import end_to_end_ns, measured_requests
from edge_aibench.record.values import Entry

if TYPE_CHECKING:
    import pandas as pd


class Counts(Entry):
    """Where the planned requests went: *planned* is the sum of all that follow up to *unaccounted*.

    Without an end-to-end budget nothing is late. *dropped* requests were given up because they
    were late, *filtered* ones had nothing to answer. *background_hops*, *unjoined* and
    *late_joins* are shown, not accounted.
    """

    planned: int
    warmup: int
    in_time: int
    late: int
    timed_out: int
    failed: int
    dropped: int = 0
    filtered: int = 0
    unaccounted: int
    background_hops: int
    unjoined: int = 0
    late_joins: int = 0

    @property
    def measured(self) -> int:
        """Requests that the statistics are about."""
        return self.in_time + self.late + self.timed_out + self.failed + self.dropped

    @property
    def answered(self) -> int:
        return self.in_time + self.late


def count(data: RunData) -> Counts:
    """Sort all requests by what became of them; what does not add up is `unaccounted`."""
    budget = data.budgets.end_to_end
    requests = measured_requests(data)
    answered = requests[requests["status"] == "answered"]
    late = 0
    if budget is not None:
        late = int((end_to_end_ns(answered) > round(budget.limit_s * NS_PER_S)).sum())
    warmup = int(data.requests["warmup"].sum())
    return Counts(
        planned=data.planned,
        warmup=warmup,
        in_time=len(answered) - late,
        late=late,
        timed_out=int((requests["status"] == "timeout").sum()),
        failed=int((requests["status"] == "failed").sum()),
        dropped=int((requests["status"] == "dropped").sum()),
        filtered=int((requests["status"] == "filtered").sum()),
        unaccounted=data.planned - warmup - len(requests),
        background_hops=int((data.hops["branch"] == BACKGROUND).sum()),
        unjoined=data.unjoined,
        late_joins=data.late_joins,
    )


def accounting_problems(data: RunData, counts: Counts) -> tuple[str, ...]:
    """What is wrong with the books; nothing if each request ended exactly once."""
    requests = data.requests
    problems = []
    if counts.unaccounted > 0:
        problems.append(f"{counts.unaccounted} planned requests left no trace")
    if counts.unaccounted < 0:
        problems.append(f"{-counts.unaccounted} requests more than planned")
    if twice := int(requests["request"].duplicated().sum()):
        problems.append(f"{twice} requests ended more than once")
    if same := _same_observation(requests):
        problems.append(f"{same} observations were sent as two requests")
    answered = requests["status"] == "answered"
    if open_ended := int((answered & requests["done_ns"].isna()).sum()):
        problems.append(f"{open_ended} answered requests have no time of answer")
    if early := int((requests["done_ns"] < requests["scheduled_ns"]).sum()):
        problems.append(f"{early} answers came before their request")
    if foreign := _foreign_hops(data):
        problems.append(f"{foreign} hops belong to no request")
    return tuple(problems)


def _same_observation(requests: pd.DataFrame) -> int:
    once = requests.drop_duplicates("request")
    return int(once.duplicated(["sensor", "instance", "sequence"]).sum())


def _foreign_hops(data: RunData) -> int:
    return int((~data.hops["request"].isin(data.requests["request"])).sum())
