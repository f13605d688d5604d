"""The layout in which UCF101 is published.

    UCF-101/<Class>/v_<Class>_g<group>_c<clip>.avi
    ucfTrainTestlist/classInd.txt       lines `1 ApplyEyeMakeup`
    ucfTrainTestlist/trainlist01.txt    lines `ApplyEyeMakeup/v_ApplyEyeMakeup_g08_c01.avi 1`
    ucfTrainTestlist/testlist01.txt     the same without the number

The class of a video is the folder it is listed in: the file names of one class of the real data
set (`HandstandPushups/v_HandStandPushups_...`) spell it differently.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.scenarios.camera.tasks.action.data.video_list import (
    VideoEntry,
    VideoList,
    check_split,
    part_of_training,
)
from edge_aibench.tasks.component import TEST
from edge_aibench.tasks.media import read_video
from edge_aibench.tasks.sample import nonempty

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

VIDEOS: Final = "UCF-101"
LISTS: Final = "ucfTrainTestlist"
CLASS_INDEX: Final = "classInd.txt"

_LARGEST_LIST_BYTES = 16 * 1024**2
_GET_LISTS = (
    "unpack UCF101TrainTestSplits-RecognitionTask.zip there, or generate a data set in this layout"
)


def open_ucf101(root: Path, *, split: str, fold: int = 1) -> VideoList:
    """Open a split of the official *fold* 1, 2 or 3.

    Raises ConfigError for a missing file or folder, a line of another form, a class that
    classInd.txt does not name, a number that is not that of the class, and an empty split.
    """
    check_split(split, root=root)
    if not (root / VIDEOS).is_dir():
        raise ConfigError(
            "must be a folder with one folder of videos for each class",
            where=str(root / VIDEOS),
            next_step="unpack UCF101.rar there, or generate a data set in this layout",
        )
    numbers = read_class_index(root / LISTS / CLASS_INDEX)
    name = f"{'test' if split == TEST else 'train'}list{fold:02d}.txt"
    entries = _read_list(root, root / LISTS / name, numbers)
    if split != TEST:
        entries = part_of_training(entries, split=split)
    videos = VideoList(entries=entries, classes=tuple(numbers), read=read_video)
    nonempty(videos, root=root, split=split)
    return videos


def read_class_index(path: Path) -> dict[str, int]:
    """Give the classes of a classInd.txt and their numbers, in the file's order.

    Raises ConfigError for a missing file, a line that is not `number name`, and a number or
    name met twice.
    """
    numbers: dict[str, int] = {}
    for line, words in _lines(path):
        where = f"{path}:{line}"
        if len(words) != 2 or not words[0].isdecimal():
            raise ConfigError(
                "must be the number and the name of a class",
                where=where,
                value=" ".join(words),
                next_step=_GET_LISTS,
            )
        number, name = int(words[0]), words[1]
        if name in numbers or number in numbers.values():
            raise ConfigError(
                "must not name a class or a number twice", where=where, value=" ".join(words)
            )
        numbers[name] = number
    if not numbers:
        raise ConfigError("must name at least one class", where=str(path), next_step=_GET_LISTS)
    return numbers


def _read_list(root: Path, path: Path, numbers: Mapping[str, int]) -> tuple[VideoEntry, ...]:
    return tuple(
        _entry(root, words, numbers, where=f"{path}:{line}") for line, words in _lines(path)
    )


def _entry(root: Path, words: list[str], numbers: Mapping[str, int], *, where: str) -> VideoEntry:
    """One line: `<Class>/<file>.avi`, in training lists followed by the class's number."""
    place = PurePosixPath(words[0])
    if len(place.parts) != 2 or ".." in place.parts or len(words) > 2:
        raise ConfigError(
            "must be <Class>/<file>.avi, in a training list followed by the class's number",
            where=where,
            value=" ".join(words),
            next_step=_GET_LISTS,
        )
    label = place.parts[0]
    if label not in numbers:
        raise unknown_name(f"class in {CLASS_INDEX}", label, numbers, where=where)
    if len(words) == 2 and words[1] != str(numbers[label]):
        raise ConfigError(
            f"must have the number that {CLASS_INDEX} gives the class, {numbers[label]}",
            where=where,
            value=words[1],
            next_step="take all lists from one source",
        )
    return VideoEntry(name=f"{VIDEOS}/{place}", path=root / VIDEOS / place, label=label)


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and words of a text file; blank lines are passed over."""
    try:
        size = path.stat().st_size
        if size > _LARGEST_LIST_BYTES:
            raise ConfigError(
                f"must not be larger than {_LARGEST_LIST_BYTES} bytes",
                where=str(path),
                value=size,
                next_step=_GET_LISTS,
            )
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            "must be a readable text file",
            where=str(path),
            value=str(error),
            next_step=_GET_LISTS,
        ) from error
    for number, line in enumerate(text.splitlines(), 1):
        if words := line.split():
            yield number, words
