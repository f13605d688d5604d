"""The embedding networks, float32 pictures (n, height, width, 3) to embeddings (n, d).

Embeddings are not yet of unit length: a picture's and its mirror image's are summed first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edge_aibench.inference.tensorflow import import_tensorflow
from edge_aibench.rng import stream
from edge_aibench.scenarios.home.tasks.face.inception_resnet import inception_resnet_v1
from edge_aibench.scenarios.home.tasks.face.presets import SphereFaceShape, get_shape
from edge_aibench.scenarios.home.tasks.face.sphereface import sphereface_20

if TYPE_CHECKING:
    from collections.abc import Callable


def build(preset: str, seed: int) -> Any:
    """Build a preset's `keras.Model` as it is used, with random weights of *seed*.

    Raises ConfigError for an unknown preset.
    """
    return build_for(preset, seed, dropout=0.0)


def build_for(preset: str, seed: int, *, dropout: float) -> Any:
    """`build`, with the share *dropout* of FaceNet's pooled features dropped in training.

    Without dropout there is no such layer: Keras draws dropout seeds even when it predicts,
    which cannot be exported. The weights have the same names either way.
    """
    keras = import_tensorflow().keras
    shape = get_shape(preset)
    next_seed = _seeds(preset, seed)
    picture = shape.picture
    inputs = keras.Input((picture.height, picture.width, 3), name="image")
    if isinstance(shape, SphereFaceShape):
        outputs = sphereface_20(keras, inputs, shape, next_seed)
    else:
        outputs = inception_resnet_v1(keras, inputs, shape, next_seed, dropout=dropout)
    return keras.Model(inputs, outputs, name="face")


def _seeds(preset: str, seed: int) -> Callable[[], int]:
    rng = stream(seed, f"face/initial/{preset}")
    return lambda: int(rng.integers(2**31))
