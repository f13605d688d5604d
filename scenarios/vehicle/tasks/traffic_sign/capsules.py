"""Layers of a capsule network: primary capsules, routing by agreement, capsule lengths.

Sabour, Frosst and Hinton, Dynamic Routing Between Capsules, NIPS 2017. Routing is of each image
alone: Edge AIBench's code adds the agreement of a whole batch, so that an answer depends on the
images it was asked together with.

Products are `matmul` with the class before the primary capsule, which is what an einsum comes
down to, without its transpositions; TensorFlow's profiler counts them and LiteRT has them built
in. Keras is imported here at the top because the layers are classes of it: imported only where
TensorFlow is in use.
"""

from __future__ import annotations

from typing import Any

import keras  # noqa: TID253
from keras import ops  # noqa: TID253

# Added to the squared lengths that are squashed: keeps root and logarithm finite at zero, and
# within a range that 8 bits can tell apart (in 8 bits the trained lite network loses 0.15 of its
# top-1 with 1e-9 and 0.02 with 1e-4). It changes a length of 0.1 by half a percent, one of 1 by
# nothing.
_SMALLEST_SQUARE = 1e-4
# Keeps the gradient of a capsule's length finite at zero.
_TINY = 1e-9


def squash(vectors: Any) -> Any:
    """Shrink vectors, along the last axis, to a length in [0, 1): n becomes n^2 / (1 + n^2).

    That is the sigmoid of the logarithm of n^2. Written as a quotient it cannot be made 8-bit:
    squared lengths reach thousands, beside which one plus a small one is rounded to zero, and
    LiteRT refuses to divide by zero.
    """
    squared = ops.sum(ops.square(vectors), axis=-1, keepdims=True) + _SMALLEST_SQUARE
    return vectors * (ops.rsqrt(squared) * ops.sigmoid(ops.log(squared)))


class PrimaryCapsules(keras.layers.Layer):  # type: ignore[misc] # Keras is untyped
    """Cut the channels of (rows, height, width, types * dimensions) into squashed capsules.

    Gives (rows, height * width * types, dimensions).
    """

    def __init__(self, *, dimensions: int, name: str) -> None:
        super().__init__(name=name)
        self.dimensions = dimensions

    def call(self, features: Any) -> Any:
        """See the class."""
        _, height, width, channels = features.shape
        capsules = height * width * channels // self.dimensions
        return squash(ops.reshape(features, (-1, capsules, self.dimensions)))


class ClassCapsules(keras.layers.Layer):  # type: ignore[misc] # Keras is untyped
    """Route (rows, primary capsules, their dimensions) to (rows, classes, *dimensions*)."""

    def __init__(
        self, *, classes: int, dimensions: int, iterations: int, initializer: Any, name: str
    ) -> None:
        super().__init__(name=name)
        self.classes = classes
        self.dimensions = dimensions
        self.iterations = iterations
        self.initializer = initializer

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the transformations: one matrix for each pair of primary and class capsule."""
        _, capsules, dimensions = input_shape
        self.transformations = self.add_weight(
            shape=(capsules, dimensions, self.classes * self.dimensions),
            initializer=self.initializer,
            name="transformations",
        )

    def call(self, primary: Any) -> Any:
        """See the class."""
        capsules = primary.shape[1]
        by_capsule = ops.matmul(ops.transpose(primary, (1, 0, 2)), self.transformations)
        votes = ops.reshape(by_capsule, (capsules, -1, self.classes, self.dimensions))
        return route(ops.transpose(votes, (1, 2, 0, 3)), iterations=self.iterations)


class CapsuleLengths(keras.layers.Layer):  # type: ignore[misc] # Keras is untyped
    """The lengths of capsules, (rows, classes): how sure the network is of each class."""

    def call(self, capsules: Any) -> Any:
        """See the class."""
        return ops.sqrt(ops.sum(ops.square(capsules), axis=-1) + _TINY)


def route(votes: Any, *, iterations: int) -> Any:
    """Route by agreement: votes (rows, classes, capsules, dimensions) to (rows, classes, dim.).

    Each primary capsule divides itself among the classes by a softmax, equally at first, and
    then the more to those whose capsule its vote agrees with (the paper's procedure 1).
    """
    classes = votes.shape[1]
    # Equal parts: the softmax of zeros.
    summed = ops.sum(votes, axis=2) / classes
    outcome = squash(summed)
    agreement: Any = None
    for _ in range(iterations - 1):
        agreed = ops.matmul(votes, ops.expand_dims(outcome, -1))
        agreement = agreed if agreement is None else agreement + agreed
        coupling = ops.softmax(agreement, axis=1)
        summed = ops.matmul(ops.transpose(coupling, (0, 1, 3, 2)), votes)
        outcome = squash(ops.squeeze(summed, axis=2))
    return outcome
