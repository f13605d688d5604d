"""From the document of a sweep to its points, and what is said of one that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_aibench.api.sweeps.plan import SweepPlan, plan_from_document
from edge_aibench.config.document import parse_document
from edge_aibench.errors import ConfigError


def plan(text: str, *, folder: Path = Path("here")) -> SweepPlan:
    return plan_from_document(parse_document(f"scenario: icu\n{text}", "exp.yaml"), folder=folder)


def problem(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        plan(text)
    return str(caught.value)


def test_a_grid_is_every_combination_its_last_key_fastest() -> None:
    made = plan("keys: {instances: [1, 2], place: [edge, device]}")
    assert made.points == (
        {"instances": 1, "place": "edge"},
        {"instances": 1, "place": "device"},
        {"instances": 2, "place": "edge"},
        {"instances": 2, "place": "device"},
    )
    assert made.keys == ("instances", "place")
    assert (made.repeats, made.total) == (5, 20)


def test_rows_go_with_the_grid_and_the_options() -> None:
    made = plan(
        """
options: {duration: 10 s}
list:
  - {topology: icu-ward, interval: 1 s}
  - {topology: icu-ward, interval: 500 ms}
keys: {instances: [8, 16]}
"""
    )
    assert [(point["interval"], point["instances"]) for point in made.points] == [
        ("1 s", 8),
        ("1 s", 16),
        ("500 ms", 8),
        ("500 ms", 16),
    ]
    assert {point["duration"] for point in made.points} == {"10 s"}
    assert made.keys == ("topology", "interval", "instances")


def test_a_hypercube_meets_each_part_once_for_each_row_of_the_grid() -> None:
    made = plan(
        """
keys: {place: [edge, device]}
latin-hypercube:
  points: 4
  ranges:
    instances: {from: 1, to: 8}
    set.links.access.delay: {from: 1 ms, to: 5 ms}
