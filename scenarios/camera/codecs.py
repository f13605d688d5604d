"""How the outputs of the camera travel: fixed layouts, little-endian, no pickling."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final, get_args

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
from edge_aibench.tasks.codecs import ImageCodec, PayloadReader, sized

_COUNT: Final = struct.Struct("<I")
_BOX: Final = struct.Struct("<4H")
_ZONE: Final = struct.Struct("<BH")
_SIGHTING: Final = struct.Struct("<4HIf")
_ACTION: Final = struct.Struct("<f")
_IMAGE: Final = ImageCodec()
_CODECS: Final[tuple[VideoCodec, ...]] = get_args(VideoCodec)


class SeenCodec:
    """Boxes and JPEG of the cut-outs, then the zone's video; each with its length before it."""

    def encode(self, output: Seen) -> bytes:
        """8 bytes, 12 for every cut-out and 7 for a video, beside the pictures themselves."""
        parts = [_COUNT.pack(len(output.cut_outs))]
        for cut_out in output.cut_outs:
            parts += [_pack_box(cut_out.box), sized(cut_out.jpeg)]
        parts.append(_COUNT.pack(0 if output.zone is None else 1))
        if output.zone is not None:
            parts.append(_ZONE.pack(_CODECS.index(output.zone.codec), output.zone.frames))
            parts.append(sized(output.zone.content))
        return b"".join(parts)

    def decode(self, payload: bytes) -> Seen:
        """Read it back; raises RunError if it is damaged."""
        reader = PayloadReader(payload, "what a motion gate let through")
        cut_outs = tuple(
            CutOut(box=_read_box(reader), jpeg=reader.sized())
            for _ in range(reader.count(least=12))
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
            parts += [_pack_box(person.box), sized(_IMAGE.encode(person.image))]
        return b"".join(parts)

    def decode(self, payload: bytes) -> tuple[Person, ...]:
        """Read them back; raises RunError if they are damaged."""
        reader = PayloadReader(payload, "people cut out of a frame")
        people = tuple(
            Person(box=_read_box(reader), image=_IMAGE.decode(reader.sized()))
            for _ in range(reader.count(least=12))
        )
        reader.finish()
        return people


class BoxesCodec:
    """8 bytes for each box."""

    def encode(self, output: Sequence[Box]) -> bytes:
        """Left, top, width and height, uint16 each."""
        return b"".join(_pack_box(box) for box in output)

    def decode(self, payload: bytes) -> tuple[Box, ...]:
        """Read them back; raises RunError if they are damaged."""
        reader = PayloadReader(payload, "boxes of a frame")
        found = []
        while reader.left:
            found.append(_read_box(reader))
        return tuple(found)


class SightingsCodec:
    """16 bytes for each person."""

    def encode(self, output: Sequence[Sighting]) -> bytes:
        """Box (uint16 each), identity (uint32), likeness (float32)."""
        rows = (_SIGHTING.pack(*_sides(seen.box), seen.identity, seen.likeness) for seen in output)
        return b"".join(rows)

    def decode(self, payload: bytes) -> tuple[Sighting, ...]:
        """Read them back; raises RunError if they are damaged."""
        reader = PayloadReader(payload, "sightings of persons")
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
        reader = PayloadReader(payload, "the name of an action")
        (score,) = reader.read(_ACTION)
        return Action(label=reader.text(), score=score)


class EventCodec:
    """JSON, for whoever listens to the alarm centre."""

    def encode(self, output: Event) -> bytes:
        """About 100 bytes for each person."""
        return json.dumps(asdict(output), separators=(",", ":")).encode()

    def decode(self, payload: bytes) -> Event:
        """Read it back; raises RunError if it is damaged."""
        reader = PayloadReader(payload, "an event")
        content = reader.json()
        try:
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
        except (KeyError, TypeError) as error:
            raise reader.damaged() from error


def _read_box(reader: PayloadReader) -> Box:
    x, y, width, height = reader.read(_BOX)
    return Box(x=x, y=y, width=width, height=height)


def _pack_box(box: Box) -> bytes:
    return _BOX.pack(*_sides(box))


def _sides(box: Box) -> tuple[int, int, int, int]:
    return box.x, box.y, box.width, box.height
