"""The work of emulated workers, piece by piece in the order in which they did it.

A run's hops tell when a stage had what it needs, when its work began and ended, and when the
message with its output was handed over. What lies between two pieces of work of one worker, while a
request waited for it, is work too: handing the message over, waking up, reading the next message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.clock import NS_PER_S

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edge_aibench.simulate.plan import SimulationPlan

ENCODE = " (encode)"

_KEY = ["request", "stage", "node"]


def work_items(hops: pd.DataFrame, plan: SimulationPlan) -> pd.DataFrame:
    """One row a piece of work, sorted by worker and time; all instants in seconds.

    *stage* worked for *request* on *node*, of *group*, from *start* to *end* (its hold included);
    *ready* is when its last need had come (NaN where the run does not tell), *handed* when its
    output was given to the client (NaN if it was not published). Where a stage needs a sensor of
    its own node that is published too, it is ready when that was handed over (*sent*). *free* is
    when the worker had finished the piece before (-inf before the first, and on nodes without a
    worker). *batch* is how many requests were worked on together, *same* whether the piece before
    was of this request.
    """
    services = hops[(hops["kind"] == "service") & ~hops["stage"].str.endswith(ENCODE)]
    items = services.rename(columns={"source": "node"})
    items = items.drop_duplicates(_KEY)[[*_KEY, "start_ns", "end_ns"]].set_index(_KEY)
    items["end_ns"] = items["end_ns"].where(
        ~items.index.isin(_last(hops, "hold").index), _last(hops, "hold")["end_ns"]
    )
    items["ready_ns"] = _last(hops, "queue")["start_ns"]
    items["ready_ns"] = items["ready_ns"].fillna(_received(hops, items, plan))
    items["handed_ns"] = _first_handed(hops)
    items = items.reset_index()
    _wait_for_own_sensor(items, hops, plan)
    for name in ("start", "end", "ready", "handed"):
        items[name] = items.pop(f"{name}_ns").astype("float64") / NS_PER_S
    items["group"] = _groups(items["node"], plan)
    items["worker"] = _workers(items, plan)
    items = items.sort_values(["worker", "start", "end"], kind="stable").reset_index(drop=True)
    items["batch"] = items.groupby(["worker", "start", "end"])["request"].transform("size")
    before = items.shift(1)
    follows = (before["worker"] == items["worker"]) & items["worker"].ne("")
    free = before[["end", "handed"]].max(axis=1)
    items["free"] = free.where(follows, -np.inf)
    items["same"] = follows & (before["request"] == items["request"])
    items["published_before"] = before["handed"].notna() & follows
    return items


def publishing_s(items: pd.DataFrame) -> NDArray[np.float64]:
    """How long workers took from handing a message over to going on with the same request."""
    gaps = (items["start"] - items["free"])[_goes_on(items)].to_numpy(np.float64)
    return gaps[gaps >= 0.0]


def _goes_on(items: pd.DataFrame) -> pd.Series[bool]:
    """Whether only the handing over of the piece before kept the worker from this one."""
    return items["same"] & items["published_before"] & ~(items["ready"] > items["free"])


def handling_s(items: pd.DataFrame, publish_s: float) -> NDArray[np.float64]:
    """For each piece, what its worker spent from being able to begin until it began.

    *publish_s* is what handing over a message takes on the average: of the gap after a message this
    much is not counted again, and nothing of a gap that `publishing_s` counts. NaN where it cannot
    be told.
    """
    free = items["free"] + publish_s * items["published_before"]
    ready = items["ready"] + publish_s * items["sent"]
    able = np.fmax(ready.to_numpy(np.float64), free.to_numpy(np.float64))
    gaps: NDArray[np.float64] = items["start"].to_numpy(np.float64) - able
    gaps = np.where(_goes_on(items), 0.0, gaps)
    return np.where(np.isfinite(gaps), np.maximum(gaps, 0.0), np.nan)


def _wait_for_own_sensor(items: pd.DataFrame, hops: pd.DataFrame, plan: SimulationPlan) -> None:
    """A sensor's message is handed over before stages of its node take the observation."""
    scenario = plan.experiment.scenario
    sent = hops[(hops["kind"] == "transfer") & hops["stage"].isin(scenario.sensors)]
    handed_ns = sent.groupby(["request", "source"])["start_ns"].min()
    takes = {
        name
        for name, stage in scenario.stages.items()
        if any(need in scenario.sensors for need in stage.own_needs)
    }
    places = zip(items["request"], items["node"], strict=True)
    after_ns = handed_ns.reindex(list(places)).to_numpy(np.float64)
    own = items["stage"].isin(takes).to_numpy() & ~np.isnan(after_ns)
    items["ready_ns"] = np.where(own, np.fmax(items["ready_ns"], after_ns), items["ready_ns"])
    items["sent"] = own


def _last(hops: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Of each stage's hops of *kind* the one that began last, by request, stage and node."""
    found = hops[hops["kind"] == kind].rename(columns={"source": "node"})
    found = found.sort_values("start_ns", kind="stable").drop_duplicates(_KEY, keep="last")
    return found.set_index(_KEY)[["start_ns", "end_ns"]]


def _received(hops: pd.DataFrame, items: pd.DataFrame, plan: SimulationPlan) -> pd.Series[float]:
    """When the last need of each piece came over the network; only what came so is in it.

    Hops of background stages do not tell how long they waited.
    """
    import pandas as pd

    came = hops[hops["kind"] == "transfer"].rename(columns={"target": "node", "stage": "output"})
    came = came[["request", "output", "node", "end_ns"]]
    stages = plan.experiment.scenario.stages
    needs = pd.DataFrame(
        [(name, need) for name, stage in stages.items() for need in stage.own_needs],
        columns=["stage", "output"],
    )
    wanted = items.index.to_frame(index=False).merge(needs, on="stage")
    found = wanted.merge(came, on=["request", "output", "node"])
    return found.groupby(_KEY)["end_ns"].max()


def _first_handed(hops: pd.DataFrame) -> pd.Series[float]:
    sent = hops[hops["kind"] == "transfer"].rename(columns={"source": "node"})
    return sent.groupby(_KEY)["start_ns"].min()


def _groups(nodes: pd.Series[str], plan: SimulationPlan) -> pd.Series[str]:
    experiment = plan.experiment
    group_of = {
        str(node): group
        for group in plan.groups
        for node in experiment.topology.members(group, instances=experiment.instances)
    }
    return nodes.map(group_of)


def _workers(items: pd.DataFrame, plan: SimulationPlan) -> pd.Series[str]:
    """The worker that does each piece: of its node, of its stage alone, or "" where nobody waits.

    Several workers of one stage cannot be told apart; they are left out too.
    """
    import pandas as pd

    own = {
        (group.name, stage.name): stage.serving
        for group in plan.groups.values()
        for stage in group.stages
    }
    computes = {group.name for group in plan.groups.values() if group.computes}

    def worker(group: str, stage: str) -> str | None:
        serving = own[group, stage]
        if serving is None:
            return "" if group in computes else None
        return stage if serving.workers == 1 else None

    names = {key: worker(*key) for key in own}
    places = zip(items["node"], items["group"], items["stage"], strict=True)
    return pd.Series(
        [_worker_name(node, names[group, stage]) for node, group, stage in places],
        index=items.index,
        dtype="str",
    )


def _worker_name(node: str, own: str | None) -> str:
    if own is None:
        return ""
    return f"{node}/{own}" if own else node
