"""Where files are kept between runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_aibench.config.folders import cache_folder, state_folder


def test_the_users_own_base_folders_are_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere/cache")
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere/state")
    assert cache_folder() == Path("/somewhere/cache/edge-aibench")
    assert state_folder() == Path("/somewhere/state/edge-aibench")


def test_without_them_the_usual_places_under_home_are_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", "/home/nurse")
    for variable in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    assert cache_folder() == Path("/home/nurse/.cache/edge-aibench")
    assert state_folder() == Path("/home/nurse/.local/state/edge-aibench")
