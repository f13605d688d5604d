"""A split as a list of videos, whichever layout they lie in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.tasks.component import TEST, TRAIN, VAL
from edge_aibench.tasks.sample import Sample

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

SPLITS: Final = (TRAIN, VAL, TEST)

VALIDATION_GROUPS: Final = frozenset({23, 24, 25})
"""The groups of the official training lists that `val` holds out. UCF101 has no validation
list; videos of one group share persons and background, and none of the three official test
lists (groups 1-7, 8-14, 15-21) takes one of these."""

VideoSample = Sample["NDArray[np.uint8]", str]

_GROUP = re.compile(r"_g(\d+)_c\d+$")


@dataclass(frozen=True, kw_only=True)
class VideoEntry:
    """One listed video: *name* below the root, where it lies, and its class."""

    name: str
    path: Path
    label: str

    @property
    def group(self) -> int:
        """The group in a name such as `v_TaiChi_g07_c02`.

        Raises ConfigError for a name without one.
        """
        found = _GROUP.search(self.path.stem)
        if found is None:
            raise ConfigError(
                "must be named v_<Class>_g<group>_c<clip>",
                where=str(self.path),
                next_step="name the videos as UCF101 does: the splits go by group",
            )
        return int(found[1])


@dataclass(frozen=True, kw_only=True)
class VideoList:
    """`Samples` of listed videos, each decoded by *read* when it is asked for.

    *classes* are all classes of the data set, in its own order.
    """

    entries: tuple[VideoEntry, ...]
    classes: tuple[str, ...]
    read: Callable[[Path], NDArray[np.uint8]]

    def __len__(self) -> int:
        """How many videos are listed."""
        return len(self.entries)

    def __getitem__(self, index: int, /) -> VideoSample:
        """Decode one; raises ConfigError, naming it, if it is damaged."""
        entry = self.entries[index]
        return Sample(name=entry.name, raw=self.read(entry.path), label=entry.label)


def check_split(split: str, *, root: Path) -> None:
    """Raise ConfigError unless *split* is one of the three."""
    if split not in SPLITS:
        raise unknown_name("split", split, SPLITS, where=str(root))


def part_of_training(entries: Sequence[VideoEntry], *, split: str) -> tuple[VideoEntry, ...]:
    """Of the official training list, the videos of `train` or of `val`."""
    wanted = split == VAL
    return tuple(entry for entry in entries if (entry.group in VALIDATION_GROUPS) is wanted)
