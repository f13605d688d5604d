from __future__ import annotations

import os

import pytest

from edge_aibench.inference.native_output import unheard


def test_what_a_library_says_is_not_heard(capfd: pytest.CaptureFixture[str]) -> None:
    with unheard():
        os.write(2, b"INFO: Created a delegate\n")
    os.write(2, b"heard again\n")
    assert capfd.readouterr().err == "heard again\n"


def test_what_it_said_before_an_error_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    def load() -> None:
        with unheard():
            os.write(2, b"the model has no subgraph\n")
            raise ValueError("no model")

    with pytest.raises(ValueError, match="no model"):
        load()
    assert capfd.readouterr().err == "the model has no subgraph\n"
