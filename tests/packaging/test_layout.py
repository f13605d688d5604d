"""What pyproject.toml says about the package is what the folders hold."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LINKED = ("scenarios", "topologies", "federated")


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pins(root: Path) -> dict[str, str]:
    lines = (root / "constraints.txt").read_text(encoding="utf-8").split()
    pairs = [line.split("==") for line in lines]
    return {canonicalize_name(name): pinned for name, pinned in pairs}


def packages_on_disk(root: Path) -> set[str]:
    found = set()
    for folder, prefix in [("edge_aibench", "")] + [(name, "edge_aibench.") for name in LINKED]:
        # rglob follows no links to folders, so that the real ones are met once.
        for init in (root / folder).rglob("__init__.py"):
            if not any(parent.is_symlink() for parent in init.parents):
                found.add(prefix + ".".join(init.parent.relative_to(root).parts))
    return found


def test_the_listed_packages_are_the_folders_with_an_init(
    root: Path, project: dict[str, Any]
) -> None:
    assert set(project["tool"]["setuptools"]["packages"]) == packages_on_disk(root)


def test_every_folder_with_modules_is_a_package(root: Path) -> None:
    bare = [
        str(path.parent.relative_to(root))
        for folder in ("edge_aibench", *LINKED)
        for path in (root / folder).rglob("*.py")
        if not (path.parent / "__init__.py").exists()
    ]
    assert bare == []


@pytest.mark.parametrize("name", LINKED)
def test_the_links_are_relative_and_point_beside_the_package(root: Path, name: str) -> None:
    link = root / "edge_aibench" / name
    assert link.is_symlink()
    assert str(link.readlink()) == f"../{name}"
    assert link.resolve() == root / name


@pytest.mark.parametrize("name", LINKED)
def test_the_build_takes_the_real_folders(project: dict[str, Any], name: str) -> None:
    # Archives made by git carry links as text files; the build must not go through them.
    assert project["tool"]["setuptools"]["package-dir"][f"edge_aibench.{name}"] == name


def test_every_pin_is_exact_and_without_a_local_part(root: Path) -> None:
    # A local part such as +cpu would be found on one index only.
    for line in (root / "constraints.txt").read_text(encoding="utf-8").split():
        requirement = Requirement(line)
        (specifier,) = requirement.specifier
        assert specifier.operator == "=="
        assert "+" not in specifier.version
        assert "*" not in specifier.version


def test_all_that_gets_installed_is_pinned_to_what_is_installed(
    project: dict[str, Any], pins: dict[str, str]
) -> None:
    extras = project["project"]["optional-dependencies"]
    waiting = [*project["project"]["dependencies"], *extras["test"]]
    waiting += project["build-system"]["requires"]
    needed: dict[str, str] = {}
    while waiting:
        requirement = Requirement(waiting.pop())
        name = canonicalize_name(requirement.name)
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if name in needed or not applies:
            continue
        try:
            needed[name] = version(name).partition("+")[0]
        except PackageNotFoundError:
            pytest.fail(f"{requirement} is required and not installed")
        waiting += requires(name) or []
    assert {name: pins.get(name) for name in needed} == needed


def test_nothing_drags_in_torchvision(pins: dict[str, str]) -> None:
    assert "torchvision" not in pins
