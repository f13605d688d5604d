"""TuSimple's lane data set: its layout on disk, read and written.

    label_data_0313.json, label_data_0531.json, label_data_0601.json   training, labelled
    test_tasks_0627.json    test: what to answer
    test_label.json         test, labelled
    clips/<date>/<clip>/1.jpg .. 20.jpg   1280 x 720; the last frame of a clip is labelled

A label file has one JSON object a line: `lanes`, a list of columns for each line, -2 where it is
absent; `h_samples`, their rows; `raw_file`, the frame. The data set is handed out as a folder
`train_set` and a folder `test_set`; both ways of laying it out, apart or as one, are read.

It has no validation split: as is common, `label_data_0531.json` (358 clips) is taken for it.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

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
from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import Lanes, answer_rows
from edge_aibench.tasks.component import TEST, TRAIN, VAL
from edge_aibench.tasks.generated import writing_data
from edge_aibench.tasks.media import read_image
from edge_aibench.tasks.sample import Sample, nonempty

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from edge_aibench.tasks.component import DataProgress
    from edge_aibench.tasks.sample import Samples

    LaneSample = Sample[NDArray[np.uint8], Lanes]

LABEL_FILES: Final = {
    TRAIN: ("label_data_0313.json", "label_data_0601.json"),
    VAL: ("label_data_0531.json",),
    TEST: ("test_label.json",),
}
_TASKS_FILE: Final = "test_tasks_0627.json"
_PARTS: Final = (".", "train_set", "test_set")
_SIZE: Final = (1280, 720)

# Of the generated data: clips in each label file at scale 1, and the fewest there are.
_CLIPS: Final = {
    "label_data_0313.json": (600, 8),
    "label_data_0601.json": (300, 4),
    "label_data_0531.json": (80, 4),
    "test_label.json": (150, 8),
}
_DATES: Final = {
    "label_data_0313.json": "0313-1",
    "label_data_0601.json": "0601",
    "label_data_0531.json": "0531",
    "test_label.json": "0530",
}


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """A line of a label file: the frame's name and place, and its lines."""

    name: str
    path: Path
    label: Lanes


class _TuSimpleSamples:
    """A split; labels are in memory, frames are read when asked for."""

    def __init__(self, entries: list[_Entry]) -> None:
        self._entries = entries

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int, /) -> LaneSample:
        entry = self._entries[index]
        return Sample(name=entry.name, raw=read_image(entry.path), label=entry.label)


class TuSimple:
    """The `DataLayout` of TuSimple.

    The generated data has the labelled frame of each clip only, `20.jpg`: networks that look at
    one frame read no other.
    """

    def write(
        self, root: Path, *, seed: int, scale: float, progress: DataProgress | None = None
    ) -> None:
        """See `DataLayout.write`."""
        with writing_data(root, scale=scale, largest_scale=LARGEST_SCALE):
            self._write(root, seed=seed, scale=scale, progress=progress)

    def _write(self, root: Path, *, seed: int, scale: float, progress: DataProgress | None) -> None:
        counts = {name: max(round(scale * n), least) for name, (n, least) in _CLIPS.items()}
        total, done = sum(counts.values()), 0
        rows = answer_rows(_SIZE[1])
        frames = FrameSource(seed=seed, size=_SIZE, rows=rows)
        for split, names in LABEL_FILES.items():
            number = 0
            for name in names:
                lines = []
                for clip in range(counts[name]):
                    frame = frames.frame(split, number)
                    raw_file = f"clips/{_DATES[name]}/{clip + 1}/20.jpg"
                    quality = frame.scene.light.quality
                    write_image(root / raw_file, frame.image, quality=quality)
                    label = Lanes(rows=rows, columns=frame.scene.label(rows))
                    lines.append(label_line(raw_file, label))
                    number += 1
                    done += 1
                    if progress is not None:
                        progress(done, total)
                (root / name).write_text("".join(lines), encoding="utf-8")
        self._write_tasks(root)

    def open(self, root: Path, *, split: str) -> Samples[NDArray[np.uint8], Lanes]:
        """See `DataLayout.open`."""
        if split not in LABEL_FILES:
            raise unknown_name("split", split, LABEL_FILES, where=str(root))
        if not root.is_dir():
            raise ConfigError(
                "must be a folder in TuSimple's layout, with clips/ and its label files",
                where=str(root),
                next_step="give the folder that holds label_data_0313.json, or write one",
            )
        entries: list[_Entry] = []
        for name in LABEL_FILES[split]:
            entries += _read_labels(_find(root, name), root)
        return nonempty(_TuSimpleSamples(entries), root=root, split=split)

    def _write_tasks(self, root: Path) -> None:
        """The test split without its labels, as a competitor gets it."""
        (labels,) = LABEL_FILES[TEST]
        with (root / _TASKS_FILE).open("w", encoding="utf-8") as file:
            for line in (root / labels).read_text(encoding="utf-8").splitlines():
                label = json.loads(line)
                task = {"h_samples": label["h_samples"], "raw_file": label["raw_file"]}
                file.write(json.dumps(task) + "\n")


