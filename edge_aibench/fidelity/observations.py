"""What the record of an emulated run says about work and messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.clock import NS_PER_S
from edge_aibench.config.values import FROM_DOCUMENT
from edge_aibench.errors import ConfigError
from edge_aibench.fidelity.broker_time import broker_s
from edge_aibench.fidelity.link_time import link_time
from edge_aibench.fidelity.work_items import ENCODE, handling_s, publishing_s, work_items
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.timings import Replay
from edge_aibench.record.load import fullest
from edge_aibench.record.opened import OpenedRun
from edge_aibench.simulate.plan import SimulationPlan

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class StageObservations:
    """Of one stage by request: seconds of work on hardware of speed 1 and of handling.

    With *scaled* the work is its hardware's own time: a profile's. Only work on a request alone is
    in it; *marginal* is what each further one of a batch added (1: as much again). *passes* is the
    share that passed something on, *payload_bytes* the mean size of an output (None if none was
    published).
    """

    requests: NDArray[np.int64]
    work_s: Numbers
    handling_s: Numbers
    marginal: float
    passes: float
    payload_bytes: float | None
    scaled: bool = False


@dataclass(frozen=True)
class RunObservations:
    """Everything that one run says; seconds are virtual.

    *requests* are its measured requests by when they were due, *due_s*. *transfer_s* holds the time
    of messages besides the links, by bytes of payload; *rough_transfer_s* does where links' jitter
    is so large that behind it little can be told. *broker_s* is a broker's work on one message (0
    where the record does not tell). *worker_use* is that of the fullest worker.
    *log* is what each stage took for every request that was planned, its handling included, on its
    own hardware and by when requests were due (None with several sensors).
    """

    run: str
    experiment: Experiment
    stages: Mapping[str, StageObservations]
    encode_s: Numbers
    publish_s: Numbers
    transfer_s: Mapping[int, Numbers]
    rough_transfer_s: Mapping[int, Numbers]
    worker_use: float
    host_use: float | None
    requests: NDArray[np.int64]
    due_s: Numbers
    log: Replay | None = None
    broker_s: float = 0.0
    encode_by_size_s: Mapping[int, Numbers] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many requests were measured."""
        return len(self.requests)


def experiment_of(run: OpenedRun) -> Experiment:
    """The experiment of a run folder. Raises ConfigError without one."""
    if run.config is None:
        raise ConfigError("holds no configuration", where=str(run.path), next_step=_RUN_AGAIN)
    return Experiment.model_validate(run.config, context=FROM_DOCUMENT)


def observe(run: OpenedRun) -> RunObservations:
    """Read times out of *run*. Raises ConfigError for one that cannot tell them."""
    if run.requests is None or run.hops is None or run.summary is None:
        raise ConfigError("was cut short: it holds no tables", where=str(run.path))
    if run.summary.engine != "emulate":
        raise ConfigError(
            "was not emulated: a calibration needs what really took its time",
            where=str(run.path),
            value=run.summary.engine,
            next_step=_RUN_AGAIN,
        )
    experiment = experiment_of(run)
    plan = SimulationPlan.of(experiment)
    kept = run.requests[~run.requests["warmup"] & (run.requests["status"] != "failed")]
    kept = kept.sort_values("scheduled_ns", kind="stable")
    measured = kept["request"]
    # All work counts for what comes before a piece of work, that of the warm-up too.
    items = work_items(run.hops, plan)
    publish_s = publishing_s(items)
    mean_publish_s = float(publish_s.mean()) if publish_s.size else 0.0
    items = items.assign(handling=handling_s(items, mean_publish_s))
    log = _log(items, run.requests) if len(experiment.scenario.sensors) == 1 else None
    items = items[items["request"].isin(measured)]
    hops = run.hops[run.hops["request"].isin(measured)]
    workers = [load for load in run.summary.loads if load.kind == "workers"]
    most = fullest(workers)
    calm, rough = _transfers_s(hops, plan)
    return RunObservations(
        run=run.path.name,
        experiment=experiment,
        stages=_stages(items, hops, run.requests, plan),
        encode_s=_encode_s(hops),
        publish_s=publish_s,
        transfer_s=calm,
        rough_transfer_s=rough,
        worker_use=0.0 if most is None else most.share,
        host_use=run.summary.health.cpu_use,
        requests=measured.to_numpy(np.int64),
        due_s=kept["scheduled_ns"].to_numpy(np.float64) / NS_PER_S,
        log=log,
        broker_s=broker_s(run.summary, run.hops, plan),
        encode_by_size_s=_encode_by_size_s(hops),
    )


_RUN_AGAIN = "name run folders that `edge-aibench emulate` wrote"


