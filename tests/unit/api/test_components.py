"""From what the user said to the scenario's working parts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge_aibench.api.choices import Choices, resolve
from edge_aibench.api.components import load_components

SMALL_WARD = Path(__file__).parents[2] / "emulation" / "small_ward"


@pytest.mark.parametrize(("before", "after"), [(None, "1"), ("2", "2")])
def test_forks_inherit_no_threads_of_opencv(
    before: str | None, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENCV_FOR_THREADS_NUM", before or "")
    if before is None:
        monkeypatch.delenv("OPENCV_FOR_THREADS_NUM")
    load_components(resolve(Choices(scenario=str(SMALL_WARD))))
    assert os.environ["OPENCV_FOR_THREADS_NUM"] == after
