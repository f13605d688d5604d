"""Where scenarios, topologies, link presets and hardware are found.

A name means what comes with the package; a path (`./my-ward`, `wards/north.yaml`) means the
user's own. A scenario's folder may hold `topologies/`, whose names come before ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from edge_aibench.errors import ConfigError, unknown_name

SCENARIO_FILE = "scenario.yaml"
_NO_TOPOLOGIES = frozenset({"links", "hardware"})


@dataclass(frozen=True)
class Place:
    """A file, and what to call it in messages and records."""

    file: Path
    source: str

    @property
    def folder(self) -> Path:
        return self.file.parent


def scenario_names() -> tuple[str, ...]:
    """Names of the scenarios that come with the package."""
    folders = (path.parent for path in _home("scenarios").glob(f"*/{SCENARIO_FILE}"))
    return tuple(sorted(folder.name for folder in folders))


def topology_names(near: Path | None = None) -> tuple[str, ...]:
    """Names of the topologies of the package and of the scenario folder *near*."""
    return tuple(sorted(_topologies(near)))


def find_scenario(name_or_path: str) -> Place:
    """Find a scenario by name, or by the path of its folder or file.

    Raises ConfigError for an unknown name or a path without a scenario.
    """
    if not is_path(name_or_path):
        if name_or_path not in scenario_names():
            raise _unknown("scenario", name_or_path, scenario_names())
        file = _home("scenarios") / name_or_path / SCENARIO_FILE
        return Place(file, f"scenarios/{name_or_path}/{SCENARIO_FILE}")
    path = Path(name_or_path)
    if path.is_dir():
        path /= SCENARIO_FILE
        if not path.exists():
            raise ConfigError(
                f"the folder holds no {SCENARIO_FILE}",
                where=name_or_path,
                next_step="name a scenario's folder or file",
            )
    return Place(path, str(path))


def find_topology(name_or_path: str, near: Path | None = None) -> Place:
    """Find a topology by name (in the scenario folder *near* first), or by its file's path.

    Raises ConfigError for an unknown name.
    """
    if is_path(name_or_path):
        return Place(Path(name_or_path), name_or_path)
    known = _topologies(near)
    if name_or_path not in known:
        raise _unknown("topology", name_or_path, known)
    return known[name_or_path]


def links_file() -> Place:
    """The package's link presets."""
    return _own_topology_file("links")


def hardware_file() -> Place:
    """The package's hardware."""
    return _own_topology_file("hardware")


def is_path(name_or_path: str) -> bool:
    """Whether the user means a file or folder of their own, and not a name of the package."""
    return "/" in name_or_path or name_or_path.startswith(".") or name_or_path.endswith(".yaml")


def _own_topology_file(stem: str) -> Place:
    return Place(_home("topologies") / f"{stem}.yaml", f"topologies/{stem}.yaml")


def _topologies(near: Path | None) -> dict[str, Place]:
    own = sorted(_home("topologies").glob("*.yaml"))
    found = {file.stem: _own_topology_file(file.stem) for file in own}
    for stem in _NO_TOPOLOGIES:
        found.pop(stem, None)
    if near is not None:
        theirs = sorted((near / "topologies").glob("*.yaml"))
        found |= {file.stem: Place(file, str(file)) for file in theirs}
    return found


@cache
def _home(package: str) -> Path:
    # The folders hold modules and data of any size, so they are always installed as files.
    return Path(str(resources.files(f"edge_aibench.{package}")))


def _unknown(kind: str, name: str, known: tuple[str, ...] | dict[str, Place]) -> ConfigError:
    if Path(name).exists():
        return ConfigError(
            f"there is no {kind} of this name",
            where=kind,
            value=name,
            next_step=f"write ./{name} for the one in this folder",
        )
    return unknown_name(kind, name, known, where=kind)
