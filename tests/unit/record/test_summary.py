from __future__ import annotations

import json
import math
from dataclasses import replace

import jsonschema
import pytest

from edge_aibench.model.budget import Budgets
from edge_aibench.record.example import example_run
from edge_aibench.record.schemas import RECORD_SCHEMAS, record_schema
from edge_aibench.record.summary import Summary, experiment_digest, summarise


def test_percentiles_mean_and_maximum_by_hand() -> None:
    # 1 to 1000 ms in a scrambled order (a step prime to 1000 visits all).
    latencies = [float(1 + n * 379 % 1000) for n in range(1000)]
    summary = summarise(example_run(latencies), folder="runs/x", percentiles=[99.9])
    series = summary.latency["e2e"]
    assert {key: e.value for key, e in series.percentiles.items()} == {
        "p50": 500.0,
        "p90": 900.0,
        "p99": 990.0,
        "p99.9": 999.0,
    }
    assert series.max_ms == 1000.0
    assert series.mean is not None
    assert series.mean.value == pytest.approx(500.5)
    assert series.percentiles["p99"].needs is None
    assert series.percentiles["p99.9"].needs == 3688
    assert summary.latency["decompensation"].percentiles["p50"].value == pytest.approx(325.0)


def test_unanswered_requests_show_in_the_maximum_and_the_tail() -> None:
    series = summarise(example_run([5.0] * 98 + [None] * 2), folder="r").latency["e2e"]
    assert (series.count, series.unanswered) == (100, 2)
    assert series.max_ms == math.inf
    assert series.percentiles["p99"].value == math.inf
    assert series.mean is not None
    assert series.mean.value == 5.0


def test_goodput_counts_answers_in_time() -> None:
    # 100 requests over 10 virtual seconds, 20 of them late.
    summary = summarise(example_run([5.0] * 80 + [50.0] * 20), folder="r")
    assert summary.goodput_per_s == pytest.approx(8.0)
    assert summary.in_budget is not None
    assert summary.in_budget.value == pytest.approx(0.8)


def test_verdicts_are_kept_apart() -> None:
    # 6 ms end to end is within 10 ms; its downlink, a fifth, is over 1 ms; its uplink is not.
    summary = summarise(example_run([6.0] * 400), folder="r")
    assert summary.end_to_end is not None
    assert summary.communication is not None
    assert summary.communication.up is not None
    assert summary.communication.down is not None
    assert summary.end_to_end.outcome == "PASS"
    assert summary.communication.up.outcome == "PASS"
    assert summary.communication.down.outcome == "FAIL"
    assert summary.communication.outcome == "FAIL"
    assert summary.validity.valid


def test_no_budgets_no_verdicts() -> None:
    summary = summarise(example_run([6.0] * 40, budgets=Budgets()), folder="r")
    assert summary.end_to_end is None
    assert summary.communication is None


@pytest.mark.parametrize("latencies", [[], [None], [None] * 400, [5.0], [0.0] * 400])
def test_every_run_has_a_summary_that_fits_its_schema(latencies: list[float | None]) -> None:
    summary = summarise(example_run(latencies), folder="r", interrupted="by the user")
    written = json.loads(json.dumps(summary.model_dump(mode="json"), allow_nan=False))
    jsonschema.validate(written, record_schema("summary"))
    assert Summary.model_validate(written) == summary


@pytest.mark.parametrize("name", RECORD_SCHEMAS)
def test_schemas_are_schemas(name: str) -> None:
    schema = record_schema("summary" if name == "summary" else "manifest")
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["properties"]["schema_version"]["const"] == 1


def test_the_schema_knows_never_and_refuses_other_words() -> None:
    written = summarise(example_run([None] * 400), folder="r").model_dump(mode="json")
    assert written["latency"]["e2e"]["max_ms"] == "never"
    written["latency"]["e2e"]["max_ms"] = "seldom"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, record_schema("summary"))


def test_quality_becomes_plain_json() -> None:
    import numpy as np

    quality = {"death": {"auroc": np.float64(0.5), "n": np.int64(3), "low": math.nan}}
    summary = summarise(replace(example_run([5.0]), quality=quality), folder="r")
    assert summary.quality == {"death": {"auroc": 0.5, "n": 3, "low": None}}


def test_the_digest_is_that_of_the_experiment_not_of_its_order() -> None:
    assert experiment_digest({"a": 1, "b": [2]}) == experiment_digest({"b": [2], "a": 1})
    assert experiment_digest({"a": 1}) != experiment_digest({"a": 2})


def test_bursts_are_warned_of() -> None:
    calm = summarise(example_run([5.0, 6.0] * 500), folder="r")
    burst = summarise(example_run([5.0] * 500 + [9.0] * 60 + [5.0] * 440), folder="r")
    assert calm.health.warnings == ()
    assert any("--repeat" in warning for warning in burst.health.warnings)


def test_an_unchecked_pressure_is_said() -> None:
    data = example_run([5.0])
    silent = replace(data, health=replace(data.health, pressure_after=None))
    assert any("pressure" in w for w in summarise(silent, folder="r").health.warnings)
