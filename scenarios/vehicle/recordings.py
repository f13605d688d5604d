"""What the cars' cameras see: generated drives, or the frames of a TuSimple folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edge_aibench.config.folders import cache_folder
from edge_aibench.rng import stream
from edge_aibench.scenarios.vehicle.drives import files, road
from edge_aibench.scenarios.vehicle.drives.files import Recording, pack_frame
from edge_aibench.scenarios.vehicle.drives.frames import LABEL_SCALE, FrameTruth
from edge_aibench.scenarios.vehicle.tasks.lane_detection.data.tusimple import TuSimple
from edge_aibench.scenarios.vehicle.tasks.lane_detection.lanes import ABSENT, Lanes, answer_rows
from edge_aibench.tasks.component import TEST
from edge_aibench.tasks.sample import read_samples

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_DRIVES: Final = 4
MOST_FRAMES: Final = 160
"""In one run: 55 MB of packed frames, shared by all processes."""

_LABELLED_SIZE: Final = tuple(LABEL_SCALE * side for side in road.SIZE)
_PAGE_BYTES: Final = 4096


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """Which vehicle sees which frame.

    Vehicles take the recordings in turn; those that share one are as far apart in it as can be,
    from a place of their own that *starts* gives for each recording.
    """

    recordings: tuple[Recording, ...]
    starts: tuple[int, ...]
    vehicles: int

    def at(self, vehicle: int, sequence: int) -> tuple[int, int]:
        """The recording's number and the frame of an observation."""
        number, start = self.start(vehicle)
        return number, (start + sequence) % len(self.recordings[number])

    def start(self, vehicle: int) -> tuple[int, int]:
        """The recording's number and the first frame of a vehicle."""
        count = len(self.recordings)
        number, turn = vehicle % count, vehicle // count
        sharing = -(-self.vehicles // count)
        length = len(self.recordings[number])
        return number, (self.starts[number] + turn * length // sharing) % length

    def observe(self, vehicle: int, sequence: int) -> NDArray[np.uint8]:
        """The frame of an observation, uint8 (360, 640, 3) RGB."""
        number, frame = self.at(vehicle, sequence)
        return self.recordings[number].image(frame)

    def truth(self, vehicle: int, sequence: int) -> FrameTruth:
        """What is true of the frame of an observation."""
        number, frame = self.at(vehicle, sequence)
        return self.recordings[number].truths[frame]


def make_fleet(data_root: Path | None, *, vehicles: int, seed: int) -> Fleet:
    """Put so many vehicles on the road; *seed* decides where each is.

    At most four of the generated drives take part. Raises ConfigError for a folder of neither
    layout, HostError if the generated drives cannot be kept.
    """
    rng = stream(seed, "vehicle/fleet")
    recordings = open_recordings(data_root)
    most = min(vehicles, MOST_DRIVES, len(recordings))
    chosen = tuple(recordings[n] for n in rng.permutation(len(recordings))[:most].tolist())
    for recording in chosen:
        _touch(recording)
    starts = tuple(int(rng.integers(len(recording))) for recording in chosen)
    return Fleet(recordings=chosen, starts=starts, vehicles=vehicles)


def open_recordings(data_root: Path | None) -> tuple[Recording, ...]:
    """The recordings of a folder, of the generated drives if there is none given."""
    if data_root is None:
        return files.open_drives(files.generated_drives(cache_folder()))
    if (data_root / files.FOLDER).is_dir():
        return files.open_drives(data_root)
    return (_read_tusimple(data_root),)


def _read_tusimple(root: Path) -> Recording:
    """Labelled test frames, spread over the split: one a clip, so they are no drive.

    Frames that cannot be read are left out; raises the first one's ConfigError if none can.
    """
    samples = TuSimple().open(root, split=TEST)
    count = min(len(samples), MOST_FRAMES)
    spread = np.linspace(0, len(samples) - 1, count).round().astype(int).tolist()
    read = read_samples(samples, spread)
    if not read.samples:
        raise read.problems[0]
    packed = np.stack([pack_frame(_shrunk(sample.raw)) for sample in read.samples])
    truths = tuple(
        FrameTruth(lanes=_scaled(sample.label, sample.raw.shape), offset_share=None, signs=None)
        for sample in read.samples
    )
    return Recording(packed=packed, truths=truths)


def _shrunk(image: Any) -> NDArray[np.uint8]:
    import cv2

    return np.asarray(cv2.resize(image, road.SIZE, interpolation=cv2.INTER_AREA), np.uint8)


def _scaled(label: Lanes, shape: tuple[int, ...]) -> Lanes:
    """A label in pixels of 1280 x 720, at twice the rows at which lines are answered."""
    width, height = _LABELLED_SIZE
    columns = np.where(label.present, label.columns * (width / shape[1]), ABSENT)
    scaled = Lanes(rows=label.rows * (height / shape[0]), columns=columns)
    rows = LABEL_SCALE * answer_rows(road.SIZE[1])
    return Lanes(rows=rows, columns=scaled.at_rows(rows))


def _touch(recording: Recording) -> None:
    """Have all frames in memory, so that no observation waits for the disk."""
    recording.packed.reshape(-1)[::_PAGE_BYTES].max()
