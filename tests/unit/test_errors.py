"""Errors: what they say, and what the process ends with."""

from __future__ import annotations

import pytest

from edge_aibench import errors
from edge_aibench.errors import ConfigError, EdgeAIBenchError, HostError, InternalError, RunError


def test_a_config_error_says_place_key_rule_value_and_next_step() -> None:
    error = ConfigError(
        "must be above 0",
        where="ward.yaml:7",
        key="nodes.edge.speed",
        value=-1,
        next_step="raise it",
    )
    assert str(error) == (
        "ward.yaml:7: nodes.edge.speed: must be above 0 (found -1)\n  -> raise it"
    )


def test_parts_that_are_unknown_leave_no_trace() -> None:
    assert str(ConfigError("is empty", where="ward.yaml")) == "ward.yaml: is empty"
    assert str(HostError("no room")) == "no room"
    assert str(RunError("the broker is gone")) == "the broker is gone"


def test_a_long_value_is_cut() -> None:
    message = str(ConfigError("is too long", where="x", value="y" * 1000))
    assert len(message) < 120
    assert message.endswith("...)")


def test_host_and_run_errors_say_what_helps() -> None:
    assert str(HostError("no mosquitto", mend="install it")) == "no mosquitto\n  -> install it"
    assert str(RunError("lost", next_step="look at log")) == "lost\n  -> look at log"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("x", where="y"), 2),
        (HostError("x"), 3),
        (RunError("x"), 5),
        (InternalError("x"), 70),
    ],
)
def test_whose_fault_it_is_decides_the_exit_code(error: EdgeAIBenchError, code: int) -> None:
    assert error.exit_code == code


def test_exit_codes_are_distinct() -> None:
    codes = [value for name, value in vars(errors).items() if name.startswith("EXIT_")]
    assert len(codes) == len(set(codes)) == 9


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    error = errors.unknown_name("preset", "wfi6", ["wifi5", "wifi6", "lte"], where="--link")
    assert str(error).startswith("--link: there is no preset of this name (found 'wfi6')")
    assert error.next_step == "did you mean wifi6 or wifi5?"


def test_a_name_like_no_other_is_answered_with_all() -> None:
    error = errors.unknown_name("preset", "zzz", ["b", "a"], where="--link")
    assert error.next_step == "known: a, b"
