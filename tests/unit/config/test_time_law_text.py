"""Service times as users write them, and what is said of those that cannot be."""

from __future__ import annotations

import pytest

from edge_aibench.config.time_law_text import parse_service, parse_services
from edge_aibench.errors import ConfigError
from edge_aibench.model.time_law import (
    ConstantTime,
    ErlangTime,
    ExponentialTime,
    LognormalTime,
    MeasuredTimes,
    TimeLaw,
    UniformTime,
)

STAGES = ("window", "death", "bedside")


def no_file(name: str, stage: str) -> TimeLaw:
    raise AssertionError(f"{name} was read for {stage}")


def as_measured(name: str, stage: str) -> TimeLaw:
    assert (name, stage) == ("my calls.csv", "death")
    return MeasuredTimes(measured_s=(0.1, 0.2))


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("constant 2 ms", ConstantTime(time_s=2e-3)),
        ("constant 2ms", ConstantTime(time_s=2e-3)),
        ("constant 0", ConstantTime(time_s=0.0)),
        ("exponential 250 us", ExponentialTime(mean=250e-6)),
        ("uniform 1 ms 3 ms", UniformTime(shortest_s=1e-3, longest_s=3e-3)),
        ("uniform 0 3ms", UniformTime(shortest_s=0.0, longest_s=3e-3)),
        ("uniform 2ms 2 ms", UniformTime(shortest_s=2e-3, longest_s=2e-3)),
        ("lognormal 2 ms 0.5 ms", LognormalTime(mean=2e-3, spread_s=0.5e-3)),
        ("erlang 2 ms 4", ErlangTime(mean=2e-3, phases=4)),
        ("  erlang   1.5 s   1 ", ErlangTime(mean=1.5, phases=1)),
    ],
)
def test_every_law_can_be_written(text: str, law: TimeLaw) -> None:
    times = parse_service(text, "death", measured=no_file)
    assert times.work == law
    assert (times.scaled, times.passes) == (False, 1.0)
    assert times.source == f"as given: {text}"


def test_a_time_is_divided_by_the_speed_unless_it_is_unscaled() -> None:
    assert not parse_service("constant 2 ms", "death", measured=no_file).scaled
    as_said = parse_service("constant 2 ms unscaled passes 20 %", "death", measured=no_file)
    assert (as_said.scaled, as_said.passes) == (True, 0.2)


def test_what_a_batch_gains_follows_the_law() -> None:
    times = parse_service("exponential 2 ms marginal 0.3", "death", measured=no_file)
    assert times.work == ExponentialTime(mean=2e-3, marginal=0.3)


def test_measured_times_come_from_a_file_whose_name_may_hold_blanks() -> None:
    times = parse_service("measured my calls.csv marginal 0.5", "death", measured=as_measured)
    assert times.work == MeasuredTimes(measured_s=(0.1, 0.2), marginal=0.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must begin with a law"),
        ("gaussian 2 ms", r"must begin with a law.*found 'gaussian'(.|\n)*exponential 2 ms"),
        ("constant", "must have the form 'constant 2 ms'"),
        ("constant 2 ms 3 ms", "must have the form 'constant 2 ms'"),
        ("constant 2", "a duration in one of ns.*found '2'"),
        ("constant 2 Mbit/s", "must be a duration"),
        ("constant -2 ms", "of at least 0.*found '-2 ms'"),
        ("constant nan ms", "must be a duration.*found 'nan ms'"),
        ("constant inf s", "must be a duration.*found 'inf s'"),
        ("constant 1e9 s", "at most 1e[+]06 s.*found '1e9 s'"),
        ("exponential 0", "must be above 0.*(.|\n)*constant 0"),
        ("exponential 0 ms", "must be above 0"),
        ("lognormal 0 ms 1 ms", "must be above 0"),
        ("lognormal 1 ms 0 ms", "must be above 0"),
        ("lognormal 1 ms", "must have the form 'lognormal 2 ms 0.5 ms'"),
        ("uniform 3 ms 1 ms", "at least the shortest time, 3 ms.*found '1 ms'"),
        ("uniform 0 0", "must be above 0"),
        ("erlang 2 ms", "number of phases must be a whole number.*(.|\\n)*'erlang 2 ms 4'"),
        ("erlang 2 ms 0", "from 1 to 1000.*found '0'"),
        ("erlang 2 ms 1.5", "from 1 to 1000.*found '1.5'"),
        ("erlang 2 ms 1001", "from 1 to 1000"),
        ("measured", "must have the form 'measured FILE'"),
        ("constant 2 ms marginal", "must be followed by a value.*found 'marginal'"),
        ("constant 2 ms marginal 2", "share from 0 to 1.*found '2'"),
        ("constant 2 ms passes -1 %", "at least 0.*found '-1 %'"),
        ("constant 2 ms passes 1 passes 1", "stands there twice"),
        ("constant " + "2" * 2000 + " ms", "at most 1000 characters"),
    ],
)
def test_what_is_no_law_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_service(text, "death", measured=no_file)


def test_each_option_names_a_stage_and_all_stands_for_the_others() -> None:
    said = ["death=constant 2 ms", "all = constant 1 ms"]
    found = parse_services(said, STAGES, measured=no_file)
    assert {name: times.work.mean_s for name, times in found.items()} == {
        "death": 2e-3,
        "window": 1e-3,
        "bedside": 1e-3,
    }


def test_a_stage_may_be_called_all() -> None:
    found = parse_services(["all=constant 1 ms"], ("all", "other"), measured=no_file)
    assert list(found) == ["all"]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["death"], "must have the form STAGE=LAW"),
        (["=constant 2 ms"], "must have the form STAGE=LAW"),
        (["death="], "must have the form STAGE=LAW"),
        (["deaht=constant 2 ms"], r"no stage of this name.*found 'deaht'(.|\n)*mean death"),
        (["death=constant 1 ms", "death=constant 2 ms"], "twice.*found 'death'"),
    ],
)
def test_an_option_of_another_form_is_refused(texts: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_services(texts, STAGES, measured=no_file)
