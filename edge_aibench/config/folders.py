"""Where this program keeps files between runs (XDG base directories)."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """For what can be made again: generated cohorts."""
    return _base("XDG_CACHE_HOME", ".cache")


def state_folder() -> Path:
    """For what must survive a crash: journals."""
    return _base("XDG_STATE_HOME", ".local/state")


def _base(variable: str, fallback: str) -> Path:
    base = os.environ.get(variable)
    return (Path(base) if base else Path.home() / fallback) / "edge-aibench"
