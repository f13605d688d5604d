"""The scenario's own parameters, as scenario.yaml or `--set` gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from edge_aibench.errors import ConfigError, unknown_name
from edge_aibench.tasks.payload import FLAC, JPEG, RAW, Encoding, parse_encoding

if TYPE_CHECKING:
    from edge_aibench.model.scenario import Parameter, Scenario

COMPRESS_SOUND: Final = "compress-sound"
COMPRESS_IMAGE: Final = "compress-image"
CAMERA: Final = "camera"
FACE: Final = "face"

_WHERE: Final = "scenario home"
_LARGEST_DISTANCE: Final = 4.0
"""Squared, between two vectors of unit length."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How sound and pictures are encoded, when a face is a member's, and who is at the door.

    *threshold* is the squared distance of two embeddings below which they are one person's;
    *strangers* the share of visitors that belong to no home member.
    """

    sound: Encoding
    picture: Encoding
    threshold: float
    strangers: float


def read_settings(scenario: Scenario) -> Settings:
    """Read all parameters; raises ConfigError for an unknown one and for a value out of range."""
    sound = _of_stage(scenario, COMPRESS_SOUND, {"encoding": FLAC})
    picture = _of_stage(scenario, COMPRESS_IMAGE, {"encoding": "jpeg:90"})
    face = _of_stage(scenario, FACE, {"threshold": 0.8})
    camera = scenario.sensors.get(CAMERA)
    visitors = _complete(
        {} if camera is None else camera.parameters,
        {"strangers": 0.25},
        key=f"sensors.{CAMERA}.parameters",
    )
    return Settings(
        sound=_encoding(sound["encoding"], (RAW, FLAC), stage=COMPRESS_SOUND),
        picture=_encoding(picture["encoding"], (RAW, JPEG), stage=COMPRESS_IMAGE),
        threshold=_number(
            face["threshold"],
            largest=_LARGEST_DISTANCE,
            key=f"stages.{FACE}.parameters.threshold",
        ),
        strangers=_number(
            visitors["strangers"], largest=1.0, key=f"sensors.{CAMERA}.parameters.strangers"
        ),
    )


def _of_stage(
    scenario: Scenario, name: str, defaults: Mapping[str, Parameter]
) -> Mapping[str, Parameter]:
    stage = scenario.stages.get(name)
    given = {} if stage is None else stage.parameters
    return _complete(given, defaults, key=f"stages.{name}.parameters")


def _complete(
    given: Mapping[str, Parameter], defaults: Mapping[str, Parameter], *, key: str
) -> Mapping[str, Parameter]:
    for name in given:
        if name not in defaults:
            raise unknown_name("parameter", name, defaults, where=f"{_WHERE}: {key}")
    return {**defaults, **given}


def _encoding(value: Parameter, allowed: tuple[str, ...], *, stage: str) -> Encoding:
    wanted = " or ".join("jpeg:QUALITY" if name == JPEG else name for name in allowed)
    encoding = parse_encoding(str(value))
    if encoding.name not in allowed:
        raise ConfigError(
            f"must be {wanted}",
            where=_WHERE,
            key=f"stages.{stage}.parameters.encoding",
            value=value,
            next_step=f"--set stages.{stage}.parameters.encoding={allowed[0]}",
        )
    return encoding


def _number(value: Parameter, *, largest: float, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= largest:
        raise ConfigError(
            f"must be a number from 0 to {largest:g}",
            where=_WHERE,
            key=key,
            value=value,
            next_step=f"--set {key}={largest / 4:g}",
        )
    return float(value)
