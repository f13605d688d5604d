"""The layout of LibriSpeech (Panayotov et al., ICASSP 2015): real and generated data alike.

    ROOT/LibriSpeech/SPEAKERS.TXT, CHAPTERS.TXT
    ROOT/LibriSpeech/<subset>/<speaker>/<chapter>/<speaker>-<chapter>.trans.txt
    ROOT/LibriSpeech/<subset>/<speaker>/<chapter>/<speaker>-<chapter>-0000.flac

A line of the transcripts is the recording's name and the words in capitals. Training reads
train-clean-100, validation dev-clean and the test test-clean. Generated data has two subsets
more, by which the two things that its test set holds out can be told apart: `test-voices`, new
voices saying sentences of the training set, and `test-sentences`, the reverse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.scenarios.home.tasks.speech.alphabet import CHARACTERS
from edge_aibench.scenarios.home.tasks.speech.data.librivox import OUT_OF_DOMAIN, open_librivox
from edge_aibench.scenarios.home.tasks.speech.data.utterances import Utterance, Utterances
from edge_aibench.tasks.component import TEST, TRAIN, VAL
from edge_aibench.tasks.sample import nonempty

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from edge_aibench.tasks.component import DataProgress
    from edge_aibench.tasks.sample import Samples

FOLDER: Final = "LibriSpeech"
TEST_VOICES: Final = "test-voices"
TEST_SENTENCES: Final = "test-sentences"

SUBSETS: Final[dict[str, str]] = {
    TRAIN: "train-clean-100",
    VAL: "dev-clean",
    TEST: "test-clean",
    TEST_VOICES: TEST_VOICES,
    TEST_SENTENCES: TEST_SENTENCES,
}
"""The folder of each split."""

_RECORDING: Final = ".flac"


class LibriSpeech:
    """The `DataLayout` of the task."""

    def write(
        self, root: Path, *, seed: int, scale: float, progress: DataProgress | None = None
    ) -> None:
        """Generate a smart home's commands in this layout; see `DataLayout.write`.

        Raises HostError where a speech synthesiser is missing.
        """
        from edge_aibench.scenarios.home.tasks.speech.data.writer import write_home

        write_home(root, seed=seed, scale=scale, progress=progress)

    def open(self, root: Path, *, split: str) -> Samples[Any, Any]:
        """Open a split, see `DataLayout.open`; `out-of-domain` is the machine's, not *root*'s.

        Raises HostError for `out-of-domain` where its recordings are not installed.
        """
        if split == OUT_OF_DOMAIN:
            return Utterances(open_librivox())
        if split not in SUBSETS:
            raise unknown_name("split", split, (*SUBSETS, OUT_OF_DOMAIN), where=str(root))
        folder = root / FOLDER / SUBSETS[split]
        if not folder.is_dir():
            raise ConfigError(
                f"the split `{split}` of LibriSpeech's layout must be this folder",
                where=str(folder),
                next_step=_missing_step(root, split),
            )
        found = [one for chapter in _chapters(folder) for one in _utterances(root, chapter)]
        return nonempty(Utterances(found), root=folder, split=split)


def _missing_step(root: Path, split: str) -> str:
    if split in (TEST_VOICES, TEST_SENTENCES):
        return "use the split `test`; only generated data has this one"
    if root.name == FOLDER:
        return f"give the folder above, {root.parent}"
    return f"unpack {SUBSETS[split]}.tar.gz there, or generate data with `edge-aibench task data`"


def _chapters(folder: Path) -> Iterator[Path]:
    for speaker in sorted(folder.iterdir()):
        if speaker.is_dir():
            yield from (chapter for chapter in sorted(speaker.iterdir()) if chapter.is_dir())


def _utterances(root: Path, chapter: Path) -> Iterator[Utterance]:
    """The utterances of a chapter, as its transcripts list them."""
    transcripts = chapter / f"{chapter.parent.name}-{chapter.name}.trans.txt"
    if not transcripts.is_file():
        raise ConfigError(
            "every chapter must have its transcripts here",
            where=str(transcripts),
            next_step="unpack the archive again, or remove the chapter's folder",
        )
    names = set()
    text = transcripts.read_text(encoding="utf-8", errors="replace")
    for number, line in enumerate(text.splitlines(), start=1):
        name, _, words = line.strip().partition(" ")
        if not name:
            continue
        names.add(name)
        path = chapter / f"{name}{_RECORDING}"
        yield Utterance(
            name=path.relative_to(root).as_posix(),
            path=path,
            transcript=_transcript(words, f"{transcripts}:{number}"),
        )
    unlisted = sorted(
        path.name for path in chapter.glob(f"*{_RECORDING}") if path.stem not in names
    )
    if unlisted:
        raise ConfigError(
            f"must have a line for every recording beside it, such as {unlisted[0]}",
            where=str(transcripts),
            next_step="add the transcripts, or remove the recordings",
        )


def _transcript(words: str, where: str) -> str:
    transcript = " ".join(words.lower().split())
    foreign = sorted(set(transcript) - set(CHARACTERS))
    if foreign or not transcript:
        raise ConfigError(
            "a transcript must be words of A to Z and apostrophes",
            where=where,
            value=words,
            next_step="spell numbers out and leave punctuation away",
        )
    return transcript
