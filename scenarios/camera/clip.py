"""Decoding what the gate sent: people one by one, and the zone's frames gathered to clips."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edge_aibench.scenarios.camera.compression import unpack_mpeg4
from edge_aibench.scenarios.camera.tasks.action.presets import CLIP_FRAMES
from edge_aibench.scenarios.camera.views import Person, Seen, ZoneVideo
from edge_aibench.tasks.payload import unpack_jpeg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.model.components import Call

    Image = NDArray[np.uint8]


class Decode:
    """Gives the people of a frame as images; None if there are none."""

    def process(self, call: Call) -> tuple[Person, ...] | None:
        """Decode all cut-outs; raises RunError for a damaged one."""
        seen: Seen = call.inputs["gate"]
        people = tuple(Person(box=c.box, image=unpack_jpeg(c.jpeg)) for c in seen.cut_outs)
        return people or None


class Clip:
    """Gathers the last 16 frames of each camera's zone, and passes a clip on every *stride*.

    A clip's frames follow each other: after a gap it starts anew.
    """

    def __init__(self, stride: int) -> None:
        self._stride = stride
        self._frames: dict[int, list[Image]] = {}
        self._last: dict[int, int] = {}
        self._waiting: dict[int, int] = {}

    def process(self, call: Call) -> NDArray[np.uint8] | None:
        """Give a clip, uint8 (16, height, width, 3) RGB; None until the next one is due.

        Raises RunError for a damaged picture or video.
        """
        seen: Seen = call.inputs["gate"]
        if seen.zone is None:
            return None
        camera, fresh = call.instance, _decoded(seen.zone)
        before = self._frames.get(camera, [])
        follows = call.sequence - len(fresh) == self._last.get(camera)
        if not follows or (before and before[-1].shape != fresh[0].shape):
            before, self._waiting[camera] = [], CLIP_FRAMES
        self._last[camera] = call.sequence
        self._frames[camera] = [*before, *fresh][-CLIP_FRAMES:]
        self._waiting[camera] -= len(fresh)
        if self._waiting[camera] > 0:
            return None
        self._waiting[camera] = self._stride
        return np.stack(self._frames[camera])


def _decoded(video: ZoneVideo) -> list[Image]:
    if video.codec == "jpeg":
        return [unpack_jpeg(video.content)]
    return unpack_mpeg4(video.content, video.frames)
