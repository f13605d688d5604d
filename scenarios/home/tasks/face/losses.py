"""The losses that face embeddings are trained with, on TensorFlow tensors.

All but the triplet loss classify the training identities: *weights*, float32 (d, identities),
hold one direction each, *labels*, int32 (n,), name the right one, and the loss is the softmax
cross-entropy of the logits that are given here.

- softmax: the plain scalar product.
- CosFace: Wang et al., CVPR 2018, eq. 4: s (cos t - m) for the right identity, s cos t else.
- A-Softmax: Liu et al., SphereFace, CVPR 2017, eq. 7: |x| psi(t), psi(t) = (-1)^k cos(m t) - 2k
  for t in [k pi / m, (k + 1) pi / m], mixed with |x| cos t while training begins.
- triplet: Schroff et al., FaceNet, CVPR 2015, eq. 2 and section 3.2.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from edge_aibench.inference.tensorflow import import_tensorflow

A_SOFTMAX_MULTIPLE: Final = 4


def softmax_logits(embeddings: Any, weights: Any) -> Any:
    """Plain logits (n, identities)."""
    return import_tensorflow().matmul(embeddings, weights)


def cosface_logits(
    embeddings: Any, weights: Any, labels: Any, *, scale: float, margin: float
) -> Any:
    """CosFace's logits (n, identities)."""
    tf = import_tensorflow()
    cosines = _cosines(embeddings, weights)
    return scale * (cosines - margin * tf.one_hot(labels, weights.shape[1]))


def a_softmax_logits(embeddings: Any, weights: Any, labels: Any, *, annealing: Any) -> Any:
    """A-Softmax's logits (n, identities) with m = 4.

    *annealing* is the weight lambda of the plain cosine: the right identity's logit is
    |x| (lambda cos t + psi(t)) / (1 + lambda).
    """
    tf = import_tensorflow()
    cosines = _cosines(embeddings, weights)
    right = tf.one_hot(labels, weights.shape[1])
    mixed = (annealing * cosines + _psi(cosines)) / (1.0 + annealing)
    lengths = tf.norm(embeddings, axis=1, keepdims=True)
    return lengths * tf.where(right > 0, mixed, cosines)


def a_softmax_annealing(step: Any) -> Any:
    """The weight lambda at a training step, from 1000 down to 5.

    The schedule of the authors' published training: 1000 / (1 + 0.12 step), at least 5.
    """
    tf = import_tensorflow()
    return tf.maximum(5.0, 1000.0 / (1.0 + 0.12 * tf.cast(step, tf.float32)))


def cross_entropy(logits: Any, labels: Any) -> Any:
    """The mean softmax cross-entropy, a scalar."""
    tf = import_tensorflow()
    return tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    )


def semi_hard_triplet_loss(embeddings: Any, labels: Any, *, margin: float) -> Any:
    """The mean of max(0, d(a, p) - d(a, n) + margin) over all anchors and positives of a batch.

    d is the squared distance of the embeddings, brought to unit length. For each pair the
    negative is the nearest one that is farther than the positive; where none is, the farthest
    of all. A batch without a pair or without a negative gives 0.
    """
    tf = import_tensorflow()
    unit = tf.math.l2_normalize(embeddings, axis=1)
    distances = tf.maximum(2.0 - 2.0 * tf.matmul(unit, unit, transpose_b=True), 0.0)
    same = labels[:, tf.newaxis] == labels[tf.newaxis, :]
    differs = tf.cast(~same, tf.float32)
    # Beyond any distance, 4 at most: takes those of the same identity out of the minimum.
    beyond = 8.0
    # [anchor, positive, negative]
    farther = ~same[:, tf.newaxis, :] & (distances[:, tf.newaxis, :] > distances[:, :, tf.newaxis])
    nearest = tf.reduce_min(
        tf.where(farther, distances[:, tf.newaxis, :], tf.constant(beyond)), axis=2
    )
    farthest = tf.reduce_max(distances * differs, axis=1, keepdims=True)
    negative = tf.where(nearest < beyond, nearest, farthest)
    pairs = same & ~tf.eye(tf.shape(labels)[0], dtype=tf.bool)
    counted = tf.cast(pairs & tf.reduce_any(~same, axis=1, keepdims=True), tf.float32)
    hinge = tf.maximum(distances - negative + margin, 0.0) * counted
    return tf.math.divide_no_nan(tf.reduce_sum(hinge), tf.reduce_sum(counted))


def _cosines(embeddings: Any, weights: Any) -> Any:
    tf = import_tensorflow()
    unit = tf.math.l2_normalize(embeddings, axis=1)
    return tf.matmul(unit, tf.math.l2_normalize(weights, axis=0))


def _psi(cosines: Any) -> Any:
    tf = import_tensorflow()
    # cos 4t = 8 cos^4 t - 8 cos^2 t + 1
    squared = cosines * cosines
    of_multiple = 8.0 * squared * squared - 8.0 * squared + 1.0
    # k, the number of borders pi/4, pi/2, 3 pi/4 that the angle is beyond
    borders = np.cos(np.pi * np.arange(1, A_SOFTMAX_MULTIPLE) / A_SOFTMAX_MULTIPLE)
    k = tf.add_n([tf.cast(cosines < float(border), tf.float32) for border in borders])
    sign = 1.0 - 2.0 * tf.math.floormod(k, 2.0)
    return sign * of_multiple - 2.0 * k
