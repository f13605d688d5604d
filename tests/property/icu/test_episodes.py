"""Whatever is in a file, it is read as written or refused with a message, never misread."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.icu.channels import CHANNELS, SERIES_HEADER
from edge_aibench.scenarios.icu.episodes import read_episode, read_listfile

numbers = st.floats(-1e6, 1e6, allow_nan=False)
cells = st.tuples(
    *(
        st.none() | (st.sampled_from(channel.categories) if channel.is_categorical else numbers)
        for channel in CHANNELS
    )
)
rows = st.lists(st.tuples(st.floats(0, 500), cells), min_size=1, max_size=20).map(
    lambda found: sorted(found, key=lambda row: row[0])
)


@given(rows)
def test_what_was_written_is_read(
    found: list[tuple[float, tuple[float | str | None, ...]]],
) -> None:
    lines = [",".join(SERIES_HEADER)]
    for hour, values in found:
        texts = ["" if v is None else v if isinstance(v, str) else repr(v) for v in values]
        lines.append(",".join([repr(hour), *texts]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "1_episode1_timeseries.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        episode = read_episode(path)
    assert episode.hours.tolist() == [hour for hour, _ in found]
    for row, (_, values) in zip(episode.values, found, strict=True):
        for read, value, channel in zip(row, values, CHANNELS, strict=True):
            if value is None:
                assert np.isnan(read)
            elif isinstance(value, str):
                assert channel.categories[int(read)] == value
            else:
                assert read == value


@given(
    st.text(max_size=200) | st.text(max_size=80).map(lambda t: ",".join(SERIES_HEADER) + "\n" + t)
)
def test_any_text_is_read_or_refused(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.csv"
        path.write_text(text, encoding="utf-8", errors="replace")
        with suppress(ConfigError):
            assert len(read_episode(path).hours) > 0
        with suppress(ConfigError):
            names, entries = read_listfile(path)
            assert all(len(entry.labels) == len(names) for entry in entries)
