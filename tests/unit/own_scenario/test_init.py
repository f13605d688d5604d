"""`edge-aibench init`: a whole folder, or a message and nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edge_aibench.cli import main
from edge_aibench.config import own_scenario
from edge_aibench.config.load import load_scenario
from edge_aibench.errors import HostError

FILES = [
    "README.md",
    "scenario.yaml",
    "stages.py",
    "tasks.py",
    "test_stages.py",
    "topologies/site.yaml",
]
TEMPLATES = Path(own_scenario.__file__).parents[1] / "templates" / "scenario"
# 2 kB are enough for scenario.yaml and not for stages.py.
WRITE_ON_A_SMALL_DISK = """
import resource, sys
from pathlib import Path
from edge_aibench.config.own_scenario import write_scenario
from edge_aibench.errors import HostError
resource.setrlimit(resource.RLIMIT_FSIZE, (2500, resource.RLIM_INFINITY))
try:
    write_scenario(Path(sys.argv[1]), instances="machine")
except HostError as error:
    print(error)
"""


def files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_writes_a_folder_and_says_what_comes_next(
    working_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "my-ward", "--instances-name", "patient", "--title", 'A "$1": #2']) == 0
    said = capsys.readouterr().out.splitlines()
    assert sorted(said[:6]) == [f"my-ward/{name}" for name in FILES]
    assert said[6:] == [
        "next: edge-aibench emulate ./my-ward",
        "      python -m pytest my-ward/test_stages.py",
    ]
    assert files(working_folder) == [f"my-ward/{name}" for name in FILES]
    scenario = load_scenario("./my-ward").scenario
    assert (scenario.name, scenario.title) == ("my-ward", 'A "$1": #2')
    assert (scenario.instances.name, scenario.instances.default) == ("patient", 2)


def test_the_title_is_the_name_in_words_unless_given(working_folder: Path) -> None:
    assert main(["init", "north-wing"]) == 0
    scenario = load_scenario("./north-wing").scenario
    assert (scenario.title, scenario.instances.name) == ("North wing", "machine")


def test_an_empty_folder_is_filled_and_stays_the_same_one(
    working_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (working_folder / "ward").mkdir(mode=0o750)
    before = (working_folder / "ward").stat()
    monkeypatch.chdir("ward")
    assert main(["init", "."]) == 0
    assert "next: edge-aibench emulate .\n" in capsys.readouterr().out
    after = (working_folder / "ward").stat()
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)
    assert files(Path()) == FILES
    assert load_scenario(".").scenario.name == "ward"


@pytest.mark.parametrize(
    ("words", "rule", "next_step"),
    [
        (["full"], "must be a new or empty folder (found 'notes.txt')", "give another folder"),
        (["full/notes.txt"], "the folder's name is the scenario's", "call it notes-txt"),
        (["file"], "file: is a file", "give the name of a new folder"),
        (["a/b/ward"], "must lie in a folder that there is", "mkdir -p a/b"),
        (["My Ward!"], "(found 'My Ward!')", "call it my-ward"),
        (["2nd_Ward"], "(found '2nd_Ward')", "call it nd-ward"),
        (["42"], "(found '42')", "call it my-ward, for example"),
        (["w" * 41], "at most 40 lower-case letters", f"call it {'w' * 40}"),
        (["ward", "--instances-name", "Bed"], "--instances-name: it names", "call it bed"),
        (["ward", "--title", " "], "--title: must be one line of text", ""),
        (["ward", "--title", "two\nlines"], "--title: must be one line of text", ""),
    ],
)
def test_what_cannot_be_a_new_scenario_is_refused(
    working_folder: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    rule: str,
    next_step: str,
) -> None:
    (working_folder / "full").mkdir()
    (working_folder / "full" / "notes.txt").write_text("mine")
    (working_folder / "file").write_text("mine")
    assert main(["init", *words]) == 2
    said = capsys.readouterr()
    assert rule in said.err
    assert next_step in said.err
    assert said.out == ""
    assert files(working_folder) == ["file", "full/notes.txt"]


def test_a_place_that_cannot_be_written_is_told() -> None:
    # Nobody may make a folder there, not even root.
    with pytest.raises(HostError, match="/proc/my-ward cannot be written"):
        own_scenario.write_scenario(Path("/proc/my-ward"), instances="machine")


@pytest.mark.parametrize("is_there", [True, False])
def test_a_full_disk_leaves_nothing(working_folder: Path, is_there: bool) -> None:
    if is_there:
        (working_folder / "ward").mkdir()
    command = [sys.executable, "-c", WRITE_ON_A_SMALL_DISK, "ward"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "ward cannot be written: File too large" in ended.stdout
    assert list(Path().rglob("*")) == ([Path("ward")] if is_there else [])


def test_the_templates_are_the_files_that_are_written(working_folder: Path) -> None:
    main(["init", "ward"])
    kept = [n for n in files(TEMPLATES) if not n.endswith((".pyc", "__init__.py"))]
    assert kept == FILES
    # Python is copied as it stands, so that what checks the package's code has checked it.
    for name in ("stages.py", "tasks.py", "test_stages.py"):
        assert (working_folder / "ward" / name).read_bytes() == (TEMPLATES / name).read_bytes()


def test_ruff_finds_nothing_with_its_own_settings(working_folder: Path) -> None:
    main(["init", "ward"])
    command = [str(Path(sys.executable).parent / "ruff"), "check", "--isolated", "ward"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout


def test_it_is_no_more_python_than_can_be_read(working_folder: Path) -> None:
    main(["init", "ward"])
    lines = [
        line for path in Path("ward").glob("*.py") for line in path.read_text().splitlines() if line
    ]
    assert len(lines) <= 150
