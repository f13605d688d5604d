from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.tasks.registry import get_task, task_names
from edge_aibench.tasks.task import Task

TASK_SOURCE = """
from edge_aibench.tasks.task import Task

ANSWER = 42
MINE = Task(
    name="mine", title="Mine", network="none", framework="none", dataset="none",
    parameters={"reference": 1}, metrics=(), outputs=("p",), headline="p", factory=dict,
)
"""


def install(folder: Path, *, value: str, source: str = TASK_SOURCE) -> None:
    """Lay out an installed package with an entry point, as pip would."""
    (folder / "tasks_of_mine.py").write_text(source, encoding="utf-8")
    info = folder / "tasks_of_mine-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tasks-of-mine\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[edge_aibench.tasks]\nmine = {value}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "tasks_of_mine", raising=False)
    return tmp_path


def test_the_icu_tasks_have_the_published_sizes() -> None:
    sizes = {name: get_task(name).parameters["reference"] for name in task_names()}
    assert sizes["death"] == 7_569
    assert sizes["decompensation"] == 105_089
    assert sizes["heart-failure"] == 347_417
    assert get_task("heart-failure").headline == "Congestive heart failure; nonhypertensive"


def test_listing_imports_no_framework() -> None:
    code = (
        "import sys\n"
        "from edge_aibench.tasks.registry import task_names\n"
        "assert 'death' in task_names()\n"
        "heavy = ('tensorflow', 'keras', 'torch', 'ai_edge_litert', 'pandas', 'scipy')\n"
        "sys.exit(any(name in sys.modules for name in heavy))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean heart-failure"):
        get_task("hart-failure")


def test_an_installed_package_offers_its_task(site: Path) -> None:
    install(site, value="tasks_of_mine:MINE")
    assert "mine" in task_names()
    assert get_task("mine").title == "Mine"


def test_two_tasks_of_one_name_are_refused(site: Path) -> None:
    install(site, value="tasks_of_mine:MINE", source=TASK_SOURCE.replace('"mine"', '"death"'))
    with pytest.raises(ConfigError, match="two tasks have this name"):
        task_names()


@pytest.mark.parametrize("value", ["tasks_of_mine:ABSENT", "no_such_module_here:MINE"])
def test_an_entry_point_that_cannot_be_loaded_is_named(site: Path, value: str) -> None:
    install(site, value=value)
    with pytest.raises(ConfigError, match=f"entry point mine = {value}"):
        task_names()


def test_an_entry_point_that_is_no_task_is_refused(site: Path) -> None:
    install(site, value="tasks_of_mine:ANSWER")
    with pytest.raises(ConfigError, match=r"must be an edge_aibench\.tasks\.task\.Task"):
        task_names()


def test_a_task_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "my_tasks.py"
    path.write_text(TASK_SOURCE, encoding="utf-8")
    assert get_task(f"{path}:MINE").name == "mine"
    with pytest.raises(ConfigError, match="did you mean MINE"):
        get_task(f"{path}:MINES")
    with pytest.raises(ConfigError, match="found 'int'"):
        get_task(f"{path}:ANSWER")


def test_a_file_that_is_missing_or_broken_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        get_task(f"{tmp_path / 'absent.py'}:MINE")
    path = tmp_path / "broken.py"
    for content, error in (("def (:\n", "SyntaxError"), ("1 / 0\n", "ZeroDivisionError")):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(ConfigError, match=f"could not be imported .*{error}"):
            get_task(f"{path}:MINE")


def test_a_task_file_may_hold_a_dataclass(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    lines = "from __future__ import annotations\nfrom dataclasses import dataclass\n"
    path.write_text(f"{lines}\n@dataclass\nclass Point:\n    x: int\n\n{TASK_SOURCE}")
    assert get_task(f"{path}:MINE").name == "mine"


def test_a_task_needs_the_reference_preset_and_its_headline() -> None:
    arguments = {"title": "", "network": "", "framework": "", "dataset": "", "metrics": ()}
    with pytest.raises(ConfigError, match="reference"):
        Task(name="x", parameters={}, outputs=("p",), headline="p", factory=dict, **arguments)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="no output of this name"):
        Task(
            name="x",
            parameters={"reference": 1},
            outputs=("p",),
            headline="q",
            factory=dict,
            **arguments,  # type: ignore[arg-type]
        )
