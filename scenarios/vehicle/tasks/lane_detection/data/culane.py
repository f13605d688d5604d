"""CULane: its layout on disk, read and written.

    list/train.txt, list/val.txt, list/test.txt    a frame a line, as /driver_../0000.MP4/00000.jpg
    list/train_gt.txt, list/val_gt.txt             the same, its label image and four 0 or 1
    driver_../0000.MP4/00000.jpg                   1640 x 590
    driver_../0000.MP4/00000.lines.txt             a line of points `x y x y ..` for each lane line
    laneseg_label_w16/driver_../0000.MP4/00000.png line 1 to 4 as grey 1 to 4, 16 pixels wide

Lines 1 to 4 are, from the left, the second and the first left of the middle of the image and
the first and the second right of it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.files import (
    LARGEST_SCALE,
    RESTORE,
    below,
    read_text,
    write_image,
)
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.frames import FrameSource
from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import Lanes, rank_lines
from edge_aibench.tasks.component import TEST, TRAIN, VAL
from edge_aibench.tasks.generated import writing_data
from edge_aibench.tasks.media import read_image
from edge_aibench.tasks.sample import Sample, nonempty

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from edge_aibench.tasks.component import DataProgress
    from edge_aibench.tasks.sample import Samples

    Points = NDArray[np.float64]
    CULaneSample = Sample[NDArray[np.uint8], tuple[Points, ...]]

_SIZE: Final = (1640, 590)
_LABEL_WIDTH_PX: Final = 16
_LABELS: Final = "laneseg_label_w16"
_DRIVERS: Final = {
    TRAIN: "driver_23_30frame",
    VAL: "driver_161_90frame",
    TEST: "driver_100_30frame",
}
# Of the generated data: frames at scale 1, and the fewest there are.
_FRAMES: Final = {TRAIN: (300, 8), VAL: (30, 4), TEST: (60, 8)}


class _CULaneSamples:
    """A split; frames and their lines are read when asked for."""

    def __init__(self, root: Path, names: list[str], where: Path) -> None:
        self._root = root
        self._names = names
        self._where = where

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, index: int, /) -> CULaneSample:
        name = self._names[index]
        frame = below(self._root, name, where=str(self._where))
        return Sample(
            name=name, raw=read_image(frame), label=read_lines(frame.with_suffix(".lines.txt"))
        )


class CULane:
    """The `DataLayout` of CULane; a label is a tuple of lines, points (n, 2) of x and y."""

    def write(
        self, root: Path, *, seed: int, scale: float, progress: DataProgress | None = None
    ) -> None:
        """See `DataLayout.write`: the frames of TuSimple's generator, from a wider camera."""
        with writing_data(root, scale=scale, largest_scale=LARGEST_SCALE):
            self._write(root, seed=seed, scale=scale, progress=progress)

    def _write(self, root: Path, *, seed: int, scale: float, progress: DataProgress | None) -> None:
        counts = {split: max(round(scale * n), least) for split, (n, least) in _FRAMES.items()}
        total, done = sum(counts.values()), 0
        # The annotators' points, too, are some ten pixels apart.
        rows = np.arange(0, _SIZE[1], 10, dtype=np.float64)
        frames = FrameSource(seed=seed, size=_SIZE, rows=rows)
        (root / "list").mkdir()
        for split, count in counts.items():
            plain, labelled = [], []
            for number in range(count):
                frame = frames.frame(split, number)
                name = f"/{_DRIVERS[split]}/{number // 20:04d}.MP4/{30 * (number % 20):05d}.jpg"
                quality = frame.scene.light.quality
                path = below(root, name, where=split)
                write_image(path, frame.image, quality=quality)
                slots = _slots(Lanes(rows=rows, columns=frame.scene.label(rows)))
                text = "".join(_lines_text(line) for line in slots if line is not None)
                path.with_suffix(".lines.txt").write_text(text, encoding="utf-8")
                image_name = f"/{_LABELS}{name.removesuffix('.jpg')}.png"
                write_image(below(root, image_name, where=split), _label_image(slots))
                there = " ".join(str(int(line is not None)) for line in slots)
                plain.append(f"{name}\n")
                labelled.append(f"{name} {image_name} {there}\n")
                done += 1
                if progress is not None:
                    progress(done, total)
            (root / "list" / f"{split}.txt").write_text("".join(plain), encoding="utf-8")
            if split != TEST:
                path = root / "list" / f"{split}_gt.txt"
                path.write_text("".join(labelled), encoding="utf-8")

    def open(self, root: Path, *, split: str) -> Samples[NDArray[np.uint8], tuple[Points, ...]]:
        """See `DataLayout.open`."""
        if split not in _FRAMES:
            raise unknown_name("split", split, _FRAMES, where=str(root))
        path = root / "list" / f"{split}.txt"
        if not path.is_file():
            raise ConfigError(
                "the list of the split's frames is missing",
                where=str(path),
                next_step="give the folder that holds CULane's list/ and its driver folders",
            )
        names = [line.split()[0] for line in read_text(path).splitlines() if line.strip()]
        return nonempty(_CULaneSamples(root, names, path), root=root, split=split)


def read_lines(path: Path) -> tuple[Points, ...]:
    """Read a frame's `.lines.txt`; raises ConfigError for what is not pairs of numbers."""
    lines = []
    for number, text in enumerate(read_text(path).splitlines(), 1):
        if not text.strip():
            continue
        try:
            values = [float(word) for word in text.split()]
        except ValueError:
            values = [math.nan]
        if len(values) % 2 or not all(map(math.isfinite, values)):
            raise ConfigError(
                "must be pairs of finite numbers, x and y",
                where=f"{path}:{number}",
                next_step=RESTORE,
            )
        lines.append(np.array(values).reshape(-1, 2))
    return tuple(lines)


def _slots(lanes: Lanes) -> list[Points | None]:
    """Lines 1 to 4, None where there is none."""
    ranked = dict(rank_lines(lanes.columns, lanes.rows, width=_SIZE[0], height=_SIZE[1]))
    slots: list[Points | None] = []
    for slot in ((False, 1), (False, 0), (True, 0), (True, 1)):
        columns = ranked.get(slot)
        if columns is None:
            slots.append(None)
        else:
            present = columns >= 0
            # From the bottom up, as CULane has them.
            points = np.column_stack((columns[present], lanes.rows[present]))
            slots.append(points[::-1])
    return slots


def _lines_text(line: Points) -> str:
    return " ".join(f"{value:g}" for value in line.ravel()) + " \n"


def _label_image(slots: list[Points | None]) -> NDArray[np.uint8]:
    import cv2

    image = np.zeros(_SIZE[::-1], np.uint8)
    for number, line in enumerate(slots, 1):
        if line is not None:
            points = np.rint(line).astype(np.int32)
            cv2.polylines(image, [points], isClosed=False, color=number, thickness=_LABEL_WIDTH_PX)
    return image
