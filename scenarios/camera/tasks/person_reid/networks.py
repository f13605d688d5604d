"""DG-Net's networks by preset, with weights drawn from a seed.

Only the appearance encoder is part of inference; the rest trains it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_aibench.rng import stream
from edge_aibench.scenarios.camera.tasks.person_reid.shapes import network_shape
from edge_aibench.tasks.torch_state import seeded

if TYPE_CHECKING:
    from edge_aibench.scenarios.camera.tasks.person_reid.appearance import (
        AppearanceEncoder,
        IdentityClassifiers,
        Teacher,
    )
    from edge_aibench.scenarios.camera.tasks.person_reid.discriminator import Discriminator
    from edge_aibench.scenarios.camera.tasks.person_reid.generation import Generator


@dataclass(frozen=True, kw_only=True)
class Dropouts:
    """The chance that an entry of an embedding is left out before it is classified."""

    primary: float
    fine: float
    teacher: float


@dataclass(frozen=True, kw_only=True)
class TrainingNetworks:
    """Everything that is trained together."""

    encoder: AppearanceEncoder
    classifiers: IdentityClassifiers
    teacher: Teacher
    generator: Generator
    discriminator: Discriminator


def build(preset: str, seed: int) -> AppearanceEncoder:
    """Build the network of inference, in evaluation mode, with random weights.

    float32 images (n, 3, height, width) to two embeddings (n, size) each. Raises ConfigError
    for an unknown preset, HostError without PyTorch.
    """
    shape = network_shape(preset)
    with seeded(stream(seed, f"person-reid/{preset}/encoder")):
        from edge_aibench.scenarios.camera.tasks.person_reid.appearance import AppearanceEncoder

        return AppearanceEncoder(shape.encoder).eval()


def build_for_training(
    preset: str, seed: int, *, persons: int, dropouts: Dropouts
) -> TrainingNetworks:
    """Build all networks for a data set of so many *persons*; the encoder is that of `build`."""
    shape = network_shape(preset)
    encoder = build(preset, seed)
    with seeded(stream(seed, f"person-reid/{preset}/training")):
        from edge_aibench.scenarios.camera.tasks.person_reid.appearance import (
            IdentityClassifiers,
            Teacher,
        )
        from edge_aibench.scenarios.camera.tasks.person_reid.discriminator import Discriminator
        from edge_aibench.scenarios.camera.tasks.person_reid.generation import Generator

        return TrainingNetworks(
            encoder=encoder,
            classifiers=IdentityClassifiers(
                shape.encoder, persons, (dropouts.primary, dropouts.fine)
            ),
            teacher=Teacher(shape.encoder, persons, dropouts.teacher),
            generator=Generator(shape.encoder, shape.generation),
            discriminator=Discriminator(shape.generation),
        )
