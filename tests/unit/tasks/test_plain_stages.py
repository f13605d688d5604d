"""Where outputs are kept."""

from __future__ import annotations

import gc
from contextlib import suppress
from pathlib import Path

import numpy as np

from edge_aibench.model.components import Call
from edge_aibench.tasks.codecs import ImageCodec
from edge_aibench.tasks.plain_stages import Archive


def archives_open() -> int:
    """How many of this process's files are archives; one may be closed while they are looked at."""
    found = 0
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found += "memfd:archive" in str(entry.readlink())
    return found


def image(level: int) -> np.ndarray:
    return np.full((2, 3, 3), level, np.uint8)


def test_an_archive_keeps_what_it_was_given_in_order() -> None:
    archive = Archive("camera", ImageCodec())
    assert archive.kept() == []
    for level in (4, 200):
        archive.process(Call(0, level, {"camera": image(level), "other": None}))
    assert [kept.mean() for kept in archive.kept()] == [4, 200]
    archive.process(Call(1, 0, {"camera": image(9)}))
    assert [kept.mean() for kept in archive.kept()] == [4, 200, 9]


def test_its_file_ends_with_it() -> None:
    gc.collect()
    before = archives_open()
    archive = Archive("camera", ImageCodec())
    assert archives_open() == before + 1
    del archive
    gc.collect()
    assert archives_open() == before
