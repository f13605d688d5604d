"""Five sentences of a LibriVox audiobook, read by a person: speech of another kind.

Debian's pocketsphinx-testdata brings them, from the source that LibriSpeech is cut from. A
network trained on commands to a home has met neither the voice nor the words: what it makes of
them shows how far generated data carries.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from edge_aibench.errors import ConfigError, HostError
from edge_aibench.scenarios.home.tasks.speech.data.utterances import Utterance

OUT_OF_DOMAIN: Final = "out-of-domain"

INSTALLED: Final = Path("/usr/share/pocketsphinx/test/data/librivox")

_LINE: Final = re.compile(r"<s> (?P<words>[a-z' ]+) </s> \((?P<name>[\w.-]+)\)")


def open_librivox(folder: Path = INSTALLED) -> tuple[Utterance, ...]:
    """List the recordings.

    Raises HostError where they are not installed, ConfigError for a line of the transcripts that
    is not `<s> words </s> (name)`.
    """
    transcripts = folder / "transcription"
    if not transcripts.is_file():
        raise HostError(
            f"the recordings of the split `{OUT_OF_DOMAIN}` are not installed: no {transcripts}",
            mend="sudo apt-get install pocketsphinx-testdata",
        )
    found = []
    for number, line in enumerate(transcripts.read_text(encoding="utf-8").splitlines(), start=1):
        parts = _LINE.fullmatch(line.strip())
        if parts is None:
            raise ConfigError(
                "must be `<s> words </s> (name)`",
                where=f"{transcripts}:{number}",
                value=line,
                next_step="install pocketsphinx-testdata again",
            )
        path = folder / f"{parts['name']}.wav"
        found.append(Utterance(name=path.name, path=path, transcript=parts["words"]))
    return tuple(found)
