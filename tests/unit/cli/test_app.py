"""Every ending of a command: its message, its exit code, and where they go."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import click
import pytest
import typer

from edge_aibench import __version__
from edge_aibench.errors import ConfigError, HostError, InternalError, RunError

Call = Callable[..., Any]


def ending_with(raised: BaseException | None = None, returned: object = None) -> typer.Typer:
    """An app whose command `end` raises or returns what is given."""
    app = typer.Typer(pretty_exceptions_enable=False)

    @app.callback()
    def common() -> None:
        return None

    @app.command()
    def end() -> object:
        if raised is not None:
            raise raised
        return returned

    return app


def test_the_version_goes_to_stdout(call: Call) -> None:
    ending = call("--version")
    assert (ending.code, ending.out, ending.err) == (0, f"edge-aibench {__version__}\n", "")


def test_help_names_every_command(call: Call) -> None:
    ending = call("--help")
    assert ending.code == 0
    for command in ("list", "schema"):
        assert re.search(rf"^│ {command} ", ending.out, re.MULTILINE)


def test_no_command_at_all_is_answered_with_the_help(call: Call) -> None:
    ending = call()
    assert (ending.code, ending.err) == (2, "")
    assert "Usage: edge-aibench" in ending.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lst"], "'list'"),
        (["list"], "KIND"),
        (["list", "nonsense"], "'scenarios'"),
        (["list", "links", "--jsn"], "--json"),
        (["schema", "link"], "'links'"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_a_wrong_call_is_one_message_and_exit_2(call: Call, words: list[str], message: str) -> None:
    ending = call(*words)
    assert (ending.code, ending.out) == (2, "")
    assert ending.err.startswith("error: ")
    assert message in ending.err
    assert ending.err.count("\n") == 2
    assert re.search(r"  -> `edge-aibench.* --help` shows how to call it\n$", ending.err)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("must be above 0", where="w.yaml:3", next_step="raise it"), 2),
        (HostError("no broker", mend="install mosquitto"), 3),
        (RunError("an agent is gone", next_step="look at the log"), 5),
    ],
)
def test_an_error_of_ours_is_its_message_and_its_code(
    call: Call, error: Exception, code: int
) -> None:
    ending = call("end", app=ending_with(error))
    assert (ending.code, ending.out, ending.err) == (code, "", f"error: {error}\n")


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (0, 0), (4, 4), (99, 99), ("words", 0)])
def test_a_command_ends_with_the_code_it_returns(call: Call, returned: object, code: int) -> None:
    assert call("end", app=ending_with(returned=returned)).code == code


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), click.Abort()])
def test_an_interruption_ends_with_130(call: Call, interruption: BaseException) -> None:
    ending = call("end", app=ending_with(interruption))
    assert (ending.code, ending.out, ending.err) == (130, "", "")


@pytest.mark.parametrize("bug", [ZeroDivisionError("by nothing"), InternalError("by nothing")])
def test_a_bug_of_ours_is_admitted_with_a_number_and_no_traceback(
    call: Call, bug: Exception
) -> None:
    ending = call("end", app=ending_with(bug))
    assert ending.code == 70
    name = type(bug).__name__
    assert re.match(rf"internal error [0-9a-f]{{8}}: {name}: by nothing\n  -> ", ending.err)
    assert "EDGE_AIBENCH_DEBUG=1" in ending.err
    assert "Traceback" not in ending.err


def test_the_number_of_a_bug_is_that_of_its_place(call: Call) -> None:
    def number(bug: Exception) -> str:
        return str(call("end", app=ending_with(bug)).err.split()[2])

    assert number(ValueError("one")) == number(ValueError("other"))
    assert number(ValueError("one")) != number(KeyError("one"))


def test_whoever_asks_for_it_gets_the_traceback(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGE_AIBENCH_DEBUG", "1")
    for error in (ZeroDivisionError("x"), ConfigError("x", where="y")):
        assert "Traceback (most recent call last)" in call("end", app=ending_with(error)).err


def test_a_reader_that_goes_away_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ending = subprocess.run(
            [sys.executable, "-m", "edge_aibench", "list", "links", "--json"],
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(writing)
    assert (ending.returncode, ending.stderr) == (141, b"")
