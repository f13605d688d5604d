"""Reading GTSRB's folders, the real ones and ours.

    GTSRB/Final_Training/Images/000CC/TTTTT_NNNNN.ppm, GT-000CC.csv   class, track, frame
    GTSRB/Final_Test/Images/NNNNN.ppm, GT-final_test.csv

A track is one physical sign, seen 30 times as the car comes nearer: its images are nearly alike,
so that a split by image would measure memory. The data set has no validation part; `val` is
every fifth track of each class (its 5th, 10th, ...; the last one where there are fewer than
five), `train` the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.classes import CLASS_COUNT
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.annotations import (
    Annotation,
    read_annotations,
)
from edge_aibench.tasks.component import TEST, TRAIN, VAL
from edge_aibench.tasks.media import read_image
from edge_aibench.tasks.sample import Sample

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

FOLDER: Final = "GTSRB"
TRAINING: Final = "Final_Training"
TESTING: Final = "Final_Test"
IMAGES: Final = "Images"
TEST_ANNOTATIONS: Final = "GT-final_test.csv"

_VAL_EVERY: Final = 5
_RESTORE: Final = "restore the file from the data set's archive, or write the data again"


@dataclass(frozen=True, kw_only=True)
class _Entry:
    path: Path
    annotation: Annotation


class SignSamples:
    """A split: each image cut to its sign, as the detector before this task would hand it on."""

    def __init__(self, entries: Sequence[_Entry], *, root: Path) -> None:
        self._entries = tuple(entries)
        self._root = root

    def __len__(self) -> int:
        """How many images the split lists."""
        return len(self._entries)

    def __getitem__(self, index: int, /) -> Sample[NDArray[np.uint8], int]:
        """Read an image, cut to its region, and its class."""
        entry = self._entries[index]
        image = read_image(entry.path)
        place = entry.annotation
        if image.shape[:2] != (place.height, place.width):
            raise ConfigError(
                f"must have {place.width} x {place.height} pixels, as its annotation says",
                where=str(entry.path),
                value=f"{image.shape[1]} x {image.shape[0]}",
                next_step=_RESTORE,
            )
        return Sample(
            name=entry.path.relative_to(self._root).as_posix(),
            raw=image[place.top : place.bottom, place.left : place.right],
            label=place.class_id,
        )


def open_split(root: Path, *, split: str) -> SignSamples:
    """Open `train`, `val` or `test` of the data set at *root*, which holds the folder GTSRB or
    is it. Raises ConfigError for anything that is not in the layout.
    """
    if split not in (TRAIN, VAL, TEST):
        raise unknown_name("split", split, (TRAIN, VAL, TEST), where="traffic-sign")
    folder = _data_folder(root)
    entries = _test_entries(folder, root) if split == TEST else _training_entries(folder, split)
    return SignSamples(entries, root=folder)


def _data_folder(root: Path) -> Path:
    for folder in (root / FOLDER, root):
        if (folder / TRAINING).is_dir() or (folder / TESTING).is_dir():
            return folder
    if root.suffix == ".p" or any((root / f"{name}.p").exists() for name in ("train", "test")):
        raise ConfigError(
            "is GTSRB as Python pickles, which can run any program when they are read",
            where=str(root),
            next_step="give the official folders (GTSRB_Final_Training_Images.zip, "
            "GTSRB_Final_Test_Images.zip and GTSRB_Final_Test_GT.zip, unpacked)",
        )
    raise ConfigError(
        f"must hold {FOLDER}/{TRAINING}/{IMAGES} and {FOLDER}/{TESTING}/{IMAGES}",
        where=str(root),
        next_step="unpack the official archives here, or write generated data",
    )


def _training_entries(folder: Path, split: str) -> list[_Entry]:
    entries: list[_Entry] = []
    for class_id in range(CLASS_COUNT):
        class_folder = folder / TRAINING / IMAGES / f"{class_id:05d}"
        if not class_folder.is_dir():
            raise ConfigError(
                f"there must be a folder for each of the {CLASS_COUNT} classes",
                where=str(class_folder),
                next_step="restore the folder: a class never seen cannot be recognised",
            )
        annotations = read_annotations(class_folder / f"GT-{class_id:05d}.csv", class_id=class_id)
        chosen = _tracks_of(annotations, split)
        entries += [
            _Entry(path=class_folder / row.filename, annotation=row)
            for row in annotations
            if _track(row) in chosen
        ]
    return entries


def _tracks_of(annotations: Sequence[Annotation], split: str) -> set[str]:
    tracks = sorted({_track(row) for row in annotations})
    held_out = set(tracks[_VAL_EVERY - 1 :: _VAL_EVERY])
    if not held_out and len(tracks) > 1:
        held_out = {tracks[-1]}
    return held_out if split == VAL else set(tracks) - held_out


def _track(row: Annotation) -> str:
    return row.filename.partition("_")[0]


def _test_entries(folder: Path, root: Path) -> list[_Entry]:
    """The classes come in an archive of their own, which leaves the file where it is unpacked."""
    images = folder / TESTING / IMAGES
    for place in (images, folder, root):
        if (place / TEST_ANNOTATIONS).is_file():
            annotations = read_annotations(place / TEST_ANNOTATIONS)
            return [_Entry(path=images / row.filename, annotation=row) for row in annotations]
    raise ConfigError(
        "the classes of the test images must be here",
        where=str(images / TEST_ANNOTATIONS),
        next_step="unpack GTSRB_Final_Test_GT.zip, which holds them, into this folder "
        "(GT-final_test.test.csv of the images' archive has none)",
    )
