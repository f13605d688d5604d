"""Calls the command line as a user would, inside this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import typer

from edge_aibench.cli.app import main


@dataclass(frozen=True)
class Ending:
    """What a command left: its exit code and what it wrote."""

    code: int
    out: str
    err: str


Call = Callable[..., Ending]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Run the command line with the given words."""

    def run(*words: str, app: typer.Typer | None = None) -> Ending:
        code = main(words, app=app)
        captured = capsys.readouterr()
        return Ending(code, captured.out, captured.err)

    return run
