"""The generated home: its layout, what its splits hold out, and that it repeats."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from edge_aibench.errors import ConfigError, HostError
from edge_aibench.rng import stream
from edge_aibench.scenarios.home.tasks.speech.data import grammar, room, voices
from edge_aibench.scenarios.home.tasks.speech.data.layout import LibriSpeech
from edge_aibench.scenarios.home.tasks.speech.data.utterances import Utterances
from edge_aibench.scenarios.home.tasks.speech.sound import duration_s

SPLITS = ("train", "val", "test", "test-voices", "test-sentences")


def opened(root: Path, split: str) -> Utterances:
    samples = LibriSpeech().open(root, split=split)
    assert isinstance(samples, Utterances)
    return samples


def speakers(root: Path, split: str) -> set[str]:
    split_samples = opened(root, split)
    return {split_samples[i].name.split("/")[2] for i in range(len(split_samples))}


@pytest.mark.parametrize("split", SPLITS)
def test_every_split_can_be_read(home: Path, split: str) -> None:
    samples = opened(home, split)
    assert len(samples) >= 10
    for index in range(len(samples)):
        sound = samples[index].raw
        peak = np.abs(sound.samples.astype(np.int32)).max()
        assert sound.rate_hz == 16_000
        assert 0.8 < duration_s(sound) < 8
        assert 3_000 < peak < 24_000  # between -18 and -3 dB below full scale


def test_the_test_set_holds_out_voices_and_sentences(home: Path) -> None:
    train, test = opened(home, "train"), opened(home, "test")
    assert not set(train.transcripts) & set(test.transcripts)
    assert not speakers(home, "train") & speakers(home, "test")
    assert not set(train.transcripts) & set(opened(home, "val").transcripts)


def test_two_more_splits_hold_out_one_of_the_two(home: Path) -> None:
    said = set(opened(home, "train").transcripts)
    assert set(opened(home, "test-voices").transcripts) <= said
    assert speakers(home, "test-voices") <= speakers(home, "test")
    assert not set(opened(home, "test-sentences").transcripts) & said
    assert speakers(home, "test-sentences") <= speakers(home, "train")


def test_no_timbre_is_in_two_splits() -> None:
    timbres: dict[str, set[str]] = {}
    for split in ("train", "val", "test"):
        drawn = (voices.draw_voice(split, i, stream(1, f"{split}/{i}")) for i in range(200))
        timbres[split] = {voice.timbre for voice in drawn}
    assert len(timbres["train"]) > 30
    assert not timbres["train"] & timbres["test"]
    assert not timbres["train"] & timbres["val"]
    assert not timbres["val"] & timbres["test"]


def test_the_speakers_and_chapters_are_listed(home: Path) -> None:
    folder = home / "LibriSpeech"
    listed = [
        [cell.strip() for cell in line.split("|")]
        for line in (folder / "SPEAKERS.TXT").read_text().splitlines()
        if not line.startswith(";")
    ]
    numbers = {cells[0] for cells in listed}
    assert numbers == {name for split in SPLITS for name in speakers(home, split)}
    assert {cells[1] for cells in listed} == {"F", "M"}
    chapters = (folder / "CHAPTERS.TXT").read_text()
    assert all(f"| {number} |" in chapters for number in numbers)


def test_the_same_arguments_write_the_same_bytes(home: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    LibriSpeech().write(
        tmp_path / "again",
        seed=5,
        scale=0.01,
        progress=lambda done, total: told.append((done, total)),
    )
    files = sorted(path.relative_to(home) for path in home.rglob("*") if path.is_file())
    again = sorted(p.relative_to(tmp_path / "again") for p in (tmp_path / "again").rglob("*.*"))
    assert files == again
    assert all((home / f).read_bytes() == (tmp_path / "again" / f).read_bytes() for f in files)
    recordings = sum(path.suffix == ".flac" for path in files)
    assert told == [(done, recordings) for done in range(1, recordings + 1)]


def test_another_seed_says_something_else(home: Path) -> None:
    rng = stream(6, "sentences")
    other = {grammar.draw_sentence("train", rng) for _ in range(20)}
    assert len(other - set(opened(home, "train").transcripts)) > 10


def test_the_grammar_says_thousands_of_sentences_in_the_alphabet() -> None:
    rng = stream(1, "sentences")
    drawn = {part: {grammar.draw_sentence(part, rng) for _ in range(2_500)} for part in SPLITS[:3]}
    assert all(grammar.part_of(one) == part for part, some in drawn.items() for one in some)
    assert len(set.union(*drawn.values())) > 2_000
    characters = set("".join(set.union(*drawn.values())))
    assert characters <= set(" abcdefghijklmnopqrstuvwxyz'")
    words = {part: {word for one in some for word in one.split()} for part, some in drawn.items()}
    # What is held out is the sentence: its words are those of the others.
    assert words["test"] <= words["train"]


@pytest.mark.parametrize("scale", [0.0, -1.0, 101.0])
def test_a_scale_out_of_range_is_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(ConfigError, match="scale"):
        LibriSpeech().write(tmp_path / "new", seed=1, scale=scale)


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(ConfigError, match="new or empty folder"):
        LibriSpeech().write(tmp_path, seed=1, scale=0.01)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_missing_synthesiser_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = shutil.which("espeak-ng")
    monkeypatch.setattr(shutil, "which", lambda name: found if name == "espeak-ng" else None)
    with pytest.raises(HostError, match=r"flite is not installed\n.*apt-get install"):
        LibriSpeech().write(tmp_path / "new", seed=1, scale=0.01)


def test_every_timbre_is_a_voice_of_its_own() -> None:
    # espeak-ng speaks with its usual voice, and says nothing, where it does not know a variant.
    names = [name for split in voices.TIMBRES.values() for some in split.values() for name in some]
    spoken = {
        voices.speak("on", espeak(name)).tobytes() for name in (*names, "there-is-no-such-variant")
    }
    assert len(spoken) == len(names) + 1


def test_a_voice_that_fails_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voices, "_command", lambda *_: ["false"])
    with pytest.raises(HostError, match="espeak-ng failed on espeak-ng en-us m1 50 150"):
        voices.speak("on", espeak("m1"))


def espeak(timbre: str) -> voices.Voice:
    return voices.Voice(
        engine="espeak-ng", accent="en-us", timbre=timbre, sex="M", pitch=50, pace=150
    )


def test_the_room_adds_an_echo_and_noise_and_keeps_the_words_place() -> None:
    rng = stream(3, "room")
    click = np.zeros(8_000, dtype=np.float32)
    click[4_000] = 1.0
    sound = room.record(click, room.draw_room(rng), rng)
    loud = np.abs(sound.samples.astype(np.float64))
    place = int(loud.argmax())
    assert 4_000 + 0.05 * 16_000 <= place <= 4_000 + 0.25 * 16_000
    after, before = loud[place + 10 : place + 800].mean(), loud[place - 2_000 : place - 10].mean()
    assert after > 1.5 * before > 0
