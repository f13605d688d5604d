"""Connectionist temporal classification, the loss of all presets.

The negative logarithm of the summed probability of all alignments that spell the transcript
(Graves et al., ICML 2006), by TensorFlow's CPU kernel, of which the labels must be sparse and the
blank the last class.
"""

from __future__ import annotations

from typing import Any

from edge_aibench.inference.tensorflow import import_tensorflow


def ctc_loss(logits: Any, frames: Any, labels: Any, label_counts: Any) -> Any:
    """Give the loss of each row, float32 (rows,).

    *logits* float32 (rows, frames, classes), the blank last; *frames* int32 (rows,) says how many
    of them count; *labels* int32 (rows, labels), of which the first *label_counts*, int32
    (rows,), count. A row too short to spell its labels has loss 0 and no gradient.
    """
    tf = import_tensorflow()
    counted = tf.sequence_mask(label_counts, tf.shape(labels)[1])
    places = tf.where(counted)
    sparse = tf.SparseTensor(
        places, tf.gather_nd(labels, places), tf.shape(labels, out_type=tf.int64)
    )
    losses = tf.compat.v1.nn.ctc_loss(
        sparse,
        inputs=logits,
        sequence_length=frames,
        ignore_longer_outputs_than_inputs=True,  # they get an infinite loss without a gradient
        time_major=False,
    )
    return tf.where(tf.math.is_finite(losses), losses, tf.zeros_like(losses))
