"""Rules for the text of every source file that no linter of ours states."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.architecture.conftest import Module

    Modules = dict[str, Module]

LONGEST_FILE_LINES = 400
OUR_FOLDERS = (
    *("edge_aibench", "scenarios", "topologies", "federated"),
    *("tests", "benchmarks", "docs", ".ci"),
)
TEXT_SUFFIXES = {".py", ".md", ".yaml", ".json", ".toml", ".txt", ".cfg", ".sh", ""}
# Written in pieces, so that this file keeps its own rule.
MACHINE_PATH = re.compile(r"(?<![\w.])/" + r"(?:work|root|tmp|home/\w+|Users/\w+)/\w")
REGISTRY_HOST = re.compile(r"\bpypi\." + r"org|python" + r"hosted\.org|download\.py" + r"torch")


def test_packages_say_what_they_hold(modules: Modules) -> None:
    silent = [
        module.place
        for module in modules.values()
        if module.path.name == "__init__.py" and not ast.get_docstring(module.tree)
    ]
    assert not silent, "\n".join(silent)


def test_nothing_prints_outside_the_command_line(modules: Modules) -> None:
    wrong = [
        f"{module.place}:{call.lineno}"
        for module in modules.values()
        if not module.name.startswith("edge_aibench.cli")
        for call in _calls(module.tree)
        if ast.unparse(call.func) == "print"
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_can_run_code_out_of_data(modules: Modules) -> None:
    wrong = []
    for module in modules.values():
        unsafe_modules = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
        for wanted in module.imports:
            if wanted.target.partition(".")[0] in unsafe_modules:
                wrong.append(f"{module.place}:{wanted.line}: {wanted.target}")
        wrong += [
            f"{module.place}:{call.lineno}: {ast.unparse(call)[:60]}"
            for call in _calls(module.tree)
            if _runs_code(call)
        ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("eval(text)", True),
        ("exec(text)", True),
        ("subprocess.run(line, shell=True)", True),
        ("os.system(line)", True),
        ("numpy.load(path, allow_pickle=True)", True),
        ("torch.load(path, weights_only=False)", True),
        ("model.eval()", False),
        ("torch.load(path, weights_only=True)", False),
        ("subprocess.run(words, check=True)", False),
    ],
)
def test_the_rule_itself(source: str, found: bool) -> None:
    (call,) = _calls(ast.parse(source))
    assert _runs_code(call) is found


def test_files_stay_short(root: Path) -> None:
    long = {
        str(path.relative_to(root)): lines
        for path in _text_files(root)
        if path.suffix == ".py"
        and (lines := path.read_text(encoding="utf-8").count("\n")) > LONGEST_FILE_LINES
    }
    assert not long, f"over {LONGEST_FILE_LINES} lines: {long}"


def test_no_text_names_a_place_on_one_machine(root: Path) -> None:
    wrong = [
        f"{path.relative_to(root)}:{number}: {line.strip()[:80]}"
        for path in _text_files(root)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if MACHINE_PATH.search(line) or REGISTRY_HOST.search(line)
    ]
    assert not wrong, "\n".join(wrong)


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _runs_code(call: ast.Call) -> bool:
    if ast.unparse(call.func) in {"eval", "exec", "os.system", "os.popen", "yaml.unsafe_load"}:
        return True
    forbidden = {"shell": True, "allow_pickle": True, "weights_only": False}
    return any(
        isinstance(keyword.value, ast.Constant)
        and keyword.arg in forbidden
        and keyword.value.value is forbidden[keyword.arg]
        for keyword in call.keywords
    )


def _text_files(root: Path) -> Iterator[Path]:
    yield from (
        path for path in sorted(root.iterdir()) if _is_text(path) and not path.name.startswith(".")
    )
    for folder in OUR_FOLDERS:
        yield from _below(root / folder)


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_symlink() or path.name == "__pycache__":
            continue
        if path.is_dir():
            yield from _below(path)
        elif _is_text(path):
            yield path


def _is_text(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and path.suffix in TEXT_SUFFIXES
