"""What all scenarios share of their working parts."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from edge_aibench.config.load import load_scenario
from edge_aibench.errors import ConfigError
from edge_aibench.model.components import NOT_JUDGED, Answer, Context, judged_values


def context(inference: str) -> Context:
    return Context(
        scenario=load_scenario("icu").scenario,
        instances=1,
        observations={"monitor": 1},
        seed=1,
        inference=inference,
        runtime="auto",
        data_root=Path("data"),
    )


def test_a_scenario_says_which_inference_modes_it_has() -> None:
    context("window").check_inference("window")
    context("streaming").check_inference("window", "streaming")
    with pytest.raises(ConfigError, match="no inference mode of this name") as caught:
        context("streaming").check_inference("window")
    assert caught.value.where == "--inference"
    assert caught.value.next_step == "known: window"


def test_answers_without_a_truth_are_left_out() -> None:
    assert math.isnan(NOT_JUDGED)
    values = {"lanes": (1.0, NOT_JUDGED, 0.5), "signs": (NOT_JUDGED,), "decide": (0.0,)}
    answers = [
        Answer(0, sequence, stage, value)
        for stage, given in values.items()
        for sequence, value in enumerate(given)
    ]
    assert judged_values(answers) == {"lanes": [1.0, 0.5], "signs": [], "decide": [0.0]}
    assert judged_values([]) == {}
