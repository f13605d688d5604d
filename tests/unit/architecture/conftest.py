"""The package as source text: every module with what it imports, and when."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# Where each folder of modules lies and the name it is imported by. The three links inside
# edge_aibench/ are left out of the walk, so that each file is met once.
REAL_FOLDERS = {
    "edge_aibench": "edge_aibench",
    "scenarios": "edge_aibench.scenarios",
    "topologies": "edge_aibench.topologies",
    "federated": "edge_aibench.federated",
}


@dataclass(frozen=True)
class Import:
    """One imported module or name, as a dotted path."""

    target: str
    line: int
    at_load: bool  # runs when the module is loaded: not in a function, not for types only


@dataclass(frozen=True)
class Module:
    name: str
    path: Path
    tree: ast.Module
    imports: tuple[Import, ...]

    @property
    def place(self) -> str:
        return str(self.path.relative_to(ROOT))


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def modules() -> dict[str, Module]:
    """All modules of the package by the name they are imported by."""
    found = {}
    for folder, prefix in REAL_FOLDERS.items():
        for path in python_files(ROOT / folder):
            name = _module_name(path.relative_to(ROOT / folder), prefix)
            tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
            is_package = path.name == "__init__.py"
            imports = tuple(_imports(tree, name if is_package else name.rpartition(".")[0]))
            found[name] = Module(name=name, path=path, tree=tree, imports=imports)
    return found


def python_files(folder: Path) -> Iterator[Path]:
    """Python files below *folder*, links to folders not followed."""
    for entry in sorted(folder.iterdir()):
        if entry.is_symlink() or entry.name.startswith((".", "__pycache__")):
            continue
        if entry.is_dir():
            yield from python_files(entry)
        elif entry.suffix == ".py":
            yield entry


def _module_name(relative: Path, prefix: str) -> str:
    parts = [prefix, *relative.with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(tree: ast.AST, package: str, at_load: bool = True) -> Iterator[Import]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, at_load)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            for alias in node.names:
                yield Import(f"{base}.{alias.name}", node.lineno, at_load)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for statement in node.body:
                yield from _imports(ast.Module([statement], []), package, at_load=False)
            for statement in node.orelse:
                yield from _imports(ast.Module([statement], []), package, at_load)
        else:
            lazy = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            yield from _imports(node, package, at_load and not lazy)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if node.level == 0:
        return node.module or ""
    parts = package.split(".")
    base = parts[: len(parts) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)
