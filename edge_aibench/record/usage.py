"""How long nodes worked and what crossed links, from the tables of a run and what it sent.

Only the measured requests count, with all that was done for them, also in the background. What a
broker does and what a sensor takes to observe is no hop, so it is not work here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.clock import NS_PER_S
from edge_aibench.config.values import FROM_DOCUMENT
from edge_aibench.model.routing import route
from edge_aibench.record.data import RunData, Sent
from edge_aibench.record.energy import Usage
from edge_aibench.record.offered_load import CONFIRMING_BITS, Way, crossings, other_way
from edge_aibench.record.values import Entry

if TYPE_CHECKING:
    import pandas as pd

    from edge_aibench.model.experiment import Experiment

_SPAN = ["kind", "stage", "source", "start_ns", "end_ns"]


class LinkTraffic(Entry):
    """What crossed one link, all of its wires together, headers and confirmations included."""

    up_bytes: float
    down_bytes: float
    up_bytes_per_request: float
    down_bytes_per_request: float


def traffic_of(usage: Usage) -> dict[str, LinkTraffic]:
    """What crossed each link, by its name."""
    links = dict.fromkeys(link for link, _ in usage.wire_bytes)
    return {
        link: _traffic(
            usage.wire_bytes.get((link, "up"), 0.0),
            usage.wire_bytes.get((link, "down"), 0.0),
            usage.requests,
        )
        for link in links
    }


def pooled_traffic(
    runs: Sequence[Mapping[str, LinkTraffic]], *, requests: int
) -> dict[str, LinkTraffic]:
    """What crossed each link in repeats of one experiment, *requests* in all."""
    links = dict.fromkeys(link for run in runs for link in run)
    return {
        link: _traffic(
            math.fsum(run[link].up_bytes for run in runs if link in run),
            math.fsum(run[link].down_bytes for run in runs if link in run),
            requests,
        )
        for link in links
    }


def _traffic(up_bytes: float, down_bytes: float, requests: int) -> LinkTraffic:
    return LinkTraffic(
        up_bytes=up_bytes,
        down_bytes=down_bytes,
        up_bytes_per_request=up_bytes / requests,
        down_bytes_per_request=down_bytes / requests,
    )


def saved_experiment(data: RunData) -> Experiment | None:
    """The experiment that *data* holds, as far as energy depends on it; None if that is missing."""
    from edge_aibench.model.experiment import Experiment

    # Not its timings, profiles and traces of load, which may be long.
    wanted = ("source", "scenario", "topology", "placement", "instances")
    whole = ("scenario", "topology", "placement")
    if not all(isinstance(data.experiment.get(key), Mapping) for key in whole):
        return None
    parts = {key: data.experiment[key] for key in wanted if key in data.experiment}
    return Experiment.model_validate(parts, context=FROM_DOCUMENT)


def usage_of(data: RunData, experiment: Experiment, *, interrupted: bool = False) -> Usage | None:
    """What the measured requests of *data* used; None if nothing was measured.

    An *interrupted* run is taken to end with its last request.
    """
    measured = data.requests[~data.requests["warmup"]]
    time_s = data.duration_s
    if interrupted and len(measured):
        last_s = float(measured["scheduled_ns"].max()) / NS_PER_S
        time_s = min(time_s, last_s - data.warmup_s)
    if measured.empty or time_s <= 0:
        return None
    hops = data.hops[data.hops["request"].isin(measured["request"])]
    return Usage(
        time_s=time_s,
        requests=int(measured["request"].nunique()),
        busy_s=_busy_s(hops, experiment),
        wire_bytes=bytes_on_links(experiment, data.sent),
    )


def _busy_s(hops: pd.DataFrame, experiment: Experiment) -> dict[str, float]:
    """Seconds of service, hold included, by node group."""
    work = hops[hops["kind"].isin(["service", "hold"])]
    # A stage on two paths of a request has a hop on each of them, and worked once.
    work = work.drop_duplicates(["request", *_SPAN])
    spans = work.groupby(_SPAN, sort=False).size().rename("requests").reset_index()
    # Requests of one batch share its span; so may those of two workers that began together.
    largest = spans["stage"].astype(object).map(_largest_batches(experiment))
    batches = spans["requests"].to_numpy() / largest.fillna(1).to_numpy(dtype=np.float64)
    seconds = (spans["end_ns"] - spans["start_ns"]) * np.ceil(batches) / NS_PER_S
    groups = spans["source"].astype(object).map(_groups_by_node(experiment))
    return {str(name): float(total) for name, total in seconds.groupby(groups).sum().items()}


def _largest_batches(experiment: Experiment) -> dict[str, int]:
    """The largest batch of each stage that works in batches."""
    return {
        name: stage.serving.max_batch
        for name, stage in experiment.scenario.stages.items()
        if stage.serving is not None and stage.serving.max_batch > 1
    }


def _groups_by_node(experiment: Experiment) -> dict[str, str]:
    topology = experiment.topology
    return {
        str(member): group
        for group in topology.nodes
        for member in topology.members(group, instances=experiment.instances)
    }


def bytes_on_links(
    experiment: Experiment, sent: Mapping[str, Sent]
) -> dict[tuple[str, Way], float]:
    """Bytes on the wires of each link: every message once for each link that it crosses.

    *sent* is what was sent of each output that travels; confirmations are added.
    """
    topology = experiment.topology
    routes = route(experiment.scenario, topology, experiment.placement)
    confirmed = experiment.scenario.qos > 0
    found: dict[tuple[str, Way], float] = {}
    for output, put in sent.items():
        for link, way in crossings(routes, topology, output):
            found[link, way] = found.get((link, way), 0.0) + put.bits / 8
            if confirmed:
                back = (link, other_way(way))
                found[back] = found.get(back, 0.0) + put.messages * CONFIRMING_BITS / 8
    return found
