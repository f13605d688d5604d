"""Logs of service times: what is read, and which line is named where something is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge_aibench.config.service_csv import MAX_FILE_BYTES, MOST_TIMES, read_replay, read_times_s
from edge_aibench.errors import ConfigError

STAGES = ("window", "death", "decompensation")


def written(folder: Path, text: str) -> Path:
    path = folder / "times.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_column_is_a_stage_and_a_row_is_a_request(tmp_path: Path) -> None:
    path = written(
        tmp_path, "# logged on a Monday\ndeath, decompensation (ms)\n0.002,1.5\n\n3e-3,+.5\n"
    )
    replay = read_replay(path, STAGES)
    assert replay.rows == 2
    assert replay.columns == {"death": (0.002, 0.003), "decompensation": (0.0015, 0.0005)}
    assert replay.source == str(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "csv: the file is empty(.|\n)*'window,death'"),
        ("# nothing\n", "the file is empty"),
        ("death\n", "csv: has no rows below its header"),
        ("0.1,0.2\n0.1,0.2\n", "csv:1: the first row must name the stage.*found '0.1'"),
        ("death,\n0.1,0.2\n", "csv:1: the first row must name the stage.*found ''"),
        ("deth\n0.1\n", r"csv:1: there is no stage of this name.*'deth'(.|\n)*mean death"),
        ("death,death\n1,1\n", "csv:1: a column comes twice.*'death'"),
        ("death (min/s)\n1\n", "csv:1: death .min/s.: a unit of time must be one of"),
        ("death,window\n1,1\n1\n", "csv:3: must have 2 values.*found 1(.|\n)*add the missing"),
        ("death\n1,2\n", "csv:2: must have 1 values.*found 2(.|\n)*remove what is over"),
        ("death\n1\nnan\n", "csv:3: death: must be a number of at least 0.*found 'nan'"),
        ("death\n-1\n", "csv:2: death: must be a number of at least 0.*found '-1'"),
        ("death\n-nan\n", "csv:2: death: must be a number"),
        ("death\ninf\n", "csv:2: death: must be a number"),
        ("death\nfast\n", "csv:2: death: must be a number.*found 'fast'"),
        ("death,window\n1,\n", "csv:2: window: must be a number.*found ''"),
        ("death\n1e7\n", r"csv:2: death: must be at most 1e[+]06 s(.|\n)*death \(ms\)"),
        ("death\n1e999\n", "csv:2: death: must be at most"),
        ('death\n"1\n', "csv:2: is no line of comma-separated values"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_replay(written(tmp_path, text), STAGES)


def test_files_have_limits(tmp_path: Path) -> None:
    rows = MOST_TIMES // 2 + 1
    many = written(tmp_path, "death,window\n" + "0,0\n" * rows)
    with pytest.raises(ConfigError, match=f"at most {MOST_TIMES:,} times(.|\n)*125,000 rows"):
        read_replay(many, STAGES)
    large = written(tmp_path, "#" * (MAX_FILE_BYTES + 1))
    with pytest.raises(ConfigError, match=f"at most {MAX_FILE_BYTES} bytes"):
        read_replay(large, STAGES)
    with pytest.raises(ConfigError, match="no such file"):
        read_replay(tmp_path / "nowhere.csv", STAGES)


@pytest.mark.parametrize(
    ("text", "times_s"),
    [
        ("0.1\n0.2\n", (0.1, 0.2)),
        ("death\n0.1\n", (0.1,)),
        ("service time (us)\n100\n", (1e-4,)),
        ("window,death\n1,2\n3,4\n", (2.0, 4.0)),
    ],
)
def test_a_list_is_a_column(tmp_path: Path, text: str, times_s: tuple[float, ...]) -> None:
    assert read_times_s(written(tmp_path, text), column="death") == times_s


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("death\n", "has no rows"),
        ("0.1\n-0.1\n", "csv:2: time: must be a number of at least 0"),
        ("window,deaths\n1,2\n", r"csv:1: there is no column of this name(.|\n)*mean deaths"),
    ],
)
def test_a_list_that_is_none_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_times_s(written(tmp_path, text), column="death")


def test_the_file_is_named_as_the_user_named_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, "death\nx\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=re.escape("times.csv:2: death:")) as raised:
        read_replay(Path("times.csv"), STAGES)
    assert raised.value.where == "times.csv:2"
