from __future__ import annotations

import errno
import json
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import BinaryIO

import jsonschema
import pytest

from edge_aibench.errors import ConfigError, HostError, InternalError
from edge_aibench.record.environment import collect
from edge_aibench.record.example import example_run
from edge_aibench.record.files import write_whole
from edge_aibench.record.folder import RunFolder
from edge_aibench.record.schemas import record_schema
from edge_aibench.record.summary import summarise

NOW = datetime(2026, 3, 1, 13, 5, 9, tzinfo=timezone(timedelta(hours=1)))
LATER = NOW + timedelta(seconds=40)


def create(out: Path) -> RunFolder:
    return RunFolder.create(
        out,
        scenario="icu",
        engine="emulate",
        now=NOW,
        run_id="k3x9",
        seed=7,
        command="edge-aibench emulate icu --seed 7",
        environment=collect([]),
    )


def complete(out: Path) -> RunFolder:
    data = example_run([5.0, 20.0, None, 5.0], warmup=1)
    folder = create(out)
    folder.write_config(data.experiment)
    folder.write_results(data, summarise(data, folder=folder.path.name), report_html="<p>ok")
    folder.finish(now=LATER)
    return folder


def test_a_complete_run_reads_back_as_it_was(tmp_path: Path) -> None:
    data = example_run([5.0, 20.0, None, 5.0], warmup=1)
    folder = complete(tmp_path)
    opened = RunFolder.open(folder.path)
    assert folder.path.name == "20260301T120509Z-icu-k3x9"
    assert opened.manifest.complete
    assert opened.manifest.started_utc == "2026-03-01T12:05:09Z"
    assert opened.manifest.ended_utc == "2026-03-01T12:05:49Z"
    assert opened.config == dict(data.experiment)
    assert opened.summary == summarise(data, folder=folder.path.name)
    assert opened.requests is not None
    assert opened.hops is not None
    assert opened.requests.equals(data.requests)
    assert opened.hops.equals(data.hops)
    assert opened.links == data.links
    assert list(opened.series_ns()["e2e"] / 1e6) == [20.0, float("inf"), 5.0]


def test_the_files_of_a_run(tmp_path: Path) -> None:
    folder = complete(tmp_path)
    assert sorted(file.name for file in folder.path.iterdir()) == [
        "config.yaml",
        "hops.parquet",
        "links.json",
        "manifest.json",
        "report.html",
        "requests.parquet",
        "summary.json",
        "trace.json",
    ]
    manifest = json.loads((folder.path / "manifest.json").read_text())
    jsonschema.validate(manifest, record_schema("manifest"))
    for name, entry in manifest["files"].items():
        assert (folder.path / name).stat().st_size == entry["size_bytes"]


def test_a_run_is_not_complete_until_it_says_so(tmp_path: Path) -> None:
    folder = create(tmp_path)
    assert RunFolder.open(folder.path).manifest.state == "running"
    folder.write_config({"a": 1})
    opened = RunFolder.open(folder.path)
    assert not opened.manifest.complete
    assert opened.config == {"a": 1}
    assert opened.summary is None
    assert opened.series_ns() == {}


@pytest.mark.parametrize("state", ["interrupted", "failed"])
def test_a_run_cut_short_keeps_what_it_has(tmp_path: Path, state: str) -> None:
    data = example_run([5.0, None])
    folder = create(tmp_path)
    folder.write_results(data, summarise(data, folder="r", interrupted="Ctrl-C"))
    folder.stop("failed" if state == "failed" else "interrupted", "Ctrl-C", now=LATER)
    opened = RunFolder.open(folder.path)
    assert (opened.manifest.state, opened.manifest.complete) == (state, False)
    assert opened.manifest.reason == "Ctrl-C"
    assert opened.requests is not None
    assert len(opened.requests) == 2


def test_a_run_cannot_stop_as_complete(tmp_path: Path) -> None:
    with pytest.raises(InternalError, match="complete"):
        create(tmp_path).stop("complete", "?", now=LATER)


