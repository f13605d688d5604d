from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.record.combine import combine
from edge_aibench.record.example import example_run
from edge_aibench.record.load import Load
from edge_aibench.record.slo import SloOutcome, evaluate, parse_slo
from edge_aibench.record.summary import Summary, summarise


def run(latency_ms: float, *, number: int = 1, late: int = 0, count: int = 400) -> Summary:
    latencies = [latency_ms] * (count - late) + [50.0] * late
    return summarise(example_run(latencies), folder=f"runs/{number}")


def test_a_percentile_over_runs_by_hand() -> None:
    combined = combine(
        [run(ms, number=i) for i, ms in enumerate([4.0, 5.0, 6.0])], repeat_command="again"
    )
    p99 = combined.latency["e2e"].percentiles["p99"]
    # Mean 5, standard deviation 1, t(0.975, 2) = 4.302653.
    half = 4.302652730 / math.sqrt(3)
    assert p99.value == pytest.approx(5.0)
    assert p99.lower == pytest.approx(5.0 - half)
    assert p99.upper == pytest.approx(5.0 + half)
    assert p99.method == "t-over-runs"
    assert combined.runs == ("runs/0", "runs/1", "runs/2")
    assert combined.repeat_command == "again"
    assert combined.latency["e2e"].count == 1200
    assert combined.counts.planned == 1200


def test_a_verdict_over_runs() -> None:
    assert combine([run(5.0), run(5.1)], repeat_command="").end_to_end is not None
    near = combine([run(5.0), run(9.9), run(8.0)], repeat_command="").end_to_end
    assert near is not None
    assert near.outcome == "UNDECIDED"
    sure = combine([run(5.0), run(5.1), run(5.2)], repeat_command="").end_to_end
    assert sure is not None
    assert sure.outcome == "PASS"
    worse = combine([run(15.0), run(15.1), run(15.2)], repeat_command="").end_to_end
    assert worse is not None
    assert worse.outcome == "FAIL"


def test_runs_that_each_fail_make_a_fail_also_where_answers_never_came() -> None:
    lost = summarise(example_run([5.0] * 300 + [None] * 100), folder="r")
    verdict = combine([lost, lost], repeat_command="").end_to_end
    assert verdict is not None
    assert verdict.outcome == "FAIL"


def test_repeats_do_not_mend_runs_that_are_too_short() -> None:
    combined = combine([run(5.0, count=100) for _ in range(5)], repeat_command="")
    assert combined.latency["e2e"].percentiles["p99"].needs == 368
    assert combined.end_to_end is not None
    assert combined.end_to_end.outcome == "UNDECIDED"
    assert evaluate(parse_slo("e2e.p50<6ms"), combined).outcome is SloOutcome.KEPT


def test_one_run_alone_says_nothing_about_repeats() -> None:
    combined = combine([run(5.0)], repeat_command="")
    assert combined.latency["e2e"].percentiles["p50"].needs == 2


def test_all_in_time_is_no_certainty() -> None:
    combined = combine([run(5.0), run(5.0)], repeat_command="")
    assert combined.in_budget is not None
    # Exact for 800 of 800: 0.025 ** (1/800).
    assert combined.in_budget.lower == pytest.approx(0.025 ** (1 / 800))
    assert combined.in_budget.upper == 1.0


def test_valid_only_if_each_run_is() -> None:
    bad = summarise(example_run([5.0] * 400, pressure=0.9), folder="r")
    combined = combine([run(5.0), bad], repeat_command="")
    (reason,) = combined.validity.reasons
    assert reason.name == "cpu-pressure"
    assert reason.value == "run 2: 90.0%"
    assert combine([run(5.0), run(5.0)], repeat_command="").validity.valid


def test_parts_still_add_up() -> None:
    # 400 answers of 4 ms and 100 of 8 ms: 4.8 ms, not the 6 ms between the two runs.
    other = summarise(example_run([8.0] * 100 + [None] * 300), folder="r")
    combined = combine([run(4.0), other], repeat_command="")
    assert combined.hops is not None
    assert combined.hops.all.count == 500
    assert combined.hops.all.mean_ms == pytest.approx(4.8)
    assert math.fsum(p.mean_ms for p in combined.hops.all.parts) == pytest.approx(4.8)


def test_quality_and_health() -> None:
    data = example_run([5.0] * 400)
    other = replace(data, quality={"death": {"auroc": 0.8}, "decompensation": "n/a (untrained)"})
    late = replace(
        other, health=replace(data.health, lateness_ns=np.full(400, 300_000, dtype=np.int64))
    )
    combined = combine(
        [summarise(data, folder="a"), summarise(late, folder="b")], repeat_command=""
    )
    assert combined.quality == {
        "death": {"auroc": [0.84, 0.8]},
        "decompensation": "n/a (untrained)",
    }
    assert combined.health.lateness_p99_ms == pytest.approx(0.3)
    assert combined.health.cpu_use == 0.25


def test_other_experiments_are_no_repeats() -> None:
    with pytest.raises(ConfigError, match="no repeat"):
        combine([run(5.0, count=400), run(5.0, count=500)], repeat_command="")


def test_of_each_link_the_run_that_filled_it_most_counts() -> None:
    def loaded(number: int, offered: float) -> Summary:
        load = Load(kind="link", name="link wan up", place="wan/0", offered=offered, carries=10.0)
        data = replace(example_run([5.0] * 400), loads=(load,))
        return summarise(data, folder=f"runs/{number}")

    combined = combine([loaded(0, 7.0), loaded(1, 12.0), loaded(2, 9.0)], repeat_command="")
    assert [load.offered for load in combined.loads] == [12.0]
    assert [reason.value[:12] for reason in combined.validity.reasons] == ["run 2: queue"]