"""
    )
    assert len(made.points) == 8
    drawn = [point for point in made.points if point["place"] == "edge"]
    # Four parts of two whole numbers each, and of 1 ms each.
    assert sorted((int(str(point["instances"])) - 1) // 2 for point in drawn) == [0, 1, 2, 3]
    delays_s = [float(str(point["set.links.access.delay"]).removesuffix(" s")) for point in drawn]
    assert sorted(int(delay_s * 1000) for delay_s in delays_s) == [1, 2, 3, 4]


def test_no_keys_at_all_is_one_point() -> None:
    assert plan("repeats: 3").points == ({},)


def test_runs_go_repeat_by_repeat_with_common_seeds() -> None:
    runs = list(plan("keys: {instances: [1, 2]}\nrepeats: 2").runs())
    assert [run.place for run in runs] == [(0, 0), (1, 0), (0, 1), (1, 1)]
    assert runs[0].seed == runs[1].seed != runs[2].seed == runs[3].seed


def test_independent_seeds_differ_between_points() -> None:
    runs = list(plan("keys: {instances: [1, 2]}\nrepeats: 2\nseeds: independent").runs())
    assert len({run.seed for run in runs}) == 4


def test_files_are_found_from_the_folder_of_the_document() -> None:
    (point,) = plan("options: {topology: ./my.yaml, calibration: host.yaml}").points
    assert point == {"topology": "here/my.yaml", "calibration": "here/host.yaml"}


def test_two_sweeps_have_one_digest_only_if_nothing_differs() -> None:
    texts = [
        "keys: {instances: [1, 2]}",
        "keys: {instances: [2, 1]}",
        "keys: {instances: [1, 2]}\nseed: 2",
        "keys: {instances: [1, 2]}\nrepeats: 6",
        "keys: {instances: [1, 2]}\nseeds: independent",
        "keys: {instances: [1, 2]}\nmeasures: [e2e.p99]",
        "keys: {instances: [1, 2]}\noptions: {place: edge}",
    ]
    assert len({plan(text).digest() for text in texts}) == len(texts)
    assert plan(texts[0]).digest() == plan(texts[0]).digest()
    assert plan(texts[0]).digest("a") != plan(texts[0]).digest("b")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("keys: {instanses: [1]}", ["exp.yaml:2: keys", "'instanses'", "did you mean instances?"]),
        ("keys: {seed: [1]}", ["keys", "each run has its own seed"]),
        ("options: {scenario: icu}", ["options", "one sweep is of one scenario"]),
        ("keys: {set.stage.death.x: [1]}", ["set.stage.death.x", "did you mean stages"]),
        ("keys: {set.stages: [1]}", ["must name a key inside the section"]),
        ("keys: {link.: [a]}", ["must go on after the dot"]),
        ("keys: {dilation: [1]}", ["there is no option of simulate of this name"]),
        ("keys: {instances: []}", ["keys.instances", "has too few entries"]),
        ("keys: {instances: 4}", ["keys.instances", "must be a list", "found 4"]),
        ("keys: {instances: [1, 1.5]}", ["must be a whole number of at least 1", "found 1.5"]),
        ("keys: {instances: [0]}", ["must be a whole number of at least 1"]),
        ("keys: {instances: [true]}", ["must be a whole number of at least 1"]),
        ("keys: {instances: [2, 2]}", ["the value comes twice", "found 2"]),
        ("keys: {place: [[edge]]}", ["must be text, a number, true, false or null"]),
        ("keys: {duration: [30]}", ["must be a duration in one of"]),
        ("keys: {place: [a]}\noptions: {place: b}", ["'place' is in options too"]),
        ("list: []", ["list", "has too few entries"]),
        ("list: [{place: edge}, {topology: x}]", ["must have the keys of the first row"]),
        ("repeats: 0", ["repeats", "must be at least 1", "found 0"]),
        ("repeats: 2.5", ["repeats", "must be a whole number", "found 2.5"]),
        ("repeats: many", ["repeats", "must be a whole number", "found 'many'"]),
        ("seed: 1.0", ["seed", "must be a whole number", "found 1.0"]),
        ("seed: true", ["seed", "must be a whole number"]),
        ("seed: -1", ["seed", "must be at least 0"]),
        ("seeds: comon", ["seeds", "did you mean common?"]),
        ("engine: simulat", ["engine", "did you mean simulate or emulate?"]),
        ("key: {instances: [1]}", ["there is no such key", "did you mean keys"]),
        ("measures: [e2e.p98x]", ["a latency needs a statistic", "found 'e2e.p98x'"]),
        ("measures: [e2e]", ["a latency needs a statistic"]),
        ("measures: [e2e.p0]", ["a latency needs a statistic"]),
        ("measures: [deaht.p99]", ["did you mean death.p99"]),
        ("measures: [e2e.p99, e2e.p99]", ["the measure comes twice"]),
        ("measures: []", ["measures", "has too few entries"]),
    ],
)
def test_what_is_wrong_is_named(text: str, told: list[str]) -> None:
    message = problem(text)
    assert message.startswith("exp.yaml")
    for part in told:
        assert part in message


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("from: 5, to: 2", ["ranges.instances.to", "must be above 'from', which is 5", "found 2"]),
        ("from: 5, to: 5", ["must be above 'from'"]),
        ("from: 0, to: 5, scale: log", ["ranges.instances.from", "must be above 0"]),
        ("from: 1.5, to: 5", ["must be a whole number", "found 1.5"]),
        ("from: 1 ms, to: 5 m", ["must be a quantity of the same kind as 'from'"]),
        ("from: 1 parsec, to: 5", ["must have a unit that is known"]),
        ("from: few, to: 5", ["must be a number, or a quantity such as '2 ms'"]),
        ("from: 1", ["ranges.instances.to", "is missing"]),
        ("from: -3, to: 5", ["must be a whole number of at least 1"]),
    ],
)
def test_a_range_that_is_wrong_is_named(entry: str, told: list[str]) -> None:
    message = problem(f"latin-hypercube: {{points: 4, ranges: {{instances: {{{entry}}}}}}}")
    assert message.startswith("exp.yaml:2")
    for part in told:
        assert part in message


def test_a_huge_product_is_refused_before_it_is_spelled_out() -> None:
    many = ", ".join(map(str, range(1, 1001)))
    message = problem(
        f"keys:\n  instances: [{many}]\n  set.budgets.a: [{many}]\n  set.budgets.b: [{many}]"
    )
    assert "must make at most 100,000 runs" in message
    assert "1,000,000,000 (grid) x 1 (list) x 1 (latin-hypercube) x 5 (repeats)" in message
    assert "are 5,000,000,000" in message
