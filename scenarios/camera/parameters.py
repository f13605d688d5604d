"""What `parameters` in scenario.yaml may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Literal

from pydantic import Field

from edge_aibench.config.parameters import own_parameters
from edge_aibench.config.values import DocumentValue
from edge_aibench.errors import ConfigError

if TYPE_CHECKING:
    from edge_aibench.model.scenario import Scenario

SCENARIO = "scenario camera"
VIDEO = "video"

VideoCodec = Literal["jpeg", "mpeg4"]


class VideoParameters(DocumentValue):
    """The sensor `video`: the size of its pictures, in pixels."""

    width: int = Field(640, ge=160, le=1920, description="a whole number from 160 to 1920")
    height: int = Field(360, ge=90, le=1080, description="a whole number from 90 to 1080")


class GateParameters(DocumentValue):
    """The stage `gate`: what counts as motion, and how what moves is sent."""

    motion_threshold: float = Field(
        14.0, ge=1, le=255, description="a number of levels of brightness from 1 to 255"
    )
    jpeg_quality: int = Field(90, ge=1, le=100, description="a whole number from 1 to 100")
    cut_out_height: int = Field(128, ge=32, le=512, description="a whole number from 32 to 512")
    zone_height: int = Field(120, ge=32, le=512, description="a whole number from 32 to 512")
    zone_codec: VideoCodec = Field("jpeg", description="jpeg or mpeg4")
    segment_frames: int = Field(8, ge=1, le=64, description="a whole number from 1 to 64")


class ClipParameters(DocumentValue):
    """The stage `clip`: after how many further frames the next clip is passed on."""

    stride: int = Field(8, ge=1, le=64, description="a whole number from 1 to 64")


class ReidParameters(DocumentValue):
    """The stage `person-reid`: the cosine from which somebody counts as known, and the folder
    of the images of who is known; empty for the generated one.
    """

    known_above: float = Field(0.86, ge=-1, le=1, description="a cosine from -1 to 1")
    gallery: str = Field("", description="the path of a folder")


PARAMETERS: Final[Mapping[str, type[DocumentValue]]] = {
    VIDEO: VideoParameters,
    "gate": GateParameters,
    "clip": ClipParameters,
    "person-reid": ReidParameters,
}
"""By sensor or stage; the others have none."""


def video_parameters(scenario: Scenario) -> VideoParameters:
    """Those of the sensor `video`; raises ConfigError for what it cannot be, or without it."""
    if VIDEO not in scenario.sensors:
        raise ConfigError(
            "must have a sensor of this name: these components know no other",
            where=f"scenario {scenario.name}",
            key="sensors",
            value=VIDEO,
            next_step="name it so, or name components of your own",
        )
    return own_parameters(scenario, VIDEO, VideoParameters)
