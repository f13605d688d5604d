"""Messages of many sizes between two hosts, through a broker: how long each takes.

One sensor sends a message of another size each time, and a stage that does nothing sends it back.
The next one is due when the last has long come back, so that none waits for another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edge_aibench.clock import NS_PER_S
from edge_aibench.model.components import NOT_JUDGED, Answer, Call, Context
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.placement import place
from edge_aibench.model.scenario import Scenario
from edge_aibench.model.topology import Topology
from edge_aibench.model.workload import Workload

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edge_aibench.model.calibration import QualityOfService
    from edge_aibench.model.experiment import BackendName

    Numbers = NDArray[np.float64]

LARGE_BYTES = 100_000
"""A message from this size on is sent as often as `Pattern.large` says."""

INTERVAL_S = 0.05
"""On the wall. A megabyte there and back takes most of it, over two links of the relay."""

_SENSOR, _STAGE, _END = "ping", "echo", "answer"


def pattern(sizes_bytes: Iterable[int], *, small: int, large: int) -> tuple[int, ...]:
    """The sizes in the order in which they are sent: each *small* times, the large ones *large*.

    Sizes take turns for as long as there are several left, so that whatever the machine does for a
    while meets all of them.
    """
    ascending = sorted(set(sizes_bytes))
    left = {size: large if size >= LARGE_BYTES else small for size in ascending}
    turns = max(left.values(), default=0)
    # The fewer messages of a size are spread over all turns.
    return tuple(
        size
        for turn in range(turns)
        for size, number in left.items()
        if turn * number // turns != (turn + 1) * number // turns
    )


def size_experiment(
    sizes_bytes: Sequence[int],
    *,
    source: str,
    qos: QualityOfService,
    dilation: float,
    backend: BackendName,
    seed: int,
) -> Experiment:
    """Send messages of *sizes_bytes*, one after the other, from one host to another and back.

    *source* is the scenario by whose folder a record that was cut short is finished.
    """
    interval_s = INTERVAL_S / dilation
    scenario = _scenario(interval_s, float(np.mean(sizes_bytes)), qos)
    topology = _two_hosts()
    return Experiment(
        source=source,
        scenario=scenario,
        topology=topology,
        placement=place(scenario, topology),
        instances=1,
        # From whatever phase: one observation an interval.
        workload=Workload(duration_s=len(sizes_bytes) * interval_s, warmup_s=0.0, seed=seed),
        dilation=dilation,
        backend=backend,
    )


def transfers_s(requests: pd.DataFrame, hops: pd.DataFrame) -> dict[int, Numbers]:
    """Seconds (virtual) of the messages of each size, there and back, besides the links.

    A sensor's lateness counts to it, as it does in a calibration from runs. Messages of a request
    that was due before the one before it was answered are left out.
    """
    alone = _met_nobody(requests)
    late = hops[hops["kind"] == "lateness"].drop_duplicates("request").set_index("request")
    late_ns = late["end_ns"] - late["start_ns"]
    sent = hops[(hops["kind"] == "transfer") & hops["request"].isin(alone)]
    took_ns = (sent["end_ns"] - sent["start_ns"]).to_numpy(np.float64)
    own_late_ns = late_ns.reindex(sent["request"]).fillna(0.0).to_numpy(np.float64)
    took_ns += np.where(sent["stage"] == _SENSOR, own_late_ns, 0.0)
    sizes = sent["bytes"].to_numpy(np.int64)
    return {int(size): took_ns[sizes == size] / NS_PER_S for size in np.unique(sizes)}


def _met_nobody(requests: pd.DataFrame) -> pd.Series[int]:
    ordered = requests.sort_values("scheduled_ns", kind="stable")
    answered = ordered["status"] == "answered"
    done_ns = ordered["done_ns"].astype("Float64").fillna(float("inf")).astype("float64")
    before_ns = done_ns.cummax().shift(1).fillna(-1.0)
    kept = answered & (before_ns <= ordered["scheduled_ns"]) & ~ordered["warmup"]
    return ordered.loc[kept, "request"]


class _Bytes:
    """Bytes as they are."""

    def encode(self, output: bytes) -> bytes:
        return output

    def decode(self, payload: bytes) -> bytes:
        return payload


class _Ping:
    """Observes as many bytes as it is the turn of."""

    def __init__(self, payloads: Sequence[bytes]) -> None:
        self._payloads = payloads

    def observe(self, instance: int, sequence: int) -> bytes:
        del instance
        return self._payloads[sequence % len(self._payloads)]


class _Echo:
    """Gives back what it got."""

    def process(self, call: Call) -> bytes:
        payload: bytes = next(iter(call.inputs.values()))
        return payload


class SizeComponents:
    """The parts of `size_experiment`."""

    def __init__(self, sizes_bytes: Sequence[int]) -> None:
        known = {size: bytes(size) for size in set(sizes_bytes)}
        self._payloads = [known[size] for size in sizes_bytes]

    def prepare(self) -> None:
        """Nothing to read."""

    def sensor(self, name: str) -> _Ping:
        del name
        return _Ping(self._payloads)

    def stages(self, names: Sequence[str], instances: Sequence[int]) -> dict[str, _Echo]:
        del instances
        return {name: _Echo() for name in names}

    def codec(self, name: str) -> _Bytes:
        del name
        return _Bytes()

    def score(self, stage: str, instance: int, sequence: int, output: Any) -> float:
        """There is nothing to judge."""
        del stage, instance, sequence, output
        return NOT_JUDGED

    def quality(self, answers: Sequence[Answer]) -> dict[str, Any]:
        del answers
        return {}


def components(context: Context) -> SizeComponents:
    """The factory by which a record that was cut short is finished: its messages are sent."""
    del context
    return SizeComponents((1,))


def _scenario(interval_s: float, mean_bytes: float, qos: QualityOfService) -> Scenario:
    stages: Mapping[str, Any] = {
        _STAGE: {"kind": "preprocess", "needs": [_SENSOR], "place": "edge", "payload": mean_bytes},
        _END: {"kind": "actuate", "needs": [_STAGE], "place": "device"},
    }
    return Scenario.model_validate(
        {
            "name": f"message-sizes-qos-{qos}",
            "title": "Messages of many sizes, there and back",
            "topology": "two-hosts",
            "components": f"{__name__}:components",
            "instances": {"name": "sender", "default": 1},
            "sensors": {
                _SENSOR: {
                    "node": "sender",
                    "arrivals": {"law": "periodic", "interval": interval_s},
                    "payload": mean_bytes,
                }
            },
            "stages": stages,
            "done-at": _END,
            "timeout": 5.0,
            "qos": qos,
        }
    )


def _two_hosts() -> Topology:
    """Sender - switch - edge (broker): as many links as most scenarios have on the way."""
    here = {"name": "this-machine", "speed": 1.0}
    return Topology.model_validate(
        {
            "name": "two-hosts",
            "nodes": {
                "sender": {"tier": "device", "count": "instances", "hardware": here},
                "switch": {"tier": "edge", "kind": "switch"},
                "edge": {"tier": "edge", "hardware": here, "broker": True},
            },
            "links": {
                "access": {"between": ["sender", "switch"]},
                "backhaul": {"between": ["switch", "edge"]},
            },
        }
    )
