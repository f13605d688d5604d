"""Where the time went: the parts of the end-to-end latency, which add up to it.

Percentiles of parts do not add, so the tail is shown as a mean too: that of the requests in
the tail. Requests finish last on different paths; a part that a request's path has not is 0 for
it, so that the parts of a cohort add up to the cohort's mean latency.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from edge_aibench.record.data import RunData
from edge_aibench.record.latency import end_to_end_ns, foreground_hops, measured_requests
from edge_aibench.record.values import Entry, milliseconds

if TYPE_CHECKING:
    import pandas as pd

REMAINDER = "unaccounted"


class Part(Entry):
    """One part: *kind* of hop (or `unaccounted`), *label* for the reader, mean milliseconds."""

    kind: str
    label: str
    mean_ms: float


class Cohort(Entry):
    """The parts of the mean latency of *count* requests; they add up to *mean_ms*."""

    count: int
    mean_ms: float
    parts: tuple[Part, ...]


class Breakdown(Entry):
    """*all*: every answered request. *near_p99*: those ranked from p98.5 to p99.5.
    *slowest*: the slowest percent, at least one. None if no request was answered.
    """

    all: Cohort
    near_p99: Cohort
    slowest: Cohort


def break_down(data: RunData) -> Breakdown | None:
    """Take the answered, measured requests of *data* apart."""
    total_ns = _answered_ns(data).sort_values(kind="stable")
    if total_ns.empty:
        return None
    parts_ns = _parts_ns(data).reindex(total_ns.index, fill_value=0.0)
    number = len(total_ns)
    slowest = max(1, number // 100)
    low = min(math.ceil(0.985 * number), number)
    high = max(low, math.ceil(0.995 * number))
    return Breakdown(
        all=_cohort(parts_ns, total_ns),
        near_p99=_cohort(parts_ns.iloc[low - 1 : high], total_ns.iloc[low - 1 : high]),
        slowest=_cohort(parts_ns.iloc[-slowest:], total_ns.iloc[-slowest:]),
    )


def sum_errors(data: RunData) -> pd.Series[float]:
    """Per answered request: how far its critical hops miss its latency, as a share of it.

    A negative hop counts with its size on top, so that it cannot make up for a gap.
    """
    total_ns = _answered_ns(data)
    hops = foreground_hops(data)
    hops = hops[hops["critical"]]
    sums = hops.groupby("request")["duration_ns"].sum().reindex(total_ns.index, fill_value=0)
    negative = hops["duration_ns"].clip(upper=0).groupby(hops["request"]).sum()
    error_ns = (sums - total_ns).abs() + negative.reindex(total_ns.index, fill_value=0).abs()
    return error_ns / total_ns.clip(lower=1.0)


def _answered_ns(data: RunData) -> pd.Series[float]:
    requests = measured_requests(data)
    answered = requests[(requests["status"] == "answered") & requests["done_ns"].notna()]
    return end_to_end_ns(answered[~answered.index.duplicated()])


def _parts_ns(data: RunData) -> pd.DataFrame:
    """One row a request, one column a (kind, label), in the order of a request's life."""
    hops = foreground_hops(data)
    hops = hops[hops["critical"]]
    hops = hops.assign(label=_labels(hops))
    scheduled = data.requests.drop_duplicates("request").set_index("request")["scheduled_ns"]
    since_ns = hops["start_ns"] - hops["request"].map(scheduled)
    order = since_ns.groupby([hops["kind"], hops["label"]]).mean().sort_values(kind="stable")
    table = hops.pivot_table(
        index="request",
        columns=["kind", "label"],
        values="duration_ns",
        aggfunc="sum",
        fill_value=0,
    )
    return table[list(order.index)]


def _labels(hops: pd.DataFrame) -> pd.Series[str]:
    """A transfer is named by link and direction, other hops by their stage."""
    where = (hops["link"] + " " + hops["direction"]).str.strip()
    inside = hops["stage"].where(where == "", where)
    named = inside.where(hops["kind"] == "transfer", hops["stage"])
    return named.where(hops["kind"] != "lateness", "generator")


def _cohort(parts_ns: pd.DataFrame, total_ns: pd.Series[float]) -> Cohort:
    mean_ns = float(total_ns.mean())
    means_ns = parts_ns.mean()
    parts = [
        Part(kind=str(key[0]), label=str(key[1]), mean_ms=milliseconds(float(means_ns[key])))
        for key in parts_ns.columns.to_flat_index()
    ]
    rest_ms = milliseconds(mean_ns) - math.fsum(part.mean_ms for part in parts)
    # What the hops do not cover is shown, never spread over the others (rounding aside).
    if abs(rest_ms) > 1e-6:
        parts.append(Part(kind=REMAINDER, label="no hop", mean_ms=rest_ms))
    return Cohort(count=len(total_ns), mean_ms=milliseconds(mean_ns), parts=tuple(parts))
