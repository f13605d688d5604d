from __future__ import annotations

import pytest

from benchmarks.framework_cost import Asked, Run, first_instants_ns, judge
from edge_aibench.config.load import load_scenario
from edge_aibench.model.workload import Workload, plan_arrivals

ASKED = Asked(pairs=2, seconds=4.0, patients=5, delay_ms=0.0)


def run(way: str, pair: int, *latencies_ms: float) -> Run:
    middle, last = sorted(latencies_ms)[len(latencies_ms) // 2], max(latencies_ms)
    return Run(way, pair, middle, last, len(latencies_ms), 0.0, latencies_ms)


def test_both_ways_get_the_plan_of_the_shipped_scenario() -> None:
    from benchmarks.framework_cost import HERE

    scenario = load_scenario(str(HERE / "empty_ward"))
    arrivals = scenario.scenario.sensors["monitor"].arrivals
    workload = Workload(duration_s=4.0, warmup_s=3.0, seed=7)
    plan = plan_arrivals("monitor", arrivals, workload, instances=5)
    assert first_instants_ns(ASKED, 7) == tuple(int(row[0]) for row in plan.instants_ns)


def test_judgement_by_hand() -> None:
    runs = [
        run("edge-aibench", 1, 2.0, 3.0, 4.0),
        run("bare", 1, 1.0, 2.0, 4.0),
        run("bare", 2, 2.0, 4.0, 8.0),
        run("edge-aibench", 2, 5.0, 6.0, 8.0),
    ]
    judged = judge(runs)
    # Medians 3 and 6 against 2 and 4; largest 4 and 8 against 4 and 8.
    assert judged["p50"]["ratio"]["value"] == pytest.approx(1.5)
    assert judged["p50"]["verdict"] == "missed"
    assert judged["p99"]["ratio"]["value"] == pytest.approx(1.0)
    assert judged["p99"]["verdict"] == "met"
    # Pooled: rank 3 of 2 3 4 5 6 8 against rank 3 of 1 2 2 4 4 8.
    assert judged["p50"]["ratio_of_pooled"] == pytest.approx(4.0 / 2.0)


def test_raw_latencies_stay_out_of_the_document() -> None:
    assert "latencies_ms" not in run("bare", 1, 1.0, 2.0).shown()
