from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.icu import channels as ch
from edge_aibench.scenarios.icu import episodes

HEADER = ",".join(ch.SERIES_HEADER)


def row(hour: str, **cells: str) -> str:
    named = {"hr": "Heart Rate", "eye": "Glascow coma scale eye opening", "ph": "pH"}
    named |= {"total": "Glascow coma scale total", "crr": "Capillary refill rate"}
    texts = {named[key]: text for key, text in cells.items()}
    return ",".join([hour, *(texts.get(channel.name, "") for channel in ch.CHANNELS)])


def write(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "1_episode1_timeseries.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_reads_numbers_categories_and_gaps(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        HEADER,
        row("0.5", hr="86", eye="4 Spontaneously"),
        row("1.25", ph="7.31", total="15", crr="1.0"),
    )
    episode = episodes.read_episode(path)
    assert episode.hours.tolist() == [0.5, 1.25]
    assert episode.values.shape == (2, 17)
    assert episode.values[0, ch.CHANNEL_INDEX["Heart Rate"]] == 86.0
    assert episode.values[0, ch.CHANNEL_INDEX["Glascow coma scale eye opening"]] == 3.0
    assert episode.values[1, ch.CHANNEL_INDEX["pH"]] == 7.31
    assert episode.values[1, ch.CHANNEL_INDEX["Glascow coma scale total"]] == 4.0
    assert episode.values[1, ch.CHANNEL_INDEX["Capillary refill rate"]] == 1.0
    assert np.isnan(episode.values).sum() == 2 * 17 - 5


def test_columns_are_found_by_name_and_extra_ones_ignored(tmp_path: Path) -> None:
    names = list(reversed(ch.SERIES_HEADER))
    cells = dict.fromkeys(names, "") | {"Hours": "2.0", "Weight": "81.5"}
    path = write(
        tmp_path, ",".join([*names, "Note"]), ",".join([*(cells[n] for n in names), "free text"])
    )
    episode = episodes.read_episode(path)
    assert episode.hours.tolist() == [2.0]
    assert episode.values[0, ch.CHANNEL_INDEX["Weight"]] == 81.5


def test_a_category_that_is_a_number_may_be_spelled_otherwise(tmp_path: Path) -> None:
    episode = episodes.read_episode(write(tmp_path, HEADER, row("1", total="15.0", crr="0")))
    assert episode.values[0, ch.CHANNEL_INDEX["Glascow coma scale total"]] == 4.0
    assert episode.values[0, ch.CHANNEL_INDEX["Capillary refill rate"]] == 0.0


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ([HEADER, row("0.5", hr="86"), row("1.5", hr="fast")], ":3:Heart Rate: must be a finite"),
        ([HEADER, row("0.5", hr="nan")], ":2:Heart Rate: must be a finite number (found 'nan')"),
        ([HEADER, row("0.5", hr="inf")], ":2:Heart Rate"),
        ([HEADER, row("noon", hr="86")], ":2:Hours"),
        ([HEADER, row("", hr="86")], ":2:Hours"),
        ([HEADER, row("-3", hr="86")], ":2: Hours: hours must not be negative"),
        ([HEADER, row("2", hr="86"), row("1", hr="86")], ":3: Hours"),
        ([HEADER, row("0.5", eye="Winking")], ":2: Glascow coma scale eye opening: must be one of"),
        ([HEADER, row("0.5", total="16")], ":2: Glascow coma scale total"),
        ([HEADER, "0.5,1,2"], ":2: must have 18 cells"),
        ([HEADER.replace(",pH", "")], "missing: pH"),
        ([HEADER], "at least one row"),
        ([HEADER, '0.5,"unclosed'], ":2: must be comma-separated"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    tmp_path: Path, lines: list[str], named: str
) -> None:
    path = write(tmp_path, *lines)
    with pytest.raises(ConfigError) as caught:
        episodes.read_episode(path)
    assert named in str(caught.value)
    assert str(path) in str(caught.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "1_episode1_timeseries.csv"
    path.write_bytes(HEADER.encode() + b"\n\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        episodes.read_episode(path)


def test_a_missing_file_and_an_oversized_one_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="readable file"):
        episodes.read_episode(tmp_path / "absent.csv")
    monkeypatch.setattr(episodes, "EPISODE_LIMIT_BYTES", 50)
    with pytest.raises(ConfigError, match="larger than 50 bytes"):
        episodes.read_episode(write(tmp_path, HEADER, row("1", hr="86")))


def test_listfiles_with_and_without_periods(tmp_path: Path) -> None:
    path = tmp_path / "listfile.csv"
    path.write_text("stay,y_true\n3_episode1_timeseries.csv,1\n", encoding="utf-8")
    names, entries = episodes.read_listfile(path)
    assert names == ("y_true",)
    assert list(entries) == [
        episodes.ListEntry(series="3_episode1_timeseries.csv", period_hours=None, labels=(True,))
    ]
    path.write_text(
        "stay,period_length,A; b,C\n3_episode1_timeseries.csv,7.000000,0,1\n", encoding="utf-8"
    )
    names, entries = episodes.read_listfile(path)
    assert names == ("A; b", "C")
    (entry,) = entries
    assert (entry.period_hours, entry.labels) == (7.0, (False, True))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("series,y_true\na,1\n", ":1: must start with the columns stay"),
        ("stay\na\n", ":1: must start with"),
        ("stay,y_true\na,2\n", ":2:y_true: must be 0 or 1 (found '2')"),
        ("stay,y_true\na,\n", ":2:y_true"),
        ("stay,period_length,y_true\na,soon,1\n", ":2:period_length"),
        ("stay,period_length,y_true\na,0,1\n", ":2: period_length: must be above 0"),
        ("stay,y_true\na,1,1\n", ":2: must have 2 cells"),
    ],
)
def test_a_broken_listfile_is_named_with_its_place(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "listfile.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        list(episodes.read_listfile(path)[1])
    assert named in str(caught.value)
