"""What the sensors of a run will sense, from a folder in the public layouts."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from edge_aibench.errors import ConfigError
from edge_aibench.scenarios.home import recordings as module
from edge_aibench.scenarios.home.recordings import Recordings, open_recordings
from edge_aibench.tasks import generated
from tests.unit.home.conftest import PEOPLE, SENTENCES


@pytest.fixture
def own(root: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(root, tmp_path / "own"))


def test_both_layouts_are_read_whole(recordings: Recordings) -> None:
    said = Counter(utterance.transcript for utterance in recordings.utterances)
    assert said == dict.fromkeys(SENTENCES, 2)
    assert all(utterance.sound.rate_hz == 16_000 for utterance in recordings.utterances)
    assert {person.name for person in recordings.people} == {
        f"Person_{number:04d}" for number in range(1, PEOPLE + 1)
    }


def test_nobody_is_seen_on_a_picture_they_were_enrolled_with(recordings: Recordings) -> None:
    for person in recordings.people:
        assert (len(person.references), len(person.visits)) == (3, 2)
        for visit in person.visits:
            assert not any(np.array_equal(visit, one) for one in person.references)


def test_words_are_counted() -> None:
    from tests.unit.home.conftest import silent

    assert silent("set a timer").words == 3


def test_the_seed_draws_the_order(root: Path, recordings: Recordings) -> None:
    again, other = open_recordings(root, seed=1), open_recordings(root, seed=2)
    names = [person.name for person in recordings.people]
    assert [person.name for person in again.people] == names
    assert [person.name for person in other.people] != names


def test_a_bounded_number_is_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_UTTERANCES", 3)
    monkeypatch.setattr(module, "MOST_PEOPLE", 6)
    monkeypatch.setattr(module, "MOST_VISITS", 1)
    few = open_recordings(root, seed=1)
    assert (len(few.utterances), len(few.people)) == (3, 6)
    assert {len(person.visits) for person in few.people} == {1}


def test_long_utterances_are_left_out(
    root: Path, recordings: Recordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = sorted(len(utterance.sound.samples) for utterance in recordings.utterances)
    monkeypatch.setattr(module, "LONGEST_S", samples[2] / 16_000)
    kept = open_recordings(root, seed=1).utterances
    assert sorted(len(utterance.sound.samples) for utterance in kept) == samples[:3]
    monkeypatch.setattr(module, "LONGEST_S", 0.5)
    with pytest.raises(ConfigError, match=r"an utterance of at most 0.5 s .found '8 longer ones'"):
        open_recordings(root, seed=1)


def test_generated_data_is_asked_for_without_a_folder(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def give(component: object, cache: Path, *, scale: float) -> Path:
        name: str = component.task.name  # type: ignore[attr-defined]
        asked.append((name, scale))
        return root / {"speech": "speech", "face": "faces"}[name]

    monkeypatch.setattr(generated, "generated_data", give)
    found = open_recordings(None, seed=1)
    assert sorted(asked) == [("face", 0.25), ("speech", 0.25)]
    assert len(found.people) == PEOPLE


def test_an_empty_folder_is_told_what_to_hold(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="LibriSpeech's layout") as caught:
        open_recordings(tmp_path, seed=1)
    assert caught.value.where == str(tmp_path / "speech" / "LibriSpeech" / "test-clean")


def test_missing_faces_are_named(own: Path) -> None:
    shutil.rmtree(own / "faces")
    with pytest.raises(ConfigError) as caught:
        open_recordings(own, seed=1)
    assert caught.value.where == str(own / "faces" / "lfw")


@pytest.mark.parametrize("pattern", ["*.flac", "*.jpg"])
def test_a_damaged_file_is_named(own: Path, pattern: str) -> None:
    damaged = sorted(own.rglob(pattern))[0]
    damaged.write_bytes(b"\0" * 100)
    with pytest.raises(ConfigError) as caught:
        open_recordings(own, seed=1)
    assert caught.value.where == str(damaged)


def test_too_few_people_are_refused(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REFERENCES", 5)
    with pytest.raises(ConfigError, match=r"5 people or more .*found '0 of 8 people'"):
        open_recordings(own, seed=1)


def test_pictures_that_fill_the_memory_are_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each has 250 x 250 x 3 = 187,500 bytes decoded.
    monkeypatch.setattr(module, "MOST_PICTURE_BYTES", 2 * 187_500)
    with pytest.raises(ConfigError, match=r"at most 375000 bytes .*250 x 250 pixels") as caught:
        open_recordings(root, seed=1)
    assert caught.value.where.endswith("_0003.jpg")
