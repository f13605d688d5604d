"""What travels between the stages of the camera: cut-outs of people, and video of the zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge_aibench.scenarios.camera.parameters import VideoCodec
    from edge_aibench.scenarios.camera.street.layout import Box

    Image = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class CutOut:
    """One who moves: the box of the picture that was cut out, and it as JPEG."""

    box: Box
    jpeg: bytes


@dataclass(frozen=True, kw_only=True)
class ZoneVideo:
    """*frames* frames of the zone, the last of them that of this observation, compressed."""

    codec: VideoCodec
    frames: int
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the gate lets through of one frame; at least one of both."""

    cut_outs: tuple[CutOut, ...]
    zone: ZoneVideo | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Person:
    """A cut-out decoded: *image* uint8 (height, width, 3) RGB."""

    box: Box
    image: Image


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """Who it is: an identity of the gallery, or STRANGER; *likeness* to the nearest, a cosine."""

    box: Box
    identity: int
    likeness: float


@dataclass(frozen=True, kw_only=True)
class Action:
    """What somebody does, and the network's score of it, from 0 to 1."""

    label: str
    score: float


@dataclass(frozen=True, kw_only=True)
class Event:
    """What the alarm centre hears of one observation."""

    sightings: tuple[Sighting, ...]
    action: Action | None