def test_a_name_that_exists_is_left_alone(tmp_path: Path) -> None:
    complete(tmp_path)
    with pytest.raises(HostError, match="there already"):
        create(tmp_path)
    assert RunFolder.open(tmp_path / "20260301T120509Z-icu-k3x9").manifest.complete


def test_names_that_would_leave_the_folder_are_a_bug(tmp_path: Path) -> None:
    for run_id in ("../x", "", "A"):
        with pytest.raises(InternalError, match="lower-case"):
            RunFolder.create(tmp_path, scenario="icu", engine="emulate", now=NOW, run_id=run_id)
    with pytest.raises(InternalError, match="aware"):
        RunFolder.create(
            tmp_path,
            scenario="icu",
            engine="emulate",
            now=datetime(2026, 3, 1),
            run_id="a",
        )


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("no folder")
    with pytest.raises(HostError, match=r"runs.*part of the path is a file") as caught:
        create(tmp_path / "runs")
    assert "--out" in str(caught.value)


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "no space is left"), (errno.EROFS, "read-only"), (errno.EIO, "error")],
)
def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, number: int, words: str
) -> None:
    target = tmp_path / "summary.json"
    target.write_text("old")

    def fail(file: BinaryIO) -> None:
        file.write(b"half")
        raise OSError(number, os.strerror(number))

    with pytest.raises(HostError, match=words) as caught:
        write_whole(target, fail)
    assert str(target) in str(caught.value)
    assert target.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["summary.json"]


def test_an_interrupted_write_leaves_nothing_half(tmp_path: Path) -> None:
    def interrupt(file: BinaryIO) -> None:
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "trace.json", interrupt)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_run_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no run folder"):
        RunFolder.open(tmp_path)
    with pytest.raises(ConfigError, match="no run folder"):
        RunFolder.open(tmp_path / "absent")


@pytest.mark.parametrize(
    "name", ["config.yaml", "requests.parquet", "hops.parquet", "links.json", "summary.json"]
)
def test_a_changed_or_missing_file_is_noticed(tmp_path: Path, name: str) -> None:
    path = complete(tmp_path).path
    content = bytearray((path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (path / name).write_bytes(content)
    with pytest.raises(ConfigError, match=f"{name}.*checksum"):
        RunFolder.open(path)
    (path / name).unlink()
    with pytest.raises(ConfigError, match=f"{name}.*cannot be read"):
        RunFolder.open(path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema_version": 2}'])
def test_a_damaged_manifest_is_a_config_error(tmp_path: Path, text: str) -> None:
    path = complete(tmp_path).path
    (path / "manifest.json").write_text(text)
    with pytest.raises(ConfigError, match=r"manifest\.json.*damaged"):
        RunFolder.open(path)


def test_a_file_that_was_never_good_is_refused_though_its_checksum_fits(tmp_path: Path) -> None:
    folder = create(tmp_path)
    folder.write_text("summary.json", '{"schema_version": 1}')
    with pytest.raises(ConfigError, match=r"summary\.json.*Field required"):
        RunFolder.open(folder.path)
    folder.write_text("summary.json", "{}")
    folder.write_text("config.yaml", "- 1\n")
    with pytest.raises(ConfigError, match=r"config\.yaml.*must be a mapping"):
        RunFolder.open(folder.path)


def test_a_manifest_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    path = complete(tmp_path).path
    manifest = json.loads((path / "manifest.json").read_text())
    manifest["files"]["../secret"] = manifest["files"].pop("config.yaml")
    (path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "secret").write_text("x")
    with pytest.raises(ConfigError, match="outside"):
        RunFolder.open(path)


def test_the_environment_names_no_person_and_no_place() -> None:
    text = collect().model_dump_json()
    for private in (os.uname().nodename, str(Path.home()), str(Path.cwd())):
        if len(private) > 3:
            assert private not in text
    assert collect(["numpy", "no-such-package"]).packages.keys() == {"numpy"}


def test_times_are_written_in_utc(tmp_path: Path) -> None:
    same = NOW.astimezone(UTC)
    folder = RunFolder.create(tmp_path, scenario="icu", engine="simulate", now=same, run_id="k3x9")
    assert folder.path.name == "20260301T120509Z-icu-k3x9"
