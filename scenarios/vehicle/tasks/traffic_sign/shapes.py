"""The sizes of the capsule network, known without loading a framework.

- `reference`: the network of Edge AIBench's traffic sign component (its
  `settings/hyperparameters.json`), which follows Kumar, arXiv 1805.04424.
- `sabour`: Sabour, Frosst and Hinton, Dynamic Routing Between Capsules, NIPS 2017, on colour
  images of 32 x 32 and 43 classes.
- `lite`: the same layers, thinner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

IMAGE_SIDE: Final = 32
FIRST_KERNEL: Final = 9


@dataclass(frozen=True, kw_only=True)
class CapsuleShape:
    """One size of the network; no layer pads its input.

    A convolution of `FIRST_KERNEL` squared to *filters* channels; a convolution of
    *primary_kernel* squared and *primary_stride* to *primary_types* capsules of
    *primary_dimensions* at each place; one capsule of *class_dimensions* for each class, by
    *routing_iterations*. *weight_deviation* is that of the initial transformations.

    With one iteration all primary capsules of an image count alike for each class, as Edge
    AIBench configures it; agreement decides from the second iteration on.
    """

    filters: int
    primary_kernel: int
    primary_stride: int
    primary_types: int
    primary_dimensions: int
    class_dimensions: int
    routing_iterations: int
    weight_deviation: float
    decoder: Literal["convolutional", "dense"]

    @property
    def primary_side(self) -> int:
        """How many places the primary capsules have along one side of the image."""
        first = IMAGE_SIDE - FIRST_KERNEL + 1
        return (first - self.primary_kernel) // self.primary_stride + 1

    @property
    def primary_capsules(self) -> int:
        """How many primary capsules there are."""
        return self.primary_side**2 * self.primary_types


SHAPES: Final = {
    "reference": CapsuleShape(
        filters=256,
        primary_kernel=5,
        primary_stride=2,
        primary_types=16,
        primary_dimensions=16,
        class_dimensions=32,
        routing_iterations=1,
        weight_deviation=0.01,
        decoder="convolutional",
    ),
    "sabour": CapsuleShape(
        filters=256,
        primary_kernel=9,
        primary_stride=2,
        primary_types=32,
        primary_dimensions=8,
        class_dimensions=16,
        routing_iterations=3,
        weight_deviation=0.1,
        decoder="dense",
    ),
    # Five sixths of the weights are the transformations, one matrix for each pair of primary
    # and class capsule: fewer places (stride 4) and smaller capsules keep them within 2 MB.
    "lite": CapsuleShape(
        filters=56,
        primary_kernel=5,
        primary_stride=4,
        primary_types=6,
        primary_dimensions=8,
        class_dimensions=8,
        routing_iterations=3,
        # Smaller, and the squared lengths of squashing leave the start no gradient; from 1.0 on
        # all capsules start too long and fall to zero for good.
        weight_deviation=0.4,
        decoder="convolutional",
    ),
}
