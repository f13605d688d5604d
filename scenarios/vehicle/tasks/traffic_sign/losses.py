"""Losses of a capsule network (Sabour, Frosst and Hinton, NIPS 2017, sections 3 and 4.1).

TensorFlow tensors; imported only where TensorFlow is in use.
"""

from __future__ import annotations

from typing import Any

from edge_aibench.inference.tensorflow import import_tensorflow

PRESENT_MARGIN = 0.9
ABSENT_MARGIN = 0.1
ABSENT_WEIGHT = 0.5


def margin_loss(lengths: Any, classes: Any) -> Any:
    """The mean over images of the sum over classes of the squared misses.

    *lengths* (n, classes) of the class capsules; *classes* (n, classes), one for the class that
    is there and else zero. A class that is there must be longer than 0.9, another one shorter
    than 0.1; the latter misses count half, so that early on not all capsules shrink.
    """
    tf = import_tensorflow()
    too_short = tf.square(tf.maximum(0.0, PRESENT_MARGIN - lengths))
    too_long = tf.square(tf.maximum(0.0, lengths - ABSENT_MARGIN))
    misses = classes * too_short + ABSENT_WEIGHT * (1.0 - classes) * too_long
    return tf.reduce_mean(tf.reduce_sum(misses, axis=1))


def reconstruction_loss(drawn: Any, images: Any) -> Any:
    """The mean over images, pixels and colours of the squared difference."""
    tf = import_tensorflow()
    return tf.reduce_mean(tf.square(drawn - images))
