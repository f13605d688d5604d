"""How long nodes worked and what crossed links, from hand-made tables of a ward of two beds.

A bed's observation goes up to the edge, and from there to the cloud's archive; the answers `first`
and `second` come back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edge_aibench.config.load import document_form
from edge_aibench.model.experiment import Experiment
from edge_aibench.model.placement import place
from edge_aibench.model.scenario import Serving
from edge_aibench.record.data import Health, Hop, Request, RunData, Sent, hops_frame, requests_frame
from edge_aibench.record.energy import Usage
from edge_aibench.record.summary import summarise
from edge_aibench.record.usage import (
    LinkTraffic,
    pooled_traffic,
    saved_experiment,
    traffic_of,
    usage_of,
)
from edge_aibench.testing.ward import small_ward, three_tiers

MS = 1_000_000
S = 1000 * MS


def experiment(*, qos: int = 0, serving: Serving | None = None) -> Experiment:
    scenario, topology = small_ward(), three_tiers()
    first = scenario.stages["first"].model_copy(update={"serving": serving})
    scenario = scenario.model_copy(
        update={"qos": qos, "stages": {**scenario.stages, "first": first}}
    )
    return Experiment(
        source="small-ward",
        scenario=scenario,
        topology=topology,
        placement=place(scenario, topology, "edge"),
        instances=2,
    )


def request(number: int, *, warmup: bool = False) -> Request:
    return Request(
        request=number,
        instance=number % 2,
        sequence=number // 2,
        sensor="monitor",
        scheduled_ns=number * S,
        warmup=warmup,
        status="answered",
        done_ns=number * S + 500 * MS,
    )


def hop(number: int, kind: Any, stage: str, start_ms: int, end_ms: int, **changes: Any) -> Hop:
    known: dict[str, Any] = {
        "branch": "first",
        "critical": True,
        "index": 0,
        "source": "edge",
        "target": "edge",
        "link": "",
        "direction": "",
        "bytes": 0,
    }
    known |= changes
    start_ns, end_ns = start_ms * MS, end_ms * MS
    return Hop(number, kind=kind, stage=stage, start_ns=start_ns, end_ns=end_ns, **known)


def run(
    hops: Iterable[Hop],
    asked: Experiment,
    *,
    requests: Iterable[Request] = (request(0),),
    sent: Mapping[str, Sent] | None = None,
) -> RunData:
    rows = list(requests)
    return RunData(
        scenario="small-ward",
        engine="simulate",
        instances=2,
        planned=len(rows),
        duration_s=10.0,
        warmup_s=1.0,
        requests=requests_frame(rows),
        hops=hops_frame(hops),
        health=Health(lateness_ns=np.zeros(len(rows), np.int64)),
        sent=sent or {},
        experiment=document_form(asked),
    )


def used(
    hops: Iterable[Hop] = (),
    asked: Experiment | None = None,
    *,
    requests: Iterable[Request] = (),
    sent: Mapping[str, Sent] | None = None,
) -> Usage:
    asked = asked or experiment()
    found = usage_of(run(hops, asked, requests=requests or (request(0),), sent=sent), asked)
    assert found is not None
    return found


def test_work_is_service_and_hold_of_the_nodes_of_a_group() -> None:
    usage = used(
        [
            hop(0, "service", "monitor (encode)", 0, 1, source="ward-1", target="ward-1"),
            hop(0, "queue", "first", 10, 30),
            hop(0, "service", "first", 30, 45),
            hop(0, "hold", "first", 45, 60),
            hop(1, "service", "monitor (encode)", 0, 3, source="ward-2", target="ward-2"),
        ],
        requests=[request(0), request(1)],
    )
    assert (usage.time_s, usage.requests) == (10.0, 2)
    assert usage.busy_s == {"ward": pytest.approx(0.004), "edge": pytest.approx(0.030)}


def test_a_stage_on_two_paths_of_a_request_worked_once() -> None:
    twice = [hop(0, "service", "window", 5, 9, branch=name) for name in ("first", "second")]
    assert used(twice).busy_s == {"edge": pytest.approx(0.004)}


def test_warm_up_is_left_out() -> None:
    both = [hop(0, "service", "first", 0, 10), hop(1, "service", "first", 20, 25)]
    usage = used(both, requests=[request(0, warmup=True), request(1)])
    assert usage.requests == 1
    assert usage.busy_s == {"edge": pytest.approx(0.005)}


def test_two_workers_that_began_together_worked_both() -> None:
    asked = experiment(serving=Serving(workers=2))
    same = [hop(number, "service", "first", 0, 10) for number in range(2)]
    usage = used(same, asked, requests=[request(0), request(1)])
    assert usage.busy_s == {"edge": pytest.approx(0.020)}


def test_a_batch_is_worked_on_once() -> None:
    asked = experiment(serving=Serving(max_batch=4))
    same = [hop(number, "service", "first", 0, 10) for number in range(6)]
    # Six requests of one span are two batches of at most four.
    usage = used(same, asked, requests=[request(number) for number in range(6)])
    assert usage.busy_s == {"edge": pytest.approx(0.020)}


def test_a_message_counts_once_on_each_link_that_it_crosses() -> None:
    # The observation goes to the edge, and from there to the cloud's archive.
    usage = used(sent={"monitor": Sent(messages=3, bits=8 * 765.0)})
    assert usage.wire_bytes == {
        ("access", "up"): pytest.approx(765.0),
        ("backhaul", "up"): pytest.approx(765.0),
        ("wan", "up"): pytest.approx(765.0),
    }


def test_messages_of_several_outputs_add_up() -> None:
    usage = used(sent={"first": Sent(1, 8 * 121.0), "second": Sent(1, 8 * 2177.0)})
    assert usage.wire_bytes[("access", "down")] == pytest.approx(121.0 + 2177.0)


def test_confirmations_go_the_other_way() -> None:
    usage = used(asked=experiment(qos=1), sent={"monitor": Sent(2, 8 * 510.0)})
    # 66 bytes of headers around 4, for each message.
    assert usage.wire_bytes[("access", "down")] == pytest.approx(140.0)
    assert usage.wire_bytes[("access", "up")] == pytest.approx(510.0)


def crossed(up_bytes: float, down_bytes: float, *, requests: int) -> LinkTraffic:
    return LinkTraffic(
        up_bytes=up_bytes,
        down_bytes=down_bytes,
        up_bytes_per_request=up_bytes / requests,
        down_bytes_per_request=down_bytes / requests,
    )


def test_traffic_is_told_by_link_and_for_each_request() -> None:
    usage = Usage(
        time_s=10.0,
        requests=10,
        busy_s={},
        wire_bytes={("wan", "up"): 300.0, ("access", "down"): 70.0, ("access", "up"): 30.0},
    )
    assert traffic_of(usage) == {
        "wan": crossed(300.0, 0.0, requests=10),
        "access": crossed(30.0, 70.0, requests=10),
    }


def test_traffic_of_repeats_is_that_of_one_long_run() -> None:
    first = {"wan": crossed(300.0, 0.0, requests=10), "access": crossed(4.0, 8.0, requests=10)}
    second = {"wan": crossed(100.0, 2.0, requests=30)}
    assert pooled_traffic([first, second], requests=40) == {
        "wan": crossed(400.0, 2.0, requests=40),
        "access": crossed(4.0, 8.0, requests=40),
    }


def test_a_run_cut_short_ends_with_its_last_request() -> None:
    asked = experiment()
    data = run([], asked, requests=[request(n, warmup=n < 1) for n in range(5)])
    whole, cut = usage_of(data, asked), usage_of(data, asked, interrupted=True)
    assert whole is not None
    assert cut is not None
    # The last is scheduled at 4 s, of which 1 s was the warm-up.
    assert (whole.time_s, cut.time_s) == (10.0, 3.0)


def test_without_a_measured_request_there_is_no_usage() -> None:
    asked = experiment()
    assert usage_of(run([], asked, requests=[request(0, warmup=True)]), asked) is None


def test_a_saved_experiment_reads_back() -> None:
    asked = experiment(qos=1)
    assert saved_experiment(run([], asked)) == asked


@pytest.mark.parametrize("missing", ["scenario", "topology", "placement"])
def test_without_a_whole_experiment_nothing_is_accounted(missing: str) -> None:
    data = run([], experiment())
    left = {key: value for key, value in data.experiment.items() if key != missing}
    summary = summarise(replace(data, experiment=left), folder="r")
    assert summary.energy is None
    assert summary.cost is None


def test_a_summary_holds_what_the_tables_say() -> None:
    data = run([], experiment(), sent={"monitor": Sent(1, 8 * 255.0)})
    summary = summarise(data, folder="r")
    assert summary.energy is not None
    assert summary.cost is not None
    # The ward's hardware states no power at all.
    assert summary.energy.total_j == 0.0
    assert summary.energy.at_least
    assert summary.cost.unknown == ("ward", "edge", "cloud")
    assert type(summary).model_validate_json(summary.model_dump_json()) == summary
