"""The capsule network and, for training, the decoder that draws an image from a capsule.

Imported only where TensorFlow is in use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras  # noqa: TID253
from keras import ops  # noqa: TID253

from edge_aibench.scenarios.vehicle.tasks.traffic_sign.capsules import (
    CapsuleLengths,
    ClassCapsules,
    PrimaryCapsules,
)
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.classes import CLASS_COUNT
from edge_aibench.scenarios.vehicle.tasks.traffic_sign.shapes import (
    FIRST_KERNEL,
    IMAGE_SIDE,
    SHAPES,
)

if TYPE_CHECKING:
    from edge_aibench.scenarios.vehicle.tasks.traffic_sign.shapes import CapsuleShape


def build(preset: str, seed: int) -> Any:
    """Build the network: images (rows, 32, 32, 3) in [0, 1] to capsule lengths (rows, 43)."""
    shape = SHAPES[preset]
    image = keras.Input((IMAGE_SIDE, IMAGE_SIDE, 3), name="image")
    features = keras.layers.Conv2D(
        shape.filters,
        FIRST_KERNEL,
        activation="relu",
        kernel_initializer=keras.initializers.GlorotUniform(seed=seed),
        name="convolution",
    )(image)
    primary = keras.layers.Conv2D(
        shape.primary_types * shape.primary_dimensions,
        shape.primary_kernel,
        strides=shape.primary_stride,
        kernel_initializer=keras.initializers.GlorotUniform(seed=seed + 1),
        name="primary_convolution",
    )(features)
    capsules = PrimaryCapsules(dimensions=shape.primary_dimensions, name="primary_capsules")(
        primary
    )
    routed = ClassCapsules(
        classes=CLASS_COUNT,
        dimensions=shape.class_dimensions,
        iterations=shape.routing_iterations,
        initializer=keras.initializers.RandomNormal(stddev=shape.weight_deviation, seed=seed + 2),
        name="class_capsules",
    )(capsules)
    lengths = CapsuleLengths(name="lengths")(routed)
    return keras.Model(image, lengths, name="capsule_network")


def class_capsules(model: Any, images: Any, *, kept: Any) -> Any:
    """The class capsules (rows, 43, dimensions) with the first features multiplied by *kept*.

    *kept* is the dropout of a training step: zero, or one over the share that is kept. The
    published network drops features there; drawn outside, it leaves nothing in the network that
    is not part of inference.
    """
    features = model.get_layer("convolution")(images) * kept
    primary = model.get_layer("primary_capsules")(model.get_layer("primary_convolution")(features))
    return model.get_layer("class_capsules")(primary)


def capsule_lengths(model: Any, capsules: Any) -> Any:
    """The lengths (rows, 43) of class capsules, by the model's own last layer."""
    return model.get_layer("lengths")(capsules)


def build_decoder(preset: str, seed: int) -> Any:
    """Build the decoder: class capsules (rows, 43, dimensions) and the classes (rows, 43), one
    for the class to draw and else zero, to images (rows, 32, 32, 3).
    """
    shape = SHAPES[preset]
    capsules = keras.Input((CLASS_COUNT, shape.class_dimensions), name="capsules")
    classes = keras.Input((CLASS_COUNT,), name="classes")
    masked = capsules * ops.expand_dims(classes, -1)
    layers = _convolutional if shape.decoder == "convolutional" else _dense
    return keras.Model([capsules, classes], layers(masked, shape, seed), name="decoder")


def _convolutional(masked: Any, shape: CapsuleShape, seed: int) -> Any:
    """Edge AIBench's: 400 values as 5 x 5 x 16, enlarged to 8, 16 and 32 with convolutions."""
    capsule = ops.reshape(ops.sum(masked, axis=1), (-1, shape.class_dimensions))
    start = keras.layers.Dense(
        400, activation="relu", kernel_initializer=_glorot(seed), name="start"
    )(capsule)
    drawing = ops.reshape(start, (-1, 5, 5, 16))
    for place, (side, filters) in enumerate(((8, 4), (16, 8), (32, 16)), 1):
        drawing = ops.image.resize(drawing, (side, side), interpolation="nearest")
        drawing = keras.layers.Conv2D(
            filters,
            3,
            padding="same",
            activation="relu",
            kernel_initializer=_glorot(seed + place),
            name=f"drawing_{side}",
        )(drawing)
    return keras.layers.Conv2D(
        3,
        3,
        padding="same",
        activation="sigmoid",
        kernel_initializer=_glorot(seed + 4),
        name="colours",
    )(drawing)


def _dense(masked: Any, shape: CapsuleShape, seed: int) -> Any:
    """Sabour's: 512, 1024, and a value for each pixel and colour."""
    hidden = ops.reshape(masked, (-1, CLASS_COUNT * shape.class_dimensions))
    for place, units in enumerate((512, 1024)):
        hidden = keras.layers.Dense(
            units,
            activation="relu",
            kernel_initializer=_glorot(seed + place),
            name=f"dense_{units}",
        )(hidden)
    pixels = keras.layers.Dense(
        IMAGE_SIDE * IMAGE_SIDE * 3,
        activation="sigmoid",
        kernel_initializer=_glorot(seed + 2),
        name="pixels",
    )(hidden)
    return ops.reshape(pixels, (-1, IMAGE_SIDE, IMAGE_SIDE, 3))


def _glorot(seed: int) -> Any:
    return keras.initializers.GlorotUniform(seed=seed)
