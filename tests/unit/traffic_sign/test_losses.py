from __future__ import annotations

import pytest
import tensorflow as tf

from edge_aibench.scenarios.vehicle.tasks.traffic_sign.losses import (
    margin_loss,
    reconstruction_loss,
)


def test_margin_loss_by_hand() -> None:
    lengths = tf.constant([[0.7, 0.3, 0.05], [0.95, 0.1, 0.6]])
    classes = tf.constant([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    # First image: (0.9 - 0.7)^2 + 0.5 (0.3 - 0.1)^2; the third is shorter than 0.1.
    # Second image: long enough; 0.5 (0.6 - 0.1)^2.
    expected = ((0.04 + 0.5 * 0.04) + 0.5 * 0.25) / 2
    assert float(margin_loss(lengths, classes)) == pytest.approx(expected, abs=1e-6)


def test_nothing_is_lost_beyond_both_margins() -> None:
    assert float(margin_loss(tf.constant([[0.9, 0.1]]), tf.constant([[1.0, 0.0]]))) == 0
    assert float(margin_loss(tf.constant([[1.0, 0.0]]), tf.constant([[1.0, 0.0]]))) == 0


def test_reconstruction_loss_by_hand() -> None:
    drawn = tf.constant([[[[0.5, 0.0, 1.0]]]])
    image = tf.constant([[[[0.5, 0.3, 0.6]]]])
    expected = (0.0 + 0.09 + 0.16) / 3
    assert float(reconstruction_loss(drawn, image)) == pytest.approx(expected, abs=1e-6)
