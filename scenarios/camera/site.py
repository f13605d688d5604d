"""Which instance sees what: recordings, generated or the user's, handed out to cameras."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from edge_aibench.errors import ConfigError
from edge_aibench.rng import stream
from edge_aibench.scenarios.camera.footage import read_footage
from edge_aibench.scenarios.camera.parameters import SCENARIO
from edge_aibench.scenarios.camera.street.layout import BASE_HEIGHT, BASE_WIDTH
from edge_aibench.scenarios.camera.street.recording import MOST_NOISES, StreetRecording
from edge_aibench.scenarios.camera.street.writer import recording_folder
from edge_aibench.scenarios.camera.tasks.person_reid.data.cameras import CAMERAS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from edge_aibench.scenarios.camera.parameters import VideoParameters
    from edge_aibench.scenarios.camera.street.layout import Box
    from edge_aibench.scenarios.camera.street.truth import FrameTruth

    Image = NDArray[np.uint8]

# Frames by which cameras of one recording are apart; it shares no factor with the generated
# loop's 240, so that no two of 240 cameras see the same at the same time.
_APART: Final = 37

_HISTORY_FRAMES: Final = 15

_LEAD_FRAMES: Final = 5

# For the empty streets of all cameras together, in all their noises.
_STREET_BYTES: Final = 48 * 1024**2


class Recording(Protocol):
    """A loop of frames, uint8 (height, width, 3) RGB, all of them in memory or mapped."""

    @property
    def name(self) -> str:
        """Of its folder or file."""

    @property
    def zone(self) -> Box | None:
        """Where the camera looks out for actions, None for all of the picture."""

    def __len__(self) -> int:
        """How many frames the loop has."""

    def frame(self, place: int, *, noise: int) -> Image:
        """Frame *place*; *noise* chooses among several draws of noise, if there are several."""

    def truth(self, place: int) -> FrameTruth | None:
        """What is true of a frame; None if nobody knows."""


class Site:
    """Cameras and their recordings; the seed alone decides which camera shows which."""

    def __init__(self, recordings: Sequence[Recording], *, seed: int) -> None:
        rng = stream(seed, "camera/site")
        self._recordings: list[Recording] = [
            recordings[place] for place in rng.permutation(len(recordings))
        ]
        self._starts = [int(rng.integers(len(recording))) for recording in self._recordings]
        # However short a run or a rehearsal is, its first camera gives every stage work.
        self._starts[0] = _before_an_action(self._recordings[0], self._starts[0])

    def recording(self, instance: int) -> Recording:
        """What a camera shows."""
        return self._recordings[instance % len(self._recordings)]

    def place(self, instance: int, sequence: int) -> int:
        """Which frame of its recording a camera shows at an observation; before it from -1 on."""
        loops, which = divmod(instance, len(self._recordings))
        start = self._starts[which] + loops * _APART
        return (start + sequence) % len(self._recordings[which])

    def frame(self, instance: int, sequence: int) -> Image:
        """What a camera sees, uint8 (height, width, 3) RGB."""
        place = self.place(instance, sequence)
        return self.recording(instance).frame(place, noise=sequence)

    def truth(self, instance: int, sequence: int) -> FrameTruth | None:
        """What is true of it; None for recordings of the user's."""
        return self.recording(instance).truth(self.place(instance, sequence))

    def history(self, instance: int) -> list[Image]:
        """Frames spread over a loop: what the camera has seen before the first observation."""
        recording = self.recording(instance)
        places = np.linspace(0, len(recording) - 1, _HISTORY_FRAMES).round().astype(int)
        return [recording.frame(int(place), noise=number) for number, place in enumerate(places)]


def _before_an_action(recording: Recording, start: int) -> int:
    """The place, from *start* on, shortly before an action begins; *start* if none does."""
    count = len(recording)
    for place in range(start, start + count):
        truth, before = recording.truth(place % count), recording.truth((place - 1) % count)
        if truth is None or before is None:
            return start
        if truth.action and not before.action:
            return (place - _LEAD_FRAMES) % count
    return start


def generated_site(folder: Path, video: VideoParameters, *, seed: int) -> Site:
    """The cameras of a folder that `write_site` wrote.

    Raises ConfigError for a size of pictures that is not 16:9, as the drawings are.
    """
    if video.width * BASE_HEIGHT != video.height * BASE_WIDTH:
        raise ConfigError(
            "generated pictures are 16:9, such as 640x360, 960x540, 1280x720 and 1920x1080",
            where=SCENARIO,
            key="sensors.video.parameters",
            value=f"{video.width}x{video.height}",
            next_step="give another width or height, or pictures of your own by --data-root",
        )
    frame_bytes = video.width * video.height * 3
    noises = max(1, min(MOST_NOISES, _STREET_BYTES // (frame_bytes * len(CAMERAS))))
    recordings = [
        StreetRecording(
            folder / recording_folder(camera),
            width=video.width,
            height=video.height,
            noises=noises,
        )
        for camera in CAMERAS
    ]
    return Site(recordings, seed=seed)


def recorded_site(root: Path, video: VideoParameters, *, instances: int, seed: int) -> Site:
    """The cameras of a folder of videos or images of the user's; see `footage.read_footage`."""
    return Site(read_footage(root, video, most=instances), seed=seed)
