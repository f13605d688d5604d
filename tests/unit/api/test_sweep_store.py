"""The store keeps each outcome at once, and can be gone on with after any ending."""

from __future__ import annotations

import errno
import math
import os
from pathlib import Path

import pytest

from edge_aibench.api.sweeps.runs import Outcome
from edge_aibench.api.sweeps.store import STORE, open_store
from edge_aibench.errors import ConfigError, HostError

FIRST = Outcome(0, 0, 11, {"e2e.mean": 0.1 + 0.2, "validity": "VALID"}, None, 1.5)
SECOND = Outcome(1, 0, 11, error="ValueError: bad")


def kept(folder: Path, *outcomes: Outcome) -> bytes:
    with open_store(folder, digest="d", resume=False) as store:
        for outcome in outcomes:
            store.add(outcome)
    return (folder / STORE).read_bytes()


def known(folder: Path) -> list[Outcome]:
    with open_store(folder, digest="d", resume=True) as store:
        return list(store.outcomes.values())


def test_what_was_added_is_read_back_to_the_bit(tmp_path: Path) -> None:
    kept(tmp_path, FIRST, SECOND)
    assert known(tmp_path) == [FIRST, SECOND]


def test_figures_that_json_has_not_come_back(tmp_path: Path) -> None:
    figures = {"a": math.inf, "b": math.nan, "c": -math.inf, "d": 1e-300, "e": 3}
    kept(tmp_path, Outcome(0, 0, 11, figures))
    (outcome,) = known(tmp_path)
    assert outcome.figures["a"] == math.inf
    assert outcome.figures["d"] == 1e-300
    assert math.isnan(float(outcome.figures["b"]))
    assert math.isnan(float(outcome.figures["c"]))


def test_each_line_is_on_the_disk_before_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    real = os.fsync

    def note(descriptor: int) -> None:
        real(descriptor)
        synced.append((tmp_path / STORE).stat().st_size)

    monkeypatch.setattr(os, "fsync", note)
    with open_store(tmp_path, digest="d", resume=False) as store:
        before = len(synced)
        store.add(FIRST)
        store.add(SECOND)
    sizes = synced[before:]
    assert len(sizes) == 2
    assert sizes[0] < sizes[1] == (tmp_path / STORE).stat().st_size


@pytest.mark.parametrize("cut", [1, 2, 30])
def test_a_cut_last_line_is_dropped_and_written_over(tmp_path: Path, cut: int) -> None:
    whole = kept(tmp_path, FIRST, SECOND)
    (tmp_path / STORE).write_bytes(whole[:-cut])
    assert known(tmp_path) == [FIRST]
    with open_store(tmp_path, digest="d", resume=True) as store:
        store.add(SECOND)
    assert (tmp_path / STORE).read_bytes() == whole


def test_a_last_line_of_zeros_is_dropped(tmp_path: Path) -> None:
    # What a file system may leave of a line when the machine itself goes down.
    whole = kept(tmp_path, FIRST)
    (tmp_path / STORE).write_bytes(whole + b"\0" * 20 + b"\n")
    assert known(tmp_path) == [FIRST]
    assert (tmp_path / STORE).read_bytes() == whole


def test_a_first_line_that_was_cut_makes_a_new_store(tmp_path: Path) -> None:
    whole = kept(tmp_path)
    (tmp_path / STORE).write_bytes(whole[:10])
    assert known(tmp_path) == []
    assert (tmp_path / STORE).read_bytes() == whole


def test_of_two_lines_of_a_run_the_later_counts(tmp_path: Path) -> None:
    again = Outcome(1, 0, 11, {"e2e.mean": 2.0})
    kept(tmp_path, SECOND, again)
    assert known(tmp_path) == [again]


def test_a_folder_that_holds_a_sweep_is_not_begun_anew(tmp_path: Path) -> None:
    kept(tmp_path, FIRST)
    with (
        pytest.raises(ConfigError, match=r"holds a sweep already\n.*--resume"),
        open_store(tmp_path, digest="d", resume=False),
    ):
        pytest.fail("it was opened")


def test_another_sweep_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    whole = kept(tmp_path, FIRST)
    with (
        pytest.raises(ConfigError, match="holds another sweep"),
        open_store(tmp_path, digest="other", resume=True),
    ):
        pytest.fail("it was opened")
    assert (tmp_path / STORE).read_bytes() == whole


@pytest.mark.parametrize("content", [b"hello\n", b"{}\n", b"[1]\n", b"a\nb\n"])
def test_a_file_that_is_no_store_is_refused_and_left_as_it_is(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / STORE).write_bytes(content)
    with (
        pytest.raises(ConfigError, match="is no store of a sweep"),
        open_store(tmp_path, digest="d", resume=True),
    ):
        pytest.fail("it was opened")
    assert (tmp_path / STORE).read_bytes() == content


@pytest.mark.parametrize("line", [b"nonsense", b"{}", b'{"point": "x"}', b"3"])
def test_a_damaged_line_in_the_middle_is_named(tmp_path: Path, line: bytes) -> None:
    header, first = kept(tmp_path, FIRST).splitlines()
    (tmp_path / STORE).write_bytes(b"\n".join([header, line, first]) + b"\n")
    with (
        pytest.raises(ConfigError, match=r"runs\.jsonl:2: is no outcome of a run"),
        open_store(tmp_path, digest="d", resume=True),
    ):
        pytest.fail("it was opened")


def test_two_processes_do_not_share_a_store(tmp_path: Path) -> None:
    kept(tmp_path)
    with (
        open_store(tmp_path, digest="d", resume=True),
        pytest.raises(HostError, match="another process is at work"),
        open_store(tmp_path, digest="d", resume=True),
    ):
        pytest.fail("it was opened twice")


def test_a_full_disk_is_named_and_leaves_whole_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with open_store(tmp_path, digest="d", resume=False) as store:
        store.add(FIRST)
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            with pytest.raises(HostError, match=r"runs\.jsonl: no space is left there"):
                store.add(SECOND)
        assert SECOND.place not in store.outcomes
    assert known(tmp_path) == [FIRST]
