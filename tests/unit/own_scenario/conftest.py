"""One scenario as `init` writes it, and a cache in which its network is exported once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_aibench.config.own_scenario import write_scenario


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield folder


@pytest.fixture
def written(tmp_path: Path, cache: Path) -> Path:
    folder = tmp_path / "my-ward"
    write_scenario(folder, instances="patient")
    return folder
