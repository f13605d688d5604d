"""The sizes of the network: what each reads, how its picture is prepared, how large it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from edge_aibench.errors import unknown_name
from edge_aibench.tasks.task import REFERENCE

Standardisation = Literal["fixed", "prewhiten"]

LITE: Final = "lite"


@dataclass(frozen=True, kw_only=True)
class FaceInput:
    """What a network reads: *height* x *width* pixels of the middle of a picture.

    *standardisation* is `fixed`, (x - 127.5) / 128, or `prewhiten`, by the picture's own mean
    and deviation. With *mirrored* the mirror image is a second row, and the two embeddings are
    summed.
    """

    height: int
    width: int
    standardisation: Standardisation
    mirrored: bool


@dataclass(frozen=True, kw_only=True)
class SphereFaceShape:
    """SphereFace-20: *widths* are the channels of its four stages.

    With *normalised* a batch normalisation follows the embedding, as in Edge AIBench's network.
    """

    picture: FaceInput
    widths: tuple[int, int, int, int]
    embedding: int
    normalised: bool


@dataclass(frozen=True, kw_only=True)
class FaceNetShape:
    """Inception-ResNet-v1 with a linear, batch-normalised *embedding* on top."""

    picture: FaceInput
    embedding: int


Shape = SphereFaceShape | FaceNetShape

_SPHEREFACE_WIDTHS: Final = (64, 128, 256, 512)

# FaceNet's code (davidsandberg/facenet) standardises each picture by itself unless told
# otherwise; its published 512-d networks were trained with the fixed standardisation.
SHAPES: Final[dict[str, Shape]] = {
    REFERENCE: FaceNetShape(
        picture=FaceInput(height=160, width=160, standardisation="fixed", mirrored=False),
        embedding=512,
    ),
    "facenet-128": FaceNetShape(
        picture=FaceInput(height=160, width=160, standardisation="prewhiten", mirrored=False),
        embedding=128,
    ),
    "sphereface": SphereFaceShape(
        picture=FaceInput(height=112, width=96, standardisation="fixed", mirrored=True),
        widths=_SPHEREFACE_WIDTHS,
        embedding=512,
        normalised=False,
    ),
    "sphereface-edge-aibench": SphereFaceShape(
        picture=FaceInput(height=112, width=112, standardisation="fixed", mirrored=True),
        widths=_SPHEREFACE_WIDTHS,
        embedding=1024,
        normalised=True,
    ),
    LITE: SphereFaceShape(
        picture=FaceInput(height=64, width=64, standardisation="fixed", mirrored=True),
        widths=(16, 24, 48, 96),
        embedding=96,
        normalised=True,
    ),
}


def get_shape(preset: str) -> Shape:
    """Give the shape of a preset; raises ConfigError, with the nearest names, for another."""
    if preset not in SHAPES:
        raise unknown_name("preset", preset, SHAPES, where="task face")
    return SHAPES[preset]
