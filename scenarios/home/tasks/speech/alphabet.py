"""The 28 characters of the transcripts and the blank of CTC.

The order is that of the published implementations: the space, a to z, the apostrophe; the blank
is the last class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

CHARACTERS: Final = " abcdefghijklmnopqrstuvwxyz'"
SPACE: Final = 0
BLANK: Final = len(CHARACTERS)
CLASSES: Final = len(CHARACTERS) + 1

_INDEX: Final = {character: index for index, character in enumerate(CHARACTERS)}


def text_to_labels(text: str) -> NDArray[np.int32]:
    """Give the classes of a transcript, int32 (characters,).

    Raises ConfigError for a character outside the alphabet, such as a capital.
    """
    foreign = sorted(set(text) - _INDEX.keys())
    if foreign:
        raise ConfigError(
            "a transcript holds nothing but a to z, apostrophes and spaces",
            where="transcript",
            value="".join(foreign),
            next_step="spell numbers out and leave punctuation away",
        )
    return np.array([_INDEX[character] for character in text], dtype=np.int32)


def labels_to_text(labels: Iterable[int]) -> str:
    """Give the text of classes, none of them the blank."""
    return "".join(CHARACTERS[label] for label in labels)
