"""How the outputs of the camera travel: fixed layouts, little-endian, no pickling."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, get_args

from edge_aibench.errors import RunError
from edge_aibench.scenarios.camera.parameters import VideoCodec
from edge_aibench.scenarios.camera.street.layout import Box
from edge_aibench.scenarios.camera.views import (
    Action,
    CutOut,
    Event,
    Person,
    Seen,
    Sighting,
    ZoneVideo,
)
from edge_aibench.tasks.payload import pack_array, unpack_array

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_COUNT: Final = struct.Struct("<I")
_BOX: Final = struct.Struct("<4H")
_ZONE: Final = struct.Struct("<BH")
_SIGHTING: Final = struct.Struct("<4HIf")
_ACTION: Final = struct.Struct("<f")
_CODECS: Final[tuple[VideoCodec, ...]] = get_args(VideoCodec)


class ArrayCodec:
    """A frame or a clip as it is: dtype, shape, numbers."""

    def encode(self, output: NDArray[np.uint8]) -> bytes:
        """As `tasks.payload.pack_array` does."""
        return pack_array(output)

    def decode(self, payload: bytes) -> NDArray[np.uint8]:
        """Read it back; raises ConfigError if it is damaged."""
        return unpack_array(payload)


class SeenCodec:
    """Boxes and JPEG of the cut-outs, then the zone's video; each with its length before it."""

    def encode(self, output: Seen) -> bytes:
        """8 bytes, 12 for every cut-out and 7 for a video, beside the pictures themselves."""
        parts = [_COUNT.pack(len(output.cut_outs))]
        for cut_out in output.cut_outs:
            parts += [_pack_box(cut_out.box), _sized(cut_out.jpeg)]
        parts.append(_COUNT.pack(0 if output.zone is None else 1))
        if output.zone is not None:
            parts.append(_ZONE.pack(_CODECS.index(output.zone.codec), output.zone.frames))
            parts.append(_sized(output.zone.content))
        return b"".join(parts)

    def decode(self, payload: bytes) -> Seen:
        """Read it back; raises RunError if it is damaged."""
        reader = _Reader(payload, "what a motion gate let through")
        cut_outs = tuple(
            CutOut(box=reader.box(), jpeg=reader.sized()) for _ in range(reader.count(least=12))
        )
        zone = None
        if reader.count(least=7):
            codec, frames = reader.read(_ZONE)
            if codec >= len(_CODECS):
                raise reader.damaged()
            zone = ZoneVideo(codec=_CODECS[codec], frames=frames, content=reader.sized())
        reader.finish()
        return Seen(cut_outs=cut_outs, zone=zone)


class PeopleCodec:
    """Boxes and decoded images."""

    def encode(self, output: Sequence[Person]) -> bytes:
        """The images uncompressed: decode where they are used instead."""
        parts = [_COUNT.pack(len(output))]
        for person in output:
            parts += [_pack_box(person.box), _sized(pack_array(person.image))]
        return b"".join(parts)

    def decode(self, payload: bytes) -> tuple[Person, ...]:
        """Read them back; raises RunError or ConfigError if they are damaged."""
        reader = _Reader(payload, "people cut out of a frame")
        people = tuple(
            Person(box=reader.box(), image=unpack_array(reader.sized()))
            for _ in range(reader.count(least=12))
        )
        reader.finish()
        return people


class SightingsCodec:
    """16 bytes for each person."""

    def encode(self, output: Sequence[Sighting]) -> bytes:
        """Box (uint16 each), identity (uint32), likeness (float32)."""
        rows = (_SIGHTING.pack(*_sides(seen.box), seen.identity, seen.likeness) for seen in output)
        return b"".join(rows)

    def decode(self, payload: bytes) -> tuple[Sighting, ...]:
        """Read them back; raises RunError if they are damaged."""
        reader = _Reader(payload, "sightings of persons")
        found = []
        while reader.left:
            x, y, width, height, identity, likeness = reader.read(_SIGHTING)
            box = Box(x=x, y=y, width=width, height=height)
            found.append(Sighting(box=box, identity=identity, likeness=likeness))
        return tuple(found)


class ActionCodec:
    """The score as float32, then the class by name."""

    def encode(self, output: Action) -> bytes:
        """A dozen bytes."""
        return _ACTION.pack(output.score) + output.label.encode()

    def decode(self, payload: bytes) -> Action:
        """Read it back; raises RunError if it is damaged."""
        reader = _Reader(payload, "the name of an action")
        (score,) = reader.read(_ACTION)
        return Action(label=reader.text(), score=score)


class EventCodec:
    """JSON, for whoever listens to the alarm centre."""

    def encode(self, output: Event) -> bytes:
        """About 100 bytes for each person."""
        return json.dumps(asdict(output), separators=(",", ":")).encode()

    def decode(self, payload: bytes) -> Event:
        """Read it back; raises RunError if it is damaged."""
        try:
            content = json.loads(payload)
            action = content["action"]
            return Event(
                sightings=tuple(
                    Sighting(
                        box=Box(**row["box"]), identity=row["identity"], likeness=row["likeness"]
                    )
                    for row in content["sightings"]
                ),
                action=None if action is None else Action(**action),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(payload, "an event") from error


class NothingCodec:
    """For the alarm centre, which passes nothing on."""

    def encode(self, output: Any) -> bytes:
        """Refuse."""
        raise TypeError(f"a {type(output).__name__} does not travel")

    def decode(self, payload: bytes) -> Any:
        """Refuse."""
        raise TypeError(f"{len(payload)} bytes cannot come from here")


class _Reader:
    """Reads a payload from its beginning; raises RunError where it ends too early."""

    def __init__(self, payload: bytes, what: str) -> None:
        self._payload = payload
        self._what = what
        self._offset = 0

    @property
    def left(self) -> int:
        return len(self._payload) - self._offset

    def read(self, layout: struct.Struct) -> tuple[Any, ...]:
        return layout.unpack(self._take(layout.size))

    def count(self, *, least: int) -> int:
        """A number of things of at least so many bytes each."""
        (count,) = self.read(_COUNT)
        if int(count) * least > self.left:
            raise self.damaged()
        return int(count)

    def sized(self) -> bytes:
        (size,) = self.read(_COUNT)
        return self._take(int(size))

    def box(self) -> Box:
        x, y, width, height = self.read(_BOX)
        return Box(x=x, y=y, width=width, height=height)

    def text(self) -> str:
        try:
            return self._take(self.left).decode()
        except UnicodeDecodeError as error:
            raise self.damaged() from error

    def finish(self) -> None:
        if self.left:
            raise self.damaged()

    def damaged(self) -> RunError:
        return _damaged(self._payload, self._what)

    def _take(self, size: int) -> bytes:
        if size > self.left:
            raise self.damaged()
        self._offset += size
        return self._payload[self._offset - size : self._offset]


def _pack_box(box: Box) -> bytes:
    return _BOX.pack(*_sides(box))


def _sides(box: Box) -> tuple[int, int, int, int]:
    return box.x, box.y, box.width, box.height


def _sized(content: bytes) -> bytes:
    return _COUNT.pack(len(content)) + content


def _damaged(payload: bytes, what: str) -> RunError:
    return RunError(
        f"{len(payload)} bytes that must be {what} cannot be read",
        next_step="they were cut or altered on the way",
    )