def _stages(
    items: pd.DataFrame, hops: pd.DataFrame, requests: pd.DataFrame, plan: SimulationPlan
) -> dict[str, StageObservations]:
    experiment = plan.experiment
    speeds = {
        (group.name, stage.name): stage.speed
        for group in plan.groups.values()
        for stage in group.stages
    }
    found = {}
    for stage in items["stage"].unique():
        own = items[items["stage"] == stage]
        speed = np.array([speeds[group, stage] for group in own["group"]])
        worked_s = (own["end"] - own["start"]).to_numpy(np.float64)
        profiled = stage in experiment.profiles
        at_one_s = worked_s if profiled else worked_s * speed
        batch = own["batch"].to_numpy(np.int64)
        batch = np.where(_serves_batches(plan, stage), batch, 1)
        alone = batch == 1
        marginal = _marginal(at_one_s, batch)
        found[stage] = StageObservations(
            requests=own["request"].to_numpy(np.int64)[alone if alone.any() else slice(None)],
            work_s=at_one_s[alone] if alone.any() else at_one_s / (1 + (batch - 1) * marginal),
            handling_s=own["handling"].to_numpy(np.float64)[alone if alone.any() else slice(None)],
            marginal=marginal,
            passes=_passes(stage, own, hops, requests, plan),
            payload_bytes=_payload_bytes(stage, hops),
            scaled=profiled,
        )
    return found


def _log(items: pd.DataFrame, requests: pd.DataFrame) -> Replay:
    """What each stage took for every request; where it did nothing, what it took on the average."""
    order = requests.sort_values(["scheduled_ns", "request"], kind="stable")["request"]
    took_s = (items["end"] - items["start"] + items["handling"].fillna(0.0)).clip(lower=0.0)
    columns = {}
    for stage in items["stage"].unique():
        own = took_s[items["stage"] == stage].groupby(items["request"]).max()
        column = own.reindex(order).fillna(float(own.mean()))
        columns[stage] = tuple(column.round(9).tolist())
    return Replay(rows=len(order), columns=columns, source="the run itself")


def _serves_batches(plan: SimulationPlan, stage: str) -> bool:
    serving = plan.experiment.scenario.stages[stage].serving
    return serving is not None and serving.max_batch > 1


def _marginal(work_s: Numbers, batch: NDArray[np.int64]) -> float:
    """What each further request of a batch adds, as a share of the first: 1 where unknown."""
    sizes = np.unique(batch)
    if len(sizes) < 2:
        return 1.0
    means_s = np.array([work_s[batch == size].mean() for size in sizes])
    slope_s, alone_s = np.polyfit(sizes - 1.0, means_s, 1)
    return float(np.clip(slope_s / alone_s, 0.0, 1.0)) if alone_s > 0 else 1.0


def _passes(
    stage: str,
    own: pd.DataFrame,
    hops: pd.DataFrame,
    requests: pd.DataFrame,
    plan: SimulationPlan,
) -> float:
    """The share of the stage's requests to which it had something to say."""
    served = own["request"].nunique()
    sent = hops[(hops["kind"] == "transfer") & (hops["stage"] == stage)]
    planned = [s for group in plan.groups.values() for s in group.stages if s.name == stage]
    if not sent.empty:
        if any(s.announces for s in planned) and bool((sent["bytes"] > 0).any()):
            sent = sent[sent["bytes"] > 0]
        return min(1.0, sent["request"].nunique() / served)
    silent = any(s.leads_to_end and not s.announces for s in planned)
    if not silent:
        return 1.0
    # Of all stages that end requests without a word, it was the last one at work on them.
    ended = requests.loc[requests["status"] == "filtered", "request"]
    later = {s.name for group in plan.groups.values() for s in group.stages} - {stage}
    after = {name for name in later if stage in _before(plan, name)}
    went_on = hops.loc[hops["stage"].isin(after) & hops["request"].isin(ended), "request"]
    mine = set(own["request"]) & set(ended) - set(went_on)
    return 1.0 - len(mine) / served


def _before(plan: SimulationPlan, stage: str) -> frozenset[str]:
    from edge_aibench.model.silence import ancestors

    return ancestors(plan.experiment.scenario, stage)


def _payload_bytes(output: str, hops: pd.DataFrame) -> float | None:
    sent = hops[(hops["kind"] == "transfer") & (hops["stage"] == output) & (hops["bytes"] > 0)]
    return None if sent.empty else float(sent["bytes"].mean())


def _encode_s(hops: pd.DataFrame) -> Numbers:
    encoded = hops[(hops["kind"] == "service") & hops["stage"].str.endswith(ENCODE)]
    seconds: Numbers = (encoded["end_ns"] - encoded["start_ns"]).to_numpy(np.float64) / NS_PER_S
    return seconds


