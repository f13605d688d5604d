"""Generating a data set in GTSRB's layout: which signs there are, and their files.

As in the real one, some classes are ten times as frequent as others, a track is one physical
sign, and the test images are of signs that are in no training track, their order shuffled.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_aibench.rng import stream
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.classes import CLASS_COUNT
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.annotations import (
    Annotation,
    annotation_text,
)
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.loader import (
    FOLDER,
    IMAGES,
    TEST_ANNOTATIONS,
    TESTING,
    TRAINING,
)
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.scenes import (
    SIGN_SIDE,
    Photograph,
    PhysicalSign,
    photograph,
    put_up_sign,
    track_sides,
)
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.data.signs import draw_sign
from edge_aibench.tasks.generated import writing_data

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from edge_aibench.tasks.component import DataProgress

LARGEST_SCALE: Final = 4.0

# Tracks of each class in the real training part: its 39,209 images by 30, rounded up.
_REAL_TRACKS: Final = (
    *(7, 74, 75, 47, 66, 62, 14, 48, 47, 49, 67, 44, 70, 72, 26, 21, 14, 37, 40, 7, 12, 11),
    *(13, 17, 9, 50, 20, 8, 18, 9, 15, 26, 8, 23, 14, 40, 13, 7, 69, 10, 12, 8, 8),
)

# At scale 1 as many tracks as the real training part, of 8 images each instead of 30: one more
# sign teaches more than one more photograph of the same. The test part takes a few images of
# each of its tracks, so that more signs are asked for.
_FRAMES: Final = 8
_FEWEST_TRACKS: Final = 12
_TEST_TRACK_SHARE: Final = 0.2
_TEST_FRAMES: Final = 5
_FEWEST_TEST_TRACKS: Final = 4


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How many tracks of each class, and images of a track, there are to be."""

    tracks: tuple[int, ...]
    frames: int
    test_tracks: tuple[int, ...]
    test_frames: int

    @property
    def images(self) -> int:
        """How many images that is."""
        return sum(self.tracks) * self.frames + sum(self.test_tracks) * self.test_frames


def extent_of(scale: float) -> Extent:
    """The extent of a scale; images grow in proportion, half by tracks and half by frames.

    There are at least two training tracks of each class, so that one can be held out, and one
    test track.
    """
    root = math.sqrt(scale)

    def tracks(share: float, fewest: int, at_least: int) -> tuple[int, ...]:
        wanted = (max(fewest, share * real) * root for real in _REAL_TRACKS)
        return tuple(max(at_least, round(number)) for number in wanted)

    return Extent(
        tracks=tracks(1.0, _FEWEST_TRACKS, 2),
        frames=max(1, round(_FRAMES * root)),
        test_tracks=tracks(_TEST_TRACK_SHARE, _FEWEST_TEST_TRACKS, 1),
        test_frames=max(1, round(_TEST_FRAMES * root)),
    )


def generate(root: Path, *, seed: int, scale: float, progress: DataProgress | None = None) -> None:
    """Write a data set below *root*; see `DataLayout.write`.

    Raises ConfigError for a scale out of range or a folder that holds something, HostError if
    the disk is full or closed to writing.
    """
    with writing_data(root, scale=scale, largest_scale=LARGEST_SCALE):
        extent = extent_of(scale)
        writer = _Writer(root / FOLDER, total=extent.images, progress=progress)
        pictures = [draw_sign(class_id, SIGN_SIDE) for class_id in range(CLASS_COUNT)]
        _write_training(writer, extent, pictures, seed)
        _write_test(writer, extent, pictures, seed)


class _Writer:
    """Writes images and their annotations, and tells of progress."""

    def __init__(self, folder: Path, *, total: int, progress: DataProgress | None) -> None:
        self.folder = folder
        self._total = total
        self._progress = progress
        self._done = 0

    def image(self, path: Path, shot: Photograph, class_id: int) -> Annotation:
        """Write a photograph as PPM, the format of the data set."""
        height, width, _ = shot.image.shape
        path.write_bytes(b"P6\n%d %d\n255\n" % (width, height) + shot.image.tobytes())
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)
        return Annotation(
            filename=path.name,
            width=width,
            height=height,
            left=shot.left,
            top=shot.top,
            right=shot.right,
            bottom=shot.bottom,
            class_id=class_id,
        )

    def annotations(self, path: Path, rows: list[Annotation]) -> None:
        """Write an annotation file, its line ends as they are."""
        path.write_bytes(annotation_text(rows).encode())


def _write_training(
    writer: _Writer, extent: Extent, pictures: Sequence[NDArray[np.float32]], seed: int
) -> None:
    for class_id, (tracks, picture) in enumerate(zip(extent.tracks, pictures, strict=True)):
        folder = writer.folder / TRAINING / IMAGES / f"{class_id:05d}"
        folder.mkdir(parents=True)
        rows = []
        for track in range(tracks):
            rng = stream(seed, f"traffic-sign/{TRAINING}/{class_id}/{track}")
            for frame, shot in enumerate(_frames(picture, extent.frames, rng)):
                path = folder / f"{track:05d}_{frame:05d}.ppm"
                rows.append(writer.image(path, shot, class_id))
        writer.annotations(folder / f"GT-{class_id:05d}.csv", rows)


def _write_test(
    writer: _Writer, extent: Extent, pictures: Sequence[NDArray[np.float32]], seed: int
) -> None:
    folder = writer.folder / TESTING / IMAGES
    folder.mkdir(parents=True)
    count = sum(extent.test_tracks) * extent.test_frames
    numbers = iter(stream(seed, f"traffic-sign/{TESTING}/order").permutation(count).tolist())
    rows = []
    for class_id, (tracks, picture) in enumerate(zip(extent.test_tracks, pictures, strict=True)):
        for track in range(tracks):
            rng = stream(seed, f"traffic-sign/{TESTING}/{class_id}/{track}")
            for shot in _frames(picture, extent.test_frames, rng):
                rows.append(writer.image(folder / f"{next(numbers):05d}.ppm", shot, class_id))
    writer.annotations(folder / TEST_ANNOTATIONS, sorted(rows, key=lambda row: row.filename))


def _frames(
    picture: NDArray[np.float32], frames: int, rng: np.random.Generator
) -> Iterator[Photograph]:
    sign: PhysicalSign = put_up_sign(picture, rng)
    for side in track_sides(frames, rng):
        yield photograph(sign, side, rng)
