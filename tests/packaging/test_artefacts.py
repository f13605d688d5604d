"""The package as others get it: a wheel from the sdist, and from a zip of the repository.

Each wheel goes into a virtual environment of its own. That one borrows the libraries of the
environment that runs the tests (2 GB), but `edge_aibench` comes from the wheel alone.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

import edge_aibench

pytestmark = pytest.mark.packaging

SHIPPED_SUFFIXES = {".csv", ".json", ".md", ".py", ".safetensors", ".tflite", ".yaml"}
REAL_FOLDERS = {
    "edge_aibench": "edge_aibench",
    "scenarios": "edge_aibench/scenarios",
    "topologies": "edge_aibench/topologies",
    "federated": "edge_aibench/federated",
}


def call(*words: str | Path, cwd: Path) -> str:
    ended = subprocess.run(
        [str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, f"{words}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


@pytest.fixture(scope="module")
def source(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the files that git has or would take, so that building leaves nothing here."""
    copy = tmp_path_factory.mktemp("source")
    listed = call("git", "ls-files", "-z", "-co", "--exclude-standard", cwd=root)
    for name in filter(None, listed.split("\0")):
        if (root / name).is_symlink() or (root / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, copy / name, follow_symlinks=False)
    return copy


@pytest.fixture(scope="module")
def sdist(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    call(
        *(sys.executable, "-m", "build", "--sdist", "--no-isolation"),
        *("--outdir", folder, source),
        cwd=folder,
    )
    (archive,) = folder.iterdir()
    return archive


@pytest.fixture(scope="module")
def repository_zip(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zip")
    copy = folder / "repository"
    shutil.copytree(source, copy, symlinks=True)
    author = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")
    call("git", "init", "--quiet", cwd=copy)
    call("git", "add", "--all", "--force", cwd=copy)
    call("git", *author, "commit", "--quiet", "--no-gpg-sign", "--message=all", cwd=copy)
    call(
        "git",
        "archive",
        "--format=zip",
        "--prefix=a/",
        f"--output={folder}/a.zip",
        "HEAD",
        cwd=copy,
    )
    return folder / "a.zip"


@pytest.fixture(scope="module", params=["sdist", "zip"])
def wheel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    fixture = {"sdist": "sdist", "zip": "repository_zip"}[request.param]
    archive: Path = request.getfixturevalue(fixture)
    folder = tmp_path_factory.mktemp("wheel")
    call(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
        *("--wheel-dir", folder, archive),
        cwd=folder,
    )
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a fresh environment with the wheel in it."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    call(sys.executable, "-m", "venv", "--without-pip", venv, cwd=venv.parent)
    python = venv / "bin" / "python"
    call(
        *(sys.executable, "-m", "pip", "--python", python, "install", "--quiet"),
        *("--no-deps", "--no-index", wheel),
        cwd=venv.parent,
    )
    (packages,) = venv.glob("lib/python*/site-packages")
    # Paths named in a .pth file come last, and .pth files in there are not read: so an
    # editable installation of ours in the borrowed folder stays out.
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python.parent


def shipped(source: Path) -> set[str]:
    """What a wheel has to hold, by the names in the wheel."""
    names = {"edge_aibench/py.typed"}
    for folder, inside in REAL_FOLDERS.items():
        for place, folders, files in os.walk(source / folder, followlinks=False):
            folders[:] = [name for name in folders if name != "__pycache__"]
            relative = Path(inside) / Path(place).relative_to(source / folder)
            names |= {
                str(relative / name) for name in files if Path(name).suffix in SHIPPED_SUFFIXES
            }
    return names


def test_the_wheel_holds_exactly_the_package(wheel: Path, source: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    own = {name for name in names if not name.split("/")[0].endswith(".dist-info")}
    expected = shipped(source)
    assert own - expected == set()
    assert expected - own == set()
    assert {name.split("/")[0] for name in own} == {"edge_aibench"}


def test_the_sdist_is_enough_to_develop(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"run", "constraints.txt", "pyproject.toml", "LICENSE", "README.md", ".ci/run"}
    assert wanted <= names
    assert "tests/packaging/test_artefacts.py" in names
    assert [name for name in names if name.endswith(".pyc")] == []


def test_the_installed_command_works_from_any_folder(installed: Path, tmp_path: Path) -> None:
    command = installed / "edge-aibench"
    assert edge_aibench.__version__ in call(command, "--version", cwd=tmp_path)
    scenarios = json.loads(call(command, "list", "scenarios", "--json", cwd=tmp_path))
    assert "icu" in json.dumps(scenarios)
    schema = json.loads(call(command, "schema", "scenario", cwd=tmp_path))
    assert schema["type"] == "object"


def test_the_installed_package_is_the_one_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = "import edge_aibench.scenarios.icu as icu; print(icu.__file__)"
    place = Path(call(installed / "python", "-c", code, cwd=tmp_path).strip())
    assert installed.parent in place.parents


def test_the_installed_package_brings_no_other_name(installed: Path, tmp_path: Path) -> None:
    names = ["scenarios", "topologies", "federated", "tests", "benchmarks"]
    code = (
        "import importlib.util as u, json; "
        f"print(json.dumps([n for n in {names!r} if u.find_spec(n) is not None]))"
    )
    assert json.loads(call(installed / "python", "-c", code, cwd=tmp_path)) == []
