"""The latencies of a run's measured requests, from its raw tables.

Warm-up is left out, and so are filtered requests, which have nothing to answer. A request that was
never answered has an infinite latency in everything it could count against; it is never removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from edge_aibench.record.data import BACKGROUND, SHARED

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


class Tables(Protocol):
    """The raw tables of a run, fresh (`RunData`) or read back."""

    @property
    def requests(self) -> pd.DataFrame: ...

    @property
    def hops(self) -> pd.DataFrame: ...

    @property
    def tasks(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Latencies:
    """Nanoseconds (float64, infinite where no answer came) in the order of the schedule.

    *end_to_end_ns*: scheduled until the whole answer. *tasks_ns*: scheduled until the end of
    that task's path. *up_ns*, *down_ns*: one-way communication in that direction, the sum of
    the transfers on a path and the longest of a request's paths; requests without such a
    message have no value. *round_trip_ns*: all transfers on the path that finished last.
    """

    end_to_end_ns: NDArray[np.float64]
    tasks_ns: Mapping[str, NDArray[np.float64]]
    up_ns: NDArray[np.float64]
    down_ns: NDArray[np.float64]
    round_trip_ns: NDArray[np.float64]

    def named(self) -> dict[str, NDArray[np.float64]]:
        """All series that hold a value, by the name under which they are printed."""
        series = {
            "e2e": self.end_to_end_ns,
            "comm.up": self.up_ns,
            "comm.down": self.down_ns,
            "comm.round-trip": self.round_trip_ns,
            **self.tasks_ns,
        }
        return {name: values for name, values in series.items() if values.size}


def latencies(data: Tables) -> Latencies:
    """Compute all latencies of *data*."""
    import numpy as np

    requests = measured_requests(data)
    requests = requests[requests["status"] != "filtered"]
    hops = foreground_hops(data)
    return Latencies(
        end_to_end_ns=np.asarray(end_to_end_ns(requests), dtype=np.float64),
        tasks_ns={task: _task_ns(requests, hops, task) for task in data.tasks},
        up_ns=_one_way_ns(requests, hops, "up"),
        down_ns=_one_way_ns(requests, hops, "down"),
        round_trip_ns=_round_trip_ns(requests, hops),
    )


def measured_requests(data: Tables) -> pd.DataFrame:
    """Requests after the warm-up, indexed by `request`, in the order of the schedule."""
    requests = data.requests[~data.requests["warmup"]]
    return requests.sort_values(["scheduled_ns", "request"], kind="stable").set_index("request")


def foreground_hops(data: Tables) -> pd.DataFrame:
    """Hops of measured requests that belong to an answer, with their *duration_ns*."""
    measured = data.requests.loc[~data.requests["warmup"], "request"]
    hops = data.hops
    kept = hops[(hops["branch"] != BACKGROUND) & hops["request"].isin(measured)]
    return kept.assign(duration_ns=kept["end_ns"] - kept["start_ns"])


def end_to_end_ns(requests: pd.DataFrame) -> pd.Series[float]:
    """Scheduled until answered, by request; infinite without an answer."""
    import numpy as np

    elapsed = requests["done_ns"].astype("Float64") - requests["scheduled_ns"]
    answered = (requests["status"] == "answered") & requests["done_ns"].notna()
    return elapsed.where(answered, np.inf).astype("float64")


def _task_ns(requests: pd.DataFrame, hops: pd.DataFrame, task: str) -> NDArray[np.float64]:
    ends = hops[hops["branch"] == task].groupby("request")["end_ns"].max()
    return _with_unanswered(requests, ends.reindex(requests.index) - requests["scheduled_ns"])


def _one_way_ns(requests: pd.DataFrame, hops: pd.DataFrame, direction: str) -> NDArray[np.float64]:
    transfers = hops[(hops["kind"] == "transfer") & (hops["direction"] == direction)]
    if transfers.empty and bool((requests["status"] == "answered").any()):
        return _nothing()
    sums = transfers.groupby(["request", "branch"])["duration_ns"].sum().unstack("branch")
    shared = sums[SHARED].fillna(0) if SHARED in sums.columns else 0
    branches = sums.drop(columns=[SHARED], errors="ignore")
    longest = branches.max(axis=1).fillna(0) if branches.shape[1] else 0
    total = (sums.notna().any(axis=1) * 0.0) + shared + longest
    return _with_unanswered(requests, total.reindex(requests.index))


def _round_trip_ns(requests: pd.DataFrame, hops: pd.DataFrame) -> NDArray[np.float64]:
    transfers = hops[(hops["kind"] == "transfer") & hops["critical"] & (hops["direction"] != "")]
    if transfers.empty and bool((requests["status"] == "answered").any()):
        return _nothing()
    sums = transfers.groupby("request")["duration_ns"].sum()
    return _with_unanswered(requests, sums.reindex(requests.index))


def _with_unanswered(requests: pd.DataFrame, values: pd.Series[float]) -> NDArray[np.float64]:
    import numpy as np

    answered = (requests["status"] == "answered").to_numpy()
    series = np.array(values, dtype=np.float64)
    series[~answered] = np.inf
    kept: NDArray[np.float64] = series[~np.isnan(series)]
    return kept


def _nothing() -> NDArray[np.float64]:
    import numpy as np

    return np.empty(0, dtype=np.float64)
