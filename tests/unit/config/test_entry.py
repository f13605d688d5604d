"""Finding the code that a file names."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_aibench.config.entry import load_entry
from edge_aibench.errors import ConfigError

WHERE = "scenario.yaml:4"


def test_a_module_that_is_installed_is_imported() -> None:
    assert load_entry("pathlib:Path", folder=None, where=WHERE) is Path


def test_a_file_is_looked_for_in_the_scenarios_folder(tmp_path: Path) -> None:
    for name in ("north", "south"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "stages.py").write_text(f"ward = '{name}'\n")
    north = load_entry("stages.py:ward", folder=tmp_path / "north", where=WHERE)
    south = load_entry("stages.py:ward", folder=tmp_path / "south", where=WHERE)
    assert (north, south) == ("north", "south")


@pytest.mark.parametrize("text", ["stages", "stages:", ":ward", "stages.py:not a name", ""])
def test_what_names_no_attribute_of_a_module_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"scenario.yaml:4: must be package.module:attribute"):
        load_entry(text, folder=None, where=WHERE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no_such_package_of_ours.stages:ward", "cannot be imported: ModuleNotFoundError"),
        ("broken.py:ward", "cannot be imported: ZeroDivisionError"),
        ("plain.py:bed", "has no attribute 'bed'"),
        ("gone.py:ward", "there is no such file"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "broken.py").write_text("ward = 1 / 0\n")
    (tmp_path / "plain.py").write_text("ward = 1\n")
    with pytest.raises(ConfigError, match=message):
        load_entry(text, folder=tmp_path, where=WHERE)


def test_files_of_one_folder_reach_each_other_and_no_others(tmp_path: Path) -> None:
    for name in ("north", "south"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "beds.py").write_text(f"ward = '{name}'\n")
        (tmp_path / name / "stages.py").write_text(
            "from .beds import ward\n\ndef later():\n    from . import beds\n    return beds.ward\n"
        )
    for name in ("north", "south"):
        assert load_entry("stages.py:ward", folder=tmp_path / name, where=WHERE) == name
        assert load_entry("stages.py:later", folder=tmp_path / name, where=WHERE)() == name
    (tmp_path / "north" / "stages.py").write_text("from .bed import ward\n")
    with pytest.raises(ConfigError, match="ModuleNotFoundError"):
        load_entry("stages.py:ward", folder=tmp_path / "north", where=WHERE)


def test_a_file_is_read_anew_each_time(tmp_path: Path) -> None:
    path = tmp_path / "stages.py"
    path.write_text("ward = 1\n")
    assert load_entry("stages.py:ward", folder=tmp_path, where=WHERE) == 1
    path.write_text("ward = 1000\n")
    assert load_entry("stages.py:ward", folder=tmp_path, where=WHERE) == 1000
