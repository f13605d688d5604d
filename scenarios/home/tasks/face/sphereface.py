"""SphereFace-20: four stages of a strided convolution and residual pairs, then one dense layer.

Liu et al., SphereFace, CVPR 2017, table 2 (20 layers); Edge AIBench uses the variant of the
CosFace paper's reimplementation (yule-li/CosFace): 112 x 112 pixels, 1024 values, batch
normalisation. Strided convolutions have a bias, those of the residual pairs have none; each
convolution is followed by a PReLU with one slope a channel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from edge_aibench.scenarios.home.tasks.face.presets import SphereFaceShape

_PAIRS: Final = (1, 2, 4, 1)

# Small first weights: at first a residual pair adds next to nothing, so that twenty layers
# without batch normalisation begin to learn.
_PAIR_DEVIATION: Final = 0.01


def sphereface_20(
    keras: Any, inputs: Any, shape: SphereFaceShape, next_seed: Callable[[], int]
) -> Any:
    """Connect the network to *inputs* (n, height, width, 3); gives the embedding (n, d)."""
    hidden = inputs
    for stage, (width, pairs) in enumerate(zip(shape.widths, _PAIRS, strict=True), start=1):
        hidden = keras.layers.Conv2D(
            width,
            3,
            strides=2,
            padding="same",
            kernel_initializer=keras.initializers.GlorotUniform(seed=next_seed()),
            name=f"stage{stage}_reduce",
        )(hidden)
        hidden = _prelu(keras, hidden, f"stage{stage}_reduce_prelu")
        for pair in range(1, pairs + 1):
            hidden = _residual_pair(keras, hidden, width, next_seed, f"stage{stage}_pair{pair}")
    hidden = keras.layers.Flatten(name="flatten")(hidden)
    embedding = keras.layers.Dense(
        shape.embedding,
        kernel_initializer=keras.initializers.GlorotUniform(seed=next_seed()),
        name="embedding" if not shape.normalised else "embedding_dense",
    )(hidden)
    if shape.normalised:
        embedding = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name="embedding")(
            embedding
        )
    return embedding


def _residual_pair(
    keras: Any, inputs: Any, width: int, next_seed: Callable[[], int], name: str
) -> Any:
    hidden = inputs
    for place in ("a", "b"):
        hidden = keras.layers.Conv2D(
            width,
            3,
            padding="same",
            use_bias=False,
            kernel_initializer=keras.initializers.RandomNormal(
                stddev=_PAIR_DEVIATION, seed=next_seed()
            ),
            name=f"{name}{place}",
        )(hidden)
        hidden = _prelu(keras, hidden, f"{name}{place}_prelu")
    return keras.layers.Add(name=f"{name}_add")([inputs, hidden])


def _prelu(keras: Any, inputs: Any, name: str) -> Any:
    return keras.layers.PReLU(
        alpha_initializer=keras.initializers.Constant(0.25), shared_axes=[1, 2], name=name
    )(inputs)