def _encode_by_size_s(hops: pd.DataFrame) -> dict[int, Numbers]:
    """The same by bytes of payload, which are those of the message that followed."""
    encoded = hops[(hops["kind"] == "service") & hops["stage"].str.endswith(ENCODE)]
    sent = hops[(hops["kind"] == "transfer") & (hops["bytes"] > 0)]
    sizes = sent.groupby("stage")["bytes"].mean().round().astype(int)
    found: dict[int, list[Numbers]] = {}
    for output, size_bytes in sizes.items():
        own = encoded[encoded["stage"] == f"{output}{ENCODE}"]
        found.setdefault(int(size_bytes), []).append(_encode_s(own))
    return {size: times_s for size, times_s in _joined(found).items() if len(times_s)}


# Links whose jitter is a small part of the rest. Behind much jitter messages wait for earlier ones
# that were delayed more, which would count as the rest's (0.31 instead of 0.06 ms, over a WAN).
_CALM = 0.5


def _transfers_s(
    hops: pd.DataFrame, plan: SimulationPlan
) -> tuple[dict[int, Numbers], dict[int, Numbers]]:
    """What messages took besides the links, by bytes of payload: over calm links and over others.

    Those that crossed a bridge are left out.
    """
    late_s = _lateness_s(hops, plan)
    calm: dict[int, list[Numbers]] = {}
    rough: dict[int, list[Numbers]] = {}
    for output, source, target, sent in _flows(hops, plan):
        # Words that there is nothing are empty; where all are, the output itself is.
        spoke = sent[sent["bytes"] > 0] if bool((sent["bytes"] > 0).any()) else sent
        size_bytes = round(float(spoke["bytes"].mean()))
        links = link_time(plan, output, source, target, size_bytes)
        if links.brokers > 1 or links.moves:
            continue
        took_s = (spoke["end_ns"] - spoke["start_ns"]).to_numpy(np.float64) / NS_PER_S
        if output in late_s:
            took_s = took_s + late_s[output].reindex(spoke["request"]).fillna(0.0).to_numpy()
        rest_s = took_s - links.mean_s
        is_calm = links.variance <= (_CALM * float(rest_s.mean())) ** 2
        found = calm if is_calm else rough
        found.setdefault(size_bytes, []).append(without_jitter(rest_s, links.variance))
    return _joined(calm), _joined(rough)


def _joined(found: Mapping[int, list[Numbers]]) -> dict[int, Numbers]:
    return {size: np.concatenate(parts) for size, parts in sorted(found.items())}


def without_jitter(rest_s: Numbers, variance: float) -> Numbers:
    """*rest_s* drawn together about its mean, so that its variance lacks that of the links.

    Links' jitter is drawn again in simulation. Nothing falls below zero.
    """
    spread = float(rest_s.var())
    share = np.sqrt(max(0.0, 1.0 - variance / spread)) if spread > 0 else 1.0
    mean = float(rest_s.mean())
    drawn: Numbers = np.maximum(mean + (rest_s - mean) * share, 0.0)
    return drawn


def _lateness_s(hops: pd.DataFrame, plan: SimulationPlan) -> dict[str, pd.Series[float]]:
    """How late published sensors were, by request: simulated ones are not."""
    late = hops[hops["kind"] == "lateness"].drop_duplicates("request").set_index("request")
    seconds = (late["end_ns"] - late["start_ns"]) / NS_PER_S
    return {sensor: seconds[late["stage"] == sensor] for sensor in plan.experiment.scenario.sensors}


def _flows(
    hops: pd.DataFrame, plan: SimulationPlan
) -> Iterator[tuple[str, str, str, pd.DataFrame]]:
    """Each output's messages from one group to another: output, source, target, hops."""
    experiment = plan.experiment
    members = {
        group: {str(n) for n in experiment.topology.members(group, instances=experiment.instances)}
        for group in plan.groups
    }
    transfers = hops[hops["kind"] == "transfer"]
    for (output, source), sent in plan.publications.items():
        for delivery in sent.deliveries:
            own = transfers[
                (transfers["stage"] == output)
                & transfers["source"].isin(members[source])
                & transfers["target"].isin(members[delivery.target])
            ]
            if not own.empty:
                one_each = own.drop_duplicates(["request", "target"])
                yield output, source, delivery.target, one_each


def opened(path: Path) -> RunObservations:
    """Open a run folder and read it. Raises ConfigError as `open_run` and `observe` do."""
    from edge_aibench.record.opened import open_run

    return observe(open_run(path))
