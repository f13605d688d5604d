"""Imports point one way, and the command line starts without the heavy libraries."""

from __future__ import annotations

import graphlib
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.architecture.conftest import Import, Module

    Modules = dict[str, Module]

# docs/design.md section 3. A room may import rooms of earlier layers, and itself; rooms of
# one layer do not know each other, except that configuration and model are one.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"foundations", "topologies"}),
    frozenset({"config", "model"}),
    frozenset({"network", "messaging", "tasks"}),
    frozenset({"inference"}),
    frozenset({"record"}),
    frozenset({"simulate", "emulate"}),
    frozenset({"placement", "federated", "scenarios"}),
    frozenset({"report"}),
    frozenset({"api"}),
    frozenset({"fidelity"}),
    frozenset({"cli", "templates"}),
)
FOUNDATIONS = {"errors", "units", "rng", "clock", "host"}
ONE_ROOM_EACH = {"config": "model", "model": "config"}


def room_of(module: str) -> str:
    parts = module.split(".")
    if len(parts) == 1 or parts[1] in FOUNDATIONS:
        return "foundations"
    return "cli" if parts[1] == "__main__" else parts[1]


def layer_of(room: str) -> int:
    if room == "testing":  # fakes may know all that they stand in for
        return len(LAYERS) - 1
    return next(i for i, rooms in enumerate(LAYERS) if room in rooms)


def our_target(wanted: Import, modules: Modules) -> str | None:
    """The module of ours that *wanted* loads; None if it is someone else's."""
    if wanted.target in modules:
        return wanted.target
    owner = wanted.target.rpartition(".")[0]
    return owner if owner in modules else None


def is_face(importer: str, wanted: Import, target: str) -> bool:
    """Whether this is how `import edge_aibench` says, for type checkers, what the api offers."""
    return importer == "edge_aibench" and target == "edge_aibench.api" and not wanted.at_load


def may_import(importer: str, imported: str) -> bool:
    if importer == imported or ONE_ROOM_EACH.get(importer) == imported:
        return True
    if imported == "testing":
        # The scenario that `init` writes has a test of its own.
        return importer == "templates"
    return layer_of(imported) < layer_of(importer)


def test_every_room_has_its_place_in_the_layers(modules: Modules) -> None:
    known = frozenset().union(*LAYERS) | {"testing"}
    assert {room_of(name) for name in modules} <= known


def test_imports_point_to_earlier_layers_only(modules: Modules) -> None:
    wrong = []
    for module in modules.values():
        for wanted in module.imports:
            target = our_target(wanted, modules)
            if target is None or is_face(module.name, wanted, target):
                continue
            here, there = room_of(module.name), room_of(target)
            if not may_import(here, there):
                wrong.append(f"{module.place}:{wanted.line}: {here} imports {there} ({target})")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("importer", "imported", "allowed"),
    [
        ("emulate", "record", True),
        ("simulate", "emulate", False),
        ("emulate", "simulate", False),
        ("emulate", "report", False),
        ("emulate", "scenarios", False),
        ("config", "model", True),
        ("model", "config", True),
        ("tasks", "messaging", False),
        ("cli", "testing", False),
        ("testing", "emulate", True),
        ("templates", "testing", True),
        ("templates", "inference", True),
        ("cli", "templates", False),
    ],
)
def test_the_rule_itself(importer: str, imported: str, allowed: bool) -> None:
    assert may_import(importer, imported) is allowed


def test_no_module_needs_itself_to_load(modules: Modules) -> None:
    graph = {name: set(_loads(module, modules)) - {name} for name, module in modules.items()}
    # A module that imports a sibling runs its package's __init__ first; that is no cycle
    # as long as the __init__ does not come back, which the graph below shows too.
    try:
        tuple(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        pytest.fail(f"import cycle: {' -> '.join(error.args[1])}")


def test_what_the_command_line_loads_has_no_heavy_import(modules: Modules, root: Path) -> None:
    heavy = _heavy_packages(root)
    wrong = []
    for name in _closure("edge_aibench.cli", modules):
        for wanted in modules[name].imports:
            if wanted.at_load and wanted.target.partition(".")[0] in heavy:
                wrong.append(f"{modules[name].place}:{wanted.line}: {wanted.target}")
    assert not wrong, "\n".join(wrong)


def test_nobody_imports_the_three_folders_by_their_bare_names(modules: Modules) -> None:
    bare = {"scenarios", "topologies", "federated"}
    wrong = [
        f"{module.place}:{wanted.line}"
        for module in modules.values()
        for wanted in module.imports
        if wanted.target.partition(".")[0] in bare
    ]
    assert not wrong, "\n".join(wrong)
    assert bare & sys.modules.keys() == set()


def _heavy_packages(root: Path) -> set[str]:
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    banned = settings["tool"]["ruff"]["lint"]["flake8-tidy-imports"]
    heavy = set(banned["banned-module-level-imports"])
    assert {"torch", "tensorflow", "mininet", "paho", "cv2", "pandas", "scipy"} <= heavy
    return heavy


def _loads(module: Module, modules: Modules) -> Iterator[str]:
    for wanted in module.imports:
        target = our_target(wanted, modules)
        if wanted.at_load and target is not None:
            yield target


def _closure(start: str, modules: Modules) -> set[str]:
    """All modules that loading the package *start* and its modules loads, itself included."""
    waiting = [name for name in modules if name == start or name.startswith(f"{start}.")]
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        parents = [name.rsplit(".", depth)[0] for depth in range(1, name.count(".") + 1)]
        waiting += [*_loads(modules[name], modules), *(p for p in parents if p in modules)]
    return reached
