"""What `parameters` in scenario.yaml may say, checked before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeVar

from pydantic import Field, ValidationError

from edge_aibench.config.values import DocumentValue
from edge_aibench.errors import ConfigError, unknown_name

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


class NoParameters(DocumentValue):
    """Of stages that have none."""


ParametersT = TypeVar("ParametersT", bound=DocumentValue)

_OF_STAGES: Mapping[str, type[DocumentValue]] = {
    "gate": GateParameters,
    "clip": ClipParameters,
    "person-reid": ReidParameters,
}


def video_parameters(scenario: Scenario) -> VideoParameters:
    """Those of the sensor `video`; raises ConfigError for what it cannot be."""
    if VIDEO not in scenario.sensors:
        raise ConfigError(
            "must have a sensor of this name: these components know no other",
            where=f"scenario {scenario.name}",
            key="sensors",
            value=VIDEO,
            next_step="name it so, or name components of your own",
        )
    given = scenario.sensors[VIDEO].parameters
    return _read(VideoParameters, given, key=f"sensors.{VIDEO}.parameters")


def stage_parameters(scenario: Scenario, stage: str, kind: type[ParametersT]) -> ParametersT:
    """Those of a stage; raises ConfigError for what they cannot be."""
    described = scenario.stages.get(stage)
    given = {} if described is None else described.parameters
    return _read(kind, given, key=f"stages.{stage}.parameters")


def check_parameters(scenario: Scenario) -> None:
    """Raise ConfigError unless all parameters exist and are in their range."""
    video_parameters(scenario)
    for stage in scenario.stages:
        stage_parameters(scenario, stage, _OF_STAGES.get(stage, NoParameters))


def _read(kind: type[ParametersT], given: Mapping[str, object], *, key: str) -> ParametersT:
    known = {field.alias or name: field for name, field in kind.model_fields.items()}
    for name in given:
        if name not in known:
            raise _no_parameter(name, known, key=key)
    try:
        return kind.model_validate(dict(given), strict=True)
    except ValidationError as error:
        name = str(error.errors(include_url=False)[0]["loc"][0])
        raise ConfigError(
            f"must be {known[name].description}",
            where=SCENARIO,
            key=f"{key}.{name}",
            value=given[name],
            next_step=f"the default is {known[name].default!r}",
        ) from error


def _no_parameter(name: str, known: Mapping[str, object], *, key: str) -> ConfigError:
    if known:
        return unknown_name("parameter", name, known, where=f"{SCENARIO}: {key}")
    return ConfigError(
        "this stage has no parameters", where=SCENARIO, key=f"{key}.{name}", next_step="drop it"
    )
