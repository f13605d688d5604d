"""What `parameters` in scenario.yaml may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from edge_aibench.config.values import DocumentValue
from edge_aibench.errors import ConfigError
from edge_aibench.tasks.payload import FLAC, JPEG, RAW, Encoding, parse_encoding


class SoundParameters(DocumentValue):
    """The stage `compress-sound`."""

    encoding: Annotated[Encoding, BeforeValidator(lambda given: _encoding(given, FLAC))] = Field(
        Encoding(name=FLAC), description="flac or raw"
    )


class PictureParameters(DocumentValue):
    """The stage `compress-image`."""

    encoding: Annotated[Encoding, BeforeValidator(lambda given: _encoding(given, JPEG))] = Field(
        Encoding(name=JPEG, quality=90), description="jpeg:1 to jpeg:100 or raw"
    )


class FaceParameters(DocumentValue):
    """The stage `face`: the squared distance of two embeddings, vectors of length 1, below which
    they are one person's.
    """

    threshold: float = Field(0.8, ge=0, le=4, description="a number from 0 to 4")


class DoorbellParameters(DocumentValue):
    """The sensor `camera`: the share of visitors that belong to no home member."""

    strangers: float = Field(0.25, ge=0, le=1, description="a number from 0 to 1")


PARAMETERS: Final[Mapping[str, type[DocumentValue]]] = {
    "camera": DoorbellParameters,
    "compress-sound": SoundParameters,
    "compress-image": PictureParameters,
    "face": FaceParameters,
}
"""By sensor or stage; the others have none."""


def _encoding(given: object, small: str) -> Encoding:
    """Read an encoding: *small*, or raw."""
    try:
        encoding = given if isinstance(given, Encoding) else parse_encoding(str(given))
    except ConfigError as error:
        raise ValueError(error.rule) from error
    if encoding.name not in (small, RAW):
        raise ValueError(encoding.name)
    return encoding
