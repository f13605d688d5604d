"""The loader on a folder made by hand, and what it says of damaged ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge_aibench.errors import ConfigError, HostError
from edge_aibench.scenarios.home.tasks.speech.data import librivox
from edge_aibench.scenarios.home.tasks.speech.data.layout import LibriSpeech
from edge_aibench.scenarios.home.tasks.speech.data.utterances import durations_of
from edge_aibench.scenarios.home.tasks.speech.sound import duration_s
from edge_aibench.tasks.sample import read_samples

SOUND = np.array([0, 100, -100, 32_767, -32_768], dtype=np.int16)


def chapter(root: Path, subset: str = "test-clean") -> Path:
    """Two utterances of chapter 2 of speaker 1."""
    folder = root / "LibriSpeech" / subset / "1" / "2"
    folder.mkdir(parents=True)
    for number in range(2):
        soundfile.write(folder / f"1-2-000{number}.flac", SOUND[: 4 + number], 16_000)
    (folder / "1-2.trans.txt").write_text("1-2-0000 IT'S ON\n1-2-0001 TURN IT OFF\n")
    return folder


def test_sounds_and_transcripts_come_together(tmp_path: Path) -> None:
    chapter(tmp_path)
    test = LibriSpeech().open(tmp_path, split="test")
    assert len(test) == 2
    second = test[1]
    assert second.name == "LibriSpeech/test-clean/1/2/1-2-0001.flac"
    assert second.label == "turn it off"
    sound = second.raw
    assert (sound.samples.tolist(), sound.rate_hz) == (SOUND.tolist(), 16_000)
    assert test[0].label == "it's on"


@pytest.mark.parametrize(
    ("split", "subset"),
    [("train", "train-clean-100"), ("val", "dev-clean"), ("test", "test-clean")],
)
def test_splits_are_those_of_librispeech(tmp_path: Path, split: str, subset: str) -> None:
    chapter(tmp_path, subset)
    assert len(LibriSpeech().open(tmp_path, split=split)) == 2


@pytest.mark.parametrize(
    ("split", "message"),
    [
        ("train", "train-clean-100.*unpack train-clean-100.tar.gz"),
        ("test-voices", "only generated data"),
        ("tset", "did you mean test"),
    ],
)
def test_a_missing_split_is_named(tmp_path: Path, split: str, message: str) -> None:
    chapter(tmp_path)
    with pytest.raises(ConfigError, match=f"(?s){message}"):
        LibriSpeech().open(tmp_path, split=split)


def test_the_folder_inside_is_not_the_root(tmp_path: Path) -> None:
    chapter(tmp_path)
    with pytest.raises(ConfigError, match="give the folder above"):
        LibriSpeech().open(tmp_path / "LibriSpeech", split="test")


def test_an_empty_split_is_refused(tmp_path: Path) -> None:
    (tmp_path / "LibriSpeech" / "test-clean").mkdir(parents=True)
    with pytest.raises(ConfigError, match="at least one sample"):
        LibriSpeech().open(tmp_path, split="test")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, r"1-2\.trans\.txt.*must have its transcripts"),
        ("1-2-0000 IT'S ON\n", r"1-2\.trans\.txt.*such as 1-2-0001\.flac"),
        ("1-2-0000 IT'S ON\n1-2-0001 AT 7\n", r"trans\.txt:2.*A to Z.*AT 7"),
        ("1-2-0000\n1-2-0001 ON\n", r"trans\.txt:1.*A to Z"),
    ],
)
def test_faulty_transcripts_are_cited(tmp_path: Path, text: str | None, message: str) -> None:
    transcripts = chapter(tmp_path) / "1-2.trans.txt"
    transcripts.unlink()
    if text is not None:
        transcripts.write_text(text)
    with pytest.raises(ConfigError, match=f"(?s){message}"):
        LibriSpeech().open(tmp_path, split="test")


def spoil_rate(path: Path) -> None:
    soundfile.write(path, SOUND, 22_050)


def spoil_channels(path: Path) -> None:
    soundfile.write(path, np.stack([SOUND, SOUND], axis=1), 16_000)


def spoil_empty(path: Path) -> None:
    soundfile.write(path, SOUND[:0], 16_000)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (Path.unlink, "cannot be opened"),
        (lambda path: path.write_bytes(b"not a sound"), "must be a sound file"),
        (spoil_rate, "16000 samples a second.*22050"),
        (spoil_channels, "mono.*2 channels"),
        (spoil_empty, "must be"),
    ],
)
def test_a_bad_recording_costs_itself_only(tmp_path: Path, spoil: object, message: str) -> None:
    path = chapter(tmp_path) / "1-2-0000.flac"
    spoil(path)  # type: ignore[operator]
    read = read_samples(LibriSpeech().open(tmp_path, split="test"), range(2))
    assert [sample.label for sample in read.samples] == ["turn it off"]
    (problem,) = read.problems
    assert str(path) in str(problem)
    with pytest.raises(ConfigError, match=f"(?s){message}"):
        raise problem


def test_how_long_recordings_last_is_known_before_they_are_read(tmp_path: Path) -> None:
    path = chapter(tmp_path) / "1-2-0000.flac"
    split = LibriSpeech().open(tmp_path, split="test")
    assert durations_of(split) == (4 / 16_000, 5 / 16_000)
    assert durations_of(read_samples(split, range(2)).samples) == (4 / 16_000, 5 / 16_000)
    path.write_bytes(b"not a sound")
    with pytest.raises(ConfigError, match="1-2-0000"):
        durations_of(split)


def test_the_audiobook_is_read_in_its_own_layout(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "austen-01.wav", SOUND, 16_000)
    (tmp_path / "transcription").write_text("<s> he was not ill </s> (austen-01)\n")
    (utterance,) = librivox.open_librivox(tmp_path)
    assert utterance.transcript == "he was not ill"
    assert utterance.path == tmp_path / "austen-01.wav"
    (tmp_path / "transcription").write_text("he was not ill (austen-01)\n")
    with pytest.raises(ConfigError, match="transcription:1"):
        librivox.open_librivox(tmp_path)


def test_an_audiobook_that_is_not_installed_is_named(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="apt-get install pocketsphinx-testdata"):
        librivox.open_librivox(tmp_path / "none")


@pytest.mark.skipif(not librivox.INSTALLED.is_dir(), reason="needs Debian's pocketsphinx-testdata")
def test_the_installed_audiobook_is_sound(tmp_path: Path) -> None:
    split = LibriSpeech().open(tmp_path, split=librivox.OUT_OF_DOMAIN)
    read = read_samples(split, range(len(split)))
    assert not read.problems
    durations_s = sorted(round(duration_s(sample.raw), 1) for sample in read.samples)
    assert durations_s == [3.0, 3.3, 5.3, 6.0, 7.1]
