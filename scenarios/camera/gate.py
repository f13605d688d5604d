"""The motion gate: lets through who moves, cut out, and the zone where something moves in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from edge_aibench.scenarios.camera.compression import pack_mpeg4
from edge_aibench.scenarios.camera.motion import MotionDetector
from edge_aibench.scenarios.camera.street.layout import Box
from edge_aibench.scenarios.camera.views import CutOut, Seen, ZoneVideo
from edge_aibench.tasks.payload import pack_jpeg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge_aibench.model.components import Call
    from edge_aibench.scenarios.camera.parameters import GateParameters
    from edge_aibench.scenarios.camera.site import Site

    Image = NDArray[np.uint8]

# A person is 236 of the 256 rows of the images that person-reid was trained on, and these are
# twice as high as they are wide.
_HEIGHT_OF_CUT_OUT: Final = 256 / 236
_WIDTH_OF_CUT_OUT: Final = 0.5


class Gate:
    """One camera's gate; *history* is what it saw before."""

    def __init__(
        self, history: Sequence[Image], zone: Box | None, parameters: GateParameters
    ) -> None:
        self._detector = MotionDetector(history, zone, threshold=parameters.motion_threshold)
        self._zone = zone
        self._parameters = parameters
        self._segment: list[Image] = []

    def observe(self, frame: Image) -> Seen | None:
        """Give what moves in a frame, uint8 (height, width, 3) RGB; None if nothing does."""
        motion = self._detector.observe(frame)
        cut_outs = tuple(self._cut_out(frame, box) for box in motion.boxes)
        if not motion.in_zone:
            self._segment = []
        video = self._zone_video(frame) if motion.in_zone else None
        return Seen(cut_outs=cut_outs, zone=video) if cut_outs or video else None

    def _cut_out(self, frame: Image, body: Box) -> CutOut:
        box = _around(body, frame.shape[0], frame.shape[1])
        image = _shrunk(_part(frame, box), self._parameters.cut_out_height)
        return CutOut(box=box, jpeg=pack_jpeg(image, self._parameters.jpeg_quality))

    def _zone_video(self, frame: Image) -> ZoneVideo | None:
        zone = frame if self._zone is None else _part(frame, self._zone)
        picture = _shrunk(zone, self._parameters.zone_height)
        if self._parameters.zone_codec == "jpeg":
            content = pack_jpeg(picture, self._parameters.jpeg_quality)
            return ZoneVideo(codec="jpeg", frames=1, content=content)
        self._segment.append(picture)
        if len(self._segment) < self._parameters.segment_frames:
            return None
        segment, self._segment = self._segment, []
        return ZoneVideo(codec="mpeg4", frames=len(segment), content=pack_mpeg4(segment))


class GateStage:
    """The gates of all cameras that a node looks after."""

    def __init__(self, site: Site, instances: Sequence[int], parameters: GateParameters) -> None:
        self._gates = {
            instance: Gate(site.history(instance), site.recording(instance).zone, parameters)
            for instance in instances
        }

    def process(self, call: Call) -> Seen | None:
        """See `Gate.observe`."""
        return self._gates[call.instance].observe(call.inputs["video"])


def _around(body: Box, height: int, width: int) -> Box:
    """The box to cut out around a body, within a picture."""
    high = body.height * _HEIGHT_OF_CUT_OUT
    wide = high * _WIDTH_OF_CUT_OUT
    middle_x, middle_y = body.x + body.width / 2, body.y + body.height / 2
    left, right = round(middle_x - wide / 2), round(middle_x + wide / 2)
    top, bottom = round(middle_y - high / 2), round(middle_y + high / 2)
    left, right, top, bottom = max(left, 0), min(right, width), max(top, 0), min(bottom, height)
    return Box(x=left, y=top, width=right - left, height=bottom - top)


def _shrunk(image: Image, height: int) -> Image:
    """Scale to *height* rows if there are more; sides come out even, which MPEG-4 needs."""
    import cv2

    rows, columns = image.shape[:2]
    factor = min(1.0, height / rows)
    size = (max(2, 2 * round(columns * factor / 2)), max(2, 2 * round(rows * factor / 2)))
    if size == (columns, rows):
        return np.ascontiguousarray(image)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _part(frame: Image, box: Box) -> Image:
    return frame[box.y : box.y + box.height, box.x : box.x + box.width]
