"""Finding what comes with the package and what is the user's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_aibench.config import catalogue
from edge_aibench.config.load import load_scenario, load_topology
from edge_aibench.errors import ConfigError

WARD = """\
name: {name}
nodes: {{edge: {{tier: edge, hardware: edge-server}}}}
links: {{}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a scenario of the user's own."""
    shipped = catalogue.find_scenario("icu").file
    mine = tmp_path / "my-ward"
    (mine / "topologies").mkdir(parents=True)
    (mine / "scenario.yaml").write_text(shipped.read_text().replace("name: icu", "name: mine", 1))
    (mine / "topologies" / "annexe.yaml").write_text(WARD.format(name="annexe"))
    (mine / "topologies" / "icu-ward.yaml").write_text(WARD.format(name="icu-ward"))
    (tmp_path / "icu-ward").mkdir()
    (tmp_path / "solo.yaml").write_text(WARD.format(name="solo"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_package_brings_the_icu_and_its_wards() -> None:
    assert "icu" in catalogue.scenario_names()
    wards = {"icu-ward", "icu-ward-campus", "icu-ward-lan", "icu-ward-wifi"}
    assert wards <= set(catalogue.topology_names())
    assert not {"links", "hardware"} & set(catalogue.topology_names())


def test_a_name_means_ours_in_every_folder(folder: Path) -> None:
    loaded = load_scenario("icu")
    assert loaded.scenario.name == "icu"
    assert loaded.source == "scenarios/icu/scenario.yaml"
    assert (loaded.folder / "scenario.yaml").is_file()
    assert "bedside" in load_topology("icu-ward").nodes


@pytest.mark.parametrize("path", ["./my-ward", "my-ward/", "my-ward/scenario.yaml"])
def test_a_path_means_the_users_own(folder: Path, path: str) -> None:
    loaded = load_scenario(path)
    assert loaded.scenario.name == "mine"
    assert loaded.folder.resolve() == folder / "my-ward"
    assert load_topology("./solo.yaml").name == "solo"
    assert load_topology("solo.yaml").name == "solo"


def test_a_scenarios_own_topologies_come_first(folder: Path) -> None:
    near = folder / "my-ward"
    assert load_topology("annexe", near=near).name == "annexe"
    assert set(load_topology("icu-ward", near=near).nodes) == {"edge"}
    assert load_topology("icu-ward-lan", near=near).name == "icu-ward-lan"
    assert "annexe" in catalogue.topology_names(near)


def test_an_unknown_name_is_answered_with_the_nearest(folder: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean icu-ward"):
        load_topology("icu-wrd")
    with pytest.raises(ConfigError, match=r"no scenario of this name \(found 'hospital'\)"):
        load_scenario("hospital")
    with pytest.raises(ConfigError, match="no topology of this name"):
        load_topology("links")


def test_a_name_that_is_a_folder_here_is_answered_with_its_path(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"-> write ./my-ward for the one in this folder"):
        load_scenario("my-ward")


def test_a_path_that_leads_nowhere_is_refused(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"\./icu-ward: the folder holds no scenario.yaml"):
        load_scenario("./icu-ward")
    with pytest.raises(ConfigError, match=r"there is no such file"):
        load_scenario("./elsewhere")
    with pytest.raises(ConfigError, match=r"\./none.yaml: there is no such file"):
        load_topology("./none.yaml")
    with pytest.raises(ConfigError, match="is a folder"):
        load_topology("./my-ward")
