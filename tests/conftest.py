"""What holds for every test: repeatable examples, and an environment that stays as it was."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run, so that a red run can be repeated by whoever sees it. There
# is no deadline, as machines that are shared have slow moments. `--hypothesis-profile=search`
# looks for new examples.
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("search", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def unchanged_environment() -> Iterator[None]:
    """Give every test the environment the run began with, without what changes our output."""
    before = dict(os.environ)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "EDGE_AIBENCH_DEBUG"):
        os.environ.pop(name, None)
    yield
    os.environ.clear()
    os.environ.update(before)