def label_line(raw_file: str, label: Lanes) -> str:
    """One line of a label file."""
    values = {
        "lanes": np.rint(label.columns).astype(int).tolist(),
        "h_samples": label.rows.astype(int).tolist(),
        "raw_file": raw_file,
    }
    return json.dumps(values) + "\n"


def parse_label(line: str, *, where: str) -> tuple[str, Lanes]:
    """Read one line of a label file; raises ConfigError, citing *where*, if it is not one."""
    try:
        values = json.loads(line)
    except json.JSONDecodeError as error:
        raise ConfigError(
            "must be one JSON object a line", where=where, value=str(error), next_step=RESTORE
        ) from error
    if not isinstance(values, dict) or not {"lanes", "h_samples", "raw_file"} <= values.keys():
        raise ConfigError(
            "must have the keys lanes, h_samples and raw_file", where=where, next_step=RESTORE
        )
    rows = _numbers(values["h_samples"], where=where, key="h_samples")
    if not len(rows) or (np.diff(rows) <= 0).any():
        raise ConfigError("rows must increase", where=where, key="h_samples", next_step=RESTORE)
    if not isinstance(values["lanes"], list):
        raise ConfigError("must be a list of lines", where=where, key="lanes", next_step=RESTORE)
    lines = [
        _numbers(lane, where=where, key=f"lanes[{place}]")
        for place, lane in enumerate(values["lanes"])
    ]
    for place, lane in enumerate(lines):
        if len(lane) != len(rows):
            raise ConfigError(
                f"must have a column for each of the {len(rows)} rows",
                where=where,
                key=f"lanes[{place}]",
                value=len(lane),
                next_step=RESTORE,
            )
    columns = np.array(lines).reshape(len(lines), len(rows))
    return str(values["raw_file"]), Lanes(rows=rows, columns=columns)


def _read_labels(path: Path, root: Path) -> list[_Entry]:
    entries = []
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if not line.strip():
            continue
        where = f"{path}:{number}"
        name, label = parse_label(line, where=where)
        entries.append(_Entry(name=name, path=_frame(path, root, name, where), label=label))
    return entries


def _frame(labels: Path, root: Path, name: str, where: str) -> Path:
    """Where a frame is: beside its label file, or in `test_set`, whose labels came later."""
    beside = below(labels.parent, name, where=where)
    apart = below(root / "test_set", name, where=where)
    return apart if apart.is_file() and not beside.is_file() else beside


def _find(root: Path, name: str) -> Path:
    for part in _PARTS:
        if (root / part / name).is_file():
            return root / part / name
    raise ConfigError(
        "the label file is missing",
        where=str(root / name),
        next_step="give the folder that holds clips/ and TuSimple's label files",
    )


def _numbers(values: Any, *, where: str, key: str) -> NDArray[np.float64]:
    if not isinstance(values, list) or not all(
        isinstance(value, int | float) and math.isfinite(value) for value in values
    ):
        raise ConfigError(
            "must be a list of finite numbers", where=where, key=key, next_step=RESTORE
        )
    return np.array(values, dtype=np.float64)
