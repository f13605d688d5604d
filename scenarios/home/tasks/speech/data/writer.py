"""Writing a generated home in LibriSpeech's layout.

Training, validation and test set have speakers of their own and sentences of their own. Two
subsets more tell apart what the test set holds out at once: `test-voices` has its speakers and
sentences of the training set, `test-sentences` speakers of the training set and its sentences.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_aibench.errors import HostError
from edge_aibench.rng import stream
from edge_aibench.scenarios.home.tasks.speech.data.grammar import draw_sentence
from edge_aibench.scenarios.home.tasks.speech.data.layout import (
    FOLDER,
    SUBSETS,
    TEST_SENTENCES,
    TEST_VOICES,
)
from edge_aibench.scenarios.home.tasks.speech.data.room import Room, draw_room, record
from edge_aibench.scenarios.home.tasks.speech.data.voices import (
    Voice,
    check_synthesisers,
    draw_voice,
    speak,
)
from edge_aibench.tasks.component import TEST, TRAIN, VAL
from edge_aibench.tasks.generated import writing_data
from edge_aibench.tasks.media import import_soundfile

if TYPE_CHECKING:
    from pathlib import Path

    from edge_aibench.tasks.component import DataProgress

_LARGEST_SCALE: Final = 100.0

# Speakers of the splits are numbered apart, so that a larger set keeps the numbers of a smaller.
_FIRST_ID: Final = {TRAIN: 100_000, VAL: 200_000, TEST: 300_000}


@dataclass(frozen=True, kw_only=True)
class _Subset:
    """A folder of the data set: whose voices say which sentences, and how many at scale 1."""

    split: str
    voices: str
    sentences: str
    speakers: int
    utterances_each: int


_SUBSETS: Final = (
    _Subset(split=TRAIN, voices=TRAIN, sentences=TRAIN, speakers=144, utterances_each=14),
    _Subset(split=VAL, voices=VAL, sentences=VAL, speakers=12, utterances_each=8),
    _Subset(split=TEST, voices=TEST, sentences=TEST, speakers=24, utterances_each=10),
    _Subset(split=TEST_VOICES, voices=TEST, sentences=TRAIN, speakers=24, utterances_each=5),
    _Subset(split=TEST_SENTENCES, voices=TRAIN, sentences=TEST, speakers=24, utterances_each=5),
)

_CHAPTER: Final = {TRAIN: 1, VAL: 1, TEST: 1, TEST_VOICES: 2, TEST_SENTENCES: 2}


@dataclass(frozen=True, kw_only=True)
class _Speaker:
    number: int
    voice: Voice
    room: Room


@dataclass(frozen=True, kw_only=True)
class _Job:
    """An utterance to be written."""

    path: Path
    speaker: _Speaker
    sentence: str
    purpose: str


@dataclass(frozen=True, kw_only=True)
class _Chapter:
    subset: _Subset
    speaker: _Speaker
    jobs: tuple[_Job, ...]


def write_home(
    root: Path, *, seed: int, scale: float, progress: DataProgress | None = None
) -> None:
    """Write a generated home under *root*, a new or empty folder; see `DataLayout.write`.

    *scale* 1 is some 2,600 utterances of two to three seconds; it changes the number of
    speakers, and keeps at least two a subset.
    """
    check_synthesisers()
    with writing_data(root, scale=scale, largest_scale=_LARGEST_SCALE):
        folder = root / FOLDER
        chapters = [
            chapter
            for subset in _SUBSETS
            for chapter in _plan(folder, subset, seed=seed, scale=scale)
        ]
        _write_recordings([job for chapter in chapters for job in chapter.jobs], seed, progress)
        for chapter in chapters:
            _write_transcripts(chapter)
        _write_speakers(folder, chapters)
        _write_chapters(folder, chapters)


def _plan(folder: Path, subset: _Subset, *, seed: int, scale: float) -> Iterator[_Chapter]:
    """Decide who says what in a subset."""
    for place in range(max(2, round(subset.speakers * scale))):
        speaker = _speaker(subset.voices, place, seed)
        chapter = _CHAPTER[subset.split]
        name = f"{speaker.number}-{speaker.number * 10 + chapter}"
        path = folder / SUBSETS[subset.split] / name.replace("-", "/")
        sentences = _sentences(subset, place, seed)
        jobs = tuple(
            _Job(
                path=path / f"{name}-{number:04d}.flac",
                speaker=speaker,
                sentence=sentence,
                purpose=f"speech/{subset.split}/{place}/{number}",
            )
            for number, sentence in enumerate(sentences)
        )
        yield _Chapter(subset=subset, speaker=speaker, jobs=jobs)


def _sentences(subset: _Subset, place: int, seed: int) -> list[str]:
    """What the speaker at *place* says; nothing twice."""
    rng = stream(seed, f"speech/{subset.split}/{place}/sentences")
    chosen: dict[str, None] = {}
    if subset.split == TEST_VOICES:
        # What the training set says, not only what it could have said.
        spoken = _sentences(_SUBSETS[0], place, seed)
        return [spoken[i] for i in rng.permutation(len(spoken))[: subset.utterances_each]]
    while len(chosen) < subset.utterances_each:
        chosen[draw_sentence(subset.sentences, rng)] = None
    return list(chosen)


def _speaker(split: str, place: int, seed: int) -> _Speaker:
    rng = stream(seed, f"speech/speaker/{split}/{place}")
    return _Speaker(
        number=_FIRST_ID[split] + place, voice=draw_voice(split, place, rng), room=draw_room(rng)
    )


def _write_recordings(jobs: list[_Job], seed: int, progress: DataProgress | None) -> None:
    """Synthesise and record; the programs run beside each other, one a processor."""
    import_soundfile()
    for folder in {job.path.parent for job in jobs}:
        folder.mkdir(parents=True)
    pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
    try:
        written = pool.map(lambda job: _write_recording(job, seed), jobs)
        for done, _ in enumerate(written, start=1):
            if progress is not None:
                progress(done, len(jobs))
    finally:  # whoever interrupts waits for the two that are being written, not for all
        pool.shutdown(cancel_futures=True)


def _write_recording(job: _Job, seed: int) -> None:
    soundfile = import_soundfile()
    spoken = speak(job.sentence, job.speaker.voice)
    sound = record(spoken, job.speaker.room, stream(seed, job.purpose))
    try:
        soundfile.write(job.path, sound.samples, sound.rate_hz, format="FLAC", subtype="PCM_16")
    except (OSError, soundfile.LibsndfileError) as error:
        raise HostError(
            f"{job.path} cannot be written: {error}",
            mend="free some space, or name a folder on another disk",
        ) from error


def _write_transcripts(chapter: _Chapter) -> None:
    lines = [f"{job.path.stem} {job.sentence.upper()}\n" for job in chapter.jobs]
    folder = chapter.jobs[0].path.parent
    path = folder / f"{folder.parent.name}-{folder.name}.trans.txt"
    path.write_text("".join(lines), encoding="utf-8")


def _write_speakers(folder: Path, chapters: list[_Chapter]) -> None:
    lines: dict[int, str] = {}
    for chapter in chapters:
        speaker, subset = chapter.speaker, SUBSETS[chapter.subset.split]
        line = f"{speaker.number} | {speaker.voice.sex} | {subset} | 1.00 | {speaker.voice.title}\n"
        lines.setdefault(speaker.number, line)
    header = "; Generated speech: every speaker is a synthesiser's voice\n;\n"
    columns = "; ID | SEX | SUBSET | MINUTES | NAME\n"
    text = header + columns + "".join(lines.values())
    (folder / "SPEAKERS.TXT").write_text(text, encoding="utf-8")


def _write_chapters(folder: Path, chapters: list[_Chapter]) -> None:
    header = "; Generated speech: a chapter is what one voice says in one subset\n;\n"
    columns = "; ID | READER | MINUTES | SUBSET | PROJ. | BOOK ID | CH. TITLE | PROJECT TITLE\n"
    lines = [
        f"{chapter.jobs[0].path.parent.name} | {chapter.speaker.number} | 1.00 | "
        f"{SUBSETS[chapter.subset.split]} | 1 | 1 | {chapter.subset.sentences} sentences | Home\n"
        for chapter in chapters
    ]
    (folder / "CHAPTERS.TXT").write_text(header + columns + "".join(lines), encoding="utf-8")
