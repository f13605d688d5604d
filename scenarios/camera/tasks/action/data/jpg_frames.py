"""The layout that Hara's 3D ResNets read: each video a folder of its frames.

    jpg/<class>/<video>/image_00001.jpg ...
    ucf101_01.json   {"labels": [...], "database": {"<video>": {"subset": "training",
                      "annotations": {"label": "<class>", "segment": [1, frames + 1]}}}}

`subset` is `training` or `validation`, the latter being UCF101's test list. `segment`, frames
counted from 1 and its end left out, is missing from older files: then all frames are read.
(util_scripts/ucf101_json.py of kenshohara/3D-ResNets-PyTorch.)
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.scenarios.camera.tasks.action.data.video_list import (
    VideoEntry,
    VideoList,
    check_split,
    part_of_training,
)
from edge_aibench.tasks.component import TEST
from edge_aibench.tasks.media import (
    LARGEST_DECODED_BYTES,
    LONGEST_FRAMES,
    read_image,
)
from edge_aibench.tasks.sample import nonempty

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

FRAMES: Final = "jpg"

_LARGEST_JSON_BYTES = 64 * 1024**2
_WRITE_AGAIN = "write the file again with util_scripts/ucf101_json.py of the 3D ResNets"

Segments = dict[str, tuple[int, int]]
"""First frame, from 1, and the frame after the last one, by the video's folder."""


def annotation_name(fold: int) -> str:
    """The file that lists the videos of a fold."""
    return f"ucf101_{fold:02d}.json"


def open_jpg_frames(root: Path, *, split: str, fold: int = 1) -> VideoList:
    """Open a split of the official *fold*.

    Raises ConfigError for a missing file or folder, a list of another form, a class that it
    does not name among its labels, and an empty split.
    """
    check_split(split, root=root)
    if not (root / FRAMES).is_dir():
        raise ConfigError(
            "must be a folder jpg/<class>/<video> of frames",
            where=str(root / FRAMES),
            next_step="extract the frames of the videos there",
        )
    path = root / annotation_name(fold)
    content = _read_json(path)
    labels = tuple(content["labels"])
    subset = "validation" if split == TEST else "training"
    entries: list[VideoEntry] = []
    segments: Segments = {}
    for name, video in content["database"].items():
        entry, segment = _entry(root, name, video, labels=labels, where=f"{path}: {name}")
        if segment is not None:
            segments[str(entry.path)] = segment
        if video["subset"] == subset:
            entries.append(entry)
    kept = tuple(entries) if split == TEST else part_of_training(entries, split=split)
    videos = VideoList(entries=kept, classes=labels, read=partial(_read_frames, segments))
    nonempty(videos, root=root, split=split)
    return videos


def _read_json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST_JSON_BYTES:
            raise ConfigError(
                f"must not be larger than {_LARGEST_JSON_BYTES} bytes", where=str(path)
            )
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            "must be a readable JSON file",
            where=str(path),
            value=str(error),
            next_step=_WRITE_AGAIN,
        ) from error
    sound = (
        isinstance(content, dict)
        and isinstance(content.get("labels"), list)
        and all(isinstance(label, str) for label in content["labels"])
        and isinstance(content.get("database"), dict)
    )
    if not sound:
        raise ConfigError(
            "must hold a list `labels` of names and an object `database`",
            where=str(path),
            next_step=_WRITE_AGAIN,
        )
    return dict(content)


def _entry(
    root: Path, name: str, video: object, *, labels: tuple[str, ...], where: str
) -> tuple[VideoEntry, tuple[int, int] | None]:
    annotations = video.get("annotations") if isinstance(video, dict) else None
    if (
        not isinstance(video, dict)
        or not isinstance(annotations, dict)
        or video.get("subset") not in {"training", "validation"}
        or "/" in name
    ):
        raise ConfigError(
            "must have a `subset` of training or validation and an object `annotations`",
            where=where,
            next_step=_WRITE_AGAIN,
        )
    label = annotations.get("label")
    if label not in labels:
        raise unknown_name("class in `labels`", str(label), labels, where=where)
    segment = annotations.get("segment")
    if segment is not None:
        segment = _segment(segment, where=where)
    place = f"{FRAMES}/{label}/{name}"
    return VideoEntry(name=place, path=root / place, label=label), segment


def _segment(found: object, *, where: str) -> tuple[int, int]:
    if (
        not isinstance(found, list)
        or len(found) != 2
        or not all(isinstance(frame, int) for frame in found)
        or not 1 <= found[0] < found[1] <= LONGEST_FRAMES
    ):
        raise ConfigError(
            "`segment` must be the first frame, from 1, and the frame after the last one",
            where=where,
            value=found,
            next_step=_WRITE_AGAIN,
        )
    return found[0], found[1]


def _read_frames(segments: Mapping[str, tuple[int, int]], folder: Path) -> NDArray[np.uint8]:
    """Read a video's frames; raises ConfigError naming the one that is missing or damaged."""
    if not folder.is_dir():
        raise ConfigError(
            "must be a folder of frames image_00001.jpg ...",
            where=str(folder),
            next_step="extract the frames of the video there",
        )
    start, end = segments.get(str(folder), (1, LONGEST_FRAMES + 1))
    frames: list[NDArray[np.uint8]] = []
    for number in range(start, end):
        path = folder / f"image_{number:05d}.jpg"
        if str(folder) not in segments and frames and not path.exists():
            break
        frames.append(read_image(path))
        _check_alike(frames, path)
    return np.stack(frames)


def _check_alike(frames: list[NDArray[np.uint8]], path: Path) -> None:
    if frames[-1].shape != frames[0].shape:
        raise ConfigError(
            f"must have the size of the video's first frame, {frames[0].shape[:2]}",
            where=str(path),
            value=frames[-1].shape[:2],
        )
    if len(frames) * frames[0].nbytes > LARGEST_DECODED_BYTES:
        raise ConfigError(
            f"the video must not decode to more than {LARGEST_DECODED_BYTES} bytes",
            where=str(path.parent),
        )
