"""One step of DG-Net's joint training: images are made, and learned from.

Persons of two batches swap appearances: an image with the structure of one person and the
appearance of another is made for each pair. The generator learns to make them, the discriminator
to spot them, and the encoder to recognise who they show. Imported only where PyTorch is in use.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import torch  # noqa: TID253
from torch.nn import functional  # noqa: TID253

from edge_aibench.scenarios.camera.tasks.person_reid import losses
from edge_aibench.scenarios.camera.tasks.person_reid.losses import LossWeights
from edge_aibench.scenarios.camera.tasks.person_reid.networks import TrainingNetworks
from edge_aibench.scenarios.camera.tasks.person_reid.processing import DEVIATION, MEAN
from edge_aibench.scenarios.camera.tasks.person_reid.shapes import NetworkShape

# ITU-R BT.601: the part of red, green and blue in a grey image.
_GREY = (0.299, 0.587, 0.114)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Standardised images (n, 3, h, w), as many others of the same persons, and who they show."""

    images: torch.Tensor
    others: torch.Tensor
    persons: torch.Tensor


@dataclass(frozen=True, kw_only=True)
class JointLosses:
    """What the encoder (with its classifiers) and the generator together minimise, its parts by
    name, and the images made: structure of the batch, appearance of its persons put in reverse.
    """

    total: torch.Tensor
    parts: dict[str, float]
    real: torch.Tensor
    made: torch.Tensor


class JointTraining:
    """Computes the losses of a step; *shape* tells the sizes of images."""

    def __init__(
        self, networks: TrainingNetworks, shape: NetworkShape, weights: LossWeights
    ) -> None:
        self._networks = networks
        self._weights = weights
        self._input_size = shape.encoder.height, shape.encoder.width
        self._made_size = shape.generation.height, shape.generation.width

    def losses(self, batch: Batch, *, ramp: float) -> JointLosses:
        """Give the losses of a batch whose two halves swap appearances.

        The cycle and what is learned from made images count *ramp*, from 0 to 1, of their
        weights: the first images teach nothing.
        """
        nets, weights = self._networks, self._weights
        codes, embeddings = nets.encoder.embed_with_parts(batch.images)
        identity = losses.identity_loss(nets.classifiers(embeddings), batch.persons)
        with torch.no_grad():
            other_codes, _ = nets.encoder.embed_with_parts(batch.others)
        real = self._resized(batch.images, self._made_size)
        structure = nets.generator.encode(grey(real))
        swapped = _swapped(codes)

        itself = nets.generator.decode(structure, codes)
        same_person = nets.generator.decode(structure, other_codes)
        made = nets.generator.decode(structure, swapped)
        reconstruction = losses.reconstruction_loss(itself, real)
        reconstruction = reconstruction + losses.reconstruction_loss(same_person, real)

        learned, made_codes = self._learn_from_made(made, batch)
        back = nets.generator.decode(nets.generator.encode(grey(made)), _swapped(made_codes))
        parts = {
            "identity": weights.identity * identity,
            "reconstruction": weights.reconstruction * reconstruction,
            "cycle": ramp * weights.cycle * losses.reconstruction_loss(back, real),
            "identity of made images": ramp
            * weights.made_identity
            * self._identity_of_made(made, _swapped(batch.persons)),
            "adversarial": weights.adversarial * losses.adversarial_loss(nets.discriminator(made)),
            "learned from made images": ramp * learned,
        }
        return JointLosses(
            total=torch.stack(list(parts.values())).sum(),
            parts={name: float(part.detach()) for name, part in parts.items()},
            real=real,
            made=made.detach(),
        )

    def discriminator_loss(self, step: JointLosses) -> torch.Tensor:
        """Give the discriminator's loss on the images of a step."""
        judge = self._networks.discriminator
        return losses.discriminator_loss(judge(step.real), judge(step.made))

    def _learn_from_made(
        self, made: torch.Tensor, batch: Batch
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Primary and fine-grained loss, weighted, and the appearance codes of made images.

        They train the encoder and not the generator, which would make it easy for them.
        """
        nets, weights = self._networks, self._weights
        images = self._resized(made.detach(), self._input_size)
        # Statistics of batch normalisation are those of real images, which is what the encoder
        # will be asked about.
        with _evaluating(nets.encoder):
            codes, embeddings = nets.encoder.embed_with_parts(images)
        primary, fine = nets.classifiers(embeddings)
        with torch.no_grad():
            opinion = nets.teacher(images)
        learned = losses.primary_loss(primary, opinion)
        learned = learned + weights.fine * losses.fine_loss(fine, batch.persons)
        return weights.primary * learned, codes

    def _identity_of_made(self, made: torch.Tensor, persons: torch.Tensor) -> torch.Tensor:
        """Whether images made show the persons whose appearance they have; trains all networks."""
        nets = self._networks
        with _evaluating(nets.encoder):
            embeddings = nets.encoder(self._resized(made, self._input_size))
        return losses.identity_loss(nets.classifiers(embeddings), persons)

    @staticmethod
    def _resized(images: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
        if tuple(images.shape[2:]) == size:
            return images
        return functional.interpolate(
            images, size, mode="bilinear", antialias=size[0] < images.shape[2]
        )


def grey(images: torch.Tensor) -> torch.Tensor:
    """Map standardised colours (n, 3, h, w) to grey levels (n, 1, h, w) from -1 to 1."""
    shares = images.new_tensor(_GREY)
    scale = shares * images.new_tensor(DEVIATION)
    level = (images * scale[:, None, None]).sum(dim=1, keepdim=True)
    return 2 * (level + (shares * images.new_tensor(MEAN)).sum()) - 1


def _swapped(halves: torch.Tensor) -> torch.Tensor:
    """Put the second half before the first."""
    first, second = halves.chunk(2)
    return torch.cat((second, first))


@contextlib.contextmanager
def _evaluating(module: torch.nn.Module) -> Iterator[None]:
    """For a while, have *module* normalise by its stored statistics and leave them alone."""
    was_training = module.training
    module.eval()
    try:
        yield
    finally:
        module.train(was_training)
