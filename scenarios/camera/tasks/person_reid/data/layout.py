"""Market-1501-v15.09.15 on disk: one loader for the real data set and for the generated one.

    bounding_box_train/  images of the persons to train on
    bounding_box_test/   the gallery, distractors (0000) and junk (-1) among it
    query/               one image of each test person by each camera that saw it

The data set has no validation split: every eighth person of bounding_box_train, in order of the
identities, is held out for it. In `train` and `val` the first image of a person by each camera
is a query and all others are the gallery, so that every split can be ranked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.scenarios.camera.tasks.person_reid.data.names import (
    DISTRACTOR,
    JUNK,
    ImageName,
)
from edge_aibench.tasks.component import TEST, TRAIN, VAL, DataProgress
from edge_aibench.tasks.media import read_image
from edge_aibench.tasks.sample import Sample, nonempty

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Image = NDArray[np.uint8]

FOLDER: Final = "Market-1501-v15.09.15"
TRAIN_FOLDER: Final = "bounding_box_train"
GALLERY_FOLDER: Final = "bounding_box_test"
QUERY_FOLDER: Final = "query"

Role = Literal["query", "gallery"]
QUERY: Final = "query"
GALLERY: Final = "gallery"

VALIDATION_EVERY: Final = 8


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """The label of an image: who it shows (or DISTRACTOR or JUNK), by which camera, its part."""

    person: int
    camera: int
    role: Role


class MarketSamples:
    """A split; images are uint8 (height, width, 3) RGB."""

    def __init__(self, root: Path, entries: Sequence[tuple[str, Sighting]]) -> None:
        self._root = root
        self._entries = tuple(entries)

    @property
    def labels(self) -> tuple[Sighting, ...]:
        """The labels of all samples, known without reading an image."""
        return tuple(label for _, label in self._entries)

    def __len__(self) -> int:
        """See `Samples`."""
        return len(self._entries)

    def __getitem__(self, index: int, /) -> Sample[Image, Sighting]:
        """Read one image; raises ConfigError naming its file if that cannot be done."""
        name, label = self._entries[index]
        return Sample(name=name, raw=read_image(self._root / name), label=label)


class Market1501:
    """The layout, for `Component.data`."""

    def write(
        self, root: Path, *, seed: int, scale: float, progress: DataProgress | None = None
    ) -> None:
        """Generate a data set, see `writer.write_data_set`."""
        from edge_aibench.scenarios.camera.tasks.person_reid.data.writer import write_data_set

        write_data_set(root, seed=seed, scale=scale, progress=progress)

    def open(self, root: Path, *, split: str) -> MarketSamples:
        """Open a split; *root* is the data set's folder or the one that holds it.

        Raises ConfigError for a folder that is missing or holds no images, a file of another
        name, a query of a person that the gallery never shows, and another split.
        """
        home = root / FOLDER if (root / FOLDER).is_dir() else root
        if split == TEST:
            entries = _test_entries(home)
        elif split in (TRAIN, VAL):
            entries = _training_entries(home, held_out=split == VAL)
        else:
            raise unknown_name("split", split, (TRAIN, VAL, TEST), where=str(root))
        samples = MarketSamples(home, entries)
        nonempty(samples, root=root, split=split)
        return samples


def _training_entries(home: Path, *, held_out: bool) -> list[tuple[str, Sighting]]:
    images = [
        (place, name)
        for place, name in _images(home, TRAIN_FOLDER)
        if name.person not in (JUNK, DISTRACTOR)
    ]
    persons = sorted({name.person for _, name in images})
    validation = set(persons[VALIDATION_EVERY - 1 :: VALIDATION_EVERY])
    kept = [(place, name) for place, name in images if (name.person in validation) == held_out]
    return list(_with_first_of_each_camera_as_query(kept))


def _with_first_of_each_camera_as_query(
    images: Sequence[tuple[str, ImageName]],
) -> Iterator[tuple[str, Sighting]]:
    seen: set[tuple[int, int]] = set()
    for place, name in images:
        view = (name.person, name.camera)
        role: Role = GALLERY if view in seen else QUERY
        seen.add(view)
        yield place, Sighting(person=name.person, camera=name.camera, role=role)


def _test_entries(home: Path) -> list[tuple[str, Sighting]]:
    folders: tuple[tuple[str, Role], ...] = ((QUERY_FOLDER, QUERY), (GALLERY_FOLDER, GALLERY))
    entries = [
        (place, Sighting(person=name.person, camera=name.camera, role=role))
        for folder, role in folders
        for place, name in _images(home, folder)
    ]
    shown = {label.person for _, label in entries if label.role == GALLERY}
    for place, label in entries:
        if label.role == QUERY and label.person not in shown:
            raise ConfigError(
                f"the person of every query must be shown in {GALLERY_FOLDER}",
                where=str(home / place),
                key="person",
                value=label.person,
                next_step=f"add images of the person to {GALLERY_FOLDER}, or remove the query",
            )
    return entries


def _images(home: Path, folder: str) -> list[tuple[str, ImageName]]:
    """The images of a folder in the order of their names; other files are passed over.

    The real folders hold a Thumbs.db each.
    """
    path = home / folder
    if not path.is_dir():
        raise ConfigError(
            f"must hold the folders {TRAIN_FOLDER}, {GALLERY_FOLDER} and {QUERY_FOLDER} of "
            f"{FOLDER}; {folder} is missing",
            where=str(home),
            next_step="give the folder that the Market-1501 archive unpacks to",
        )
    names = sorted(entry.name for entry in path.iterdir() if entry.suffix == ".jpg")
    if not names:
        raise ConfigError(
            "must hold at least one .jpg image",
            where=str(path),
            next_step="unpack the Market-1501 archive again, or write the data set again",
        )
    return [(f"{folder}/{name}", ImageName.parse(name, where=str(path / name))) for name in names]
