"""Inception-ResNet-v1 as FaceNet uses it.

Szegedy et al., Inception-v4, Inception-ResNet and the Impact of Residual Connections on
Learning, AAAI 2017, with the widths of davidsandberg/facenet. Batch normalisation has a shift
and no scale, since what follows can take over the scale. The convolution that ends a residual
block has a bias and no batch normalisation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edge_aibench.scenarios.home.tasks.face.presets import FaceNetShape

_MOMENTUM: Final = 0.995
_EPSILON: Final = 1e-3

# One convolution of a branch: channels and kernel (height, width).
Convolution = tuple[int, tuple[int, int]]

_BLOCK_35: Final[Sequence[Sequence[Convolution]]] = (
    ((32, (1, 1)),),
    ((32, (1, 1)), (32, (3, 3))),
    ((32, (1, 1)), (32, (3, 3)), (32, (3, 3))),
)
_BLOCK_17: Final[Sequence[Sequence[Convolution]]] = (
    ((128, (1, 1)),),
    ((128, (1, 1)), (128, (1, 7)), (128, (7, 1))),
)
_BLOCK_8: Final[Sequence[Sequence[Convolution]]] = (
    ((192, (1, 1)),),
    ((192, (1, 1)), (192, (1, 3)), (192, (3, 1))),
)
# The last convolution of each of these has stride 2 and no padding.
_REDUCTION_A: Final[Sequence[Sequence[Convolution]]] = (
    ((384, (3, 3)),),
    ((192, (1, 1)), (192, (3, 3)), (256, (3, 3))),
)
_REDUCTION_B: Final[Sequence[Sequence[Convolution]]] = (
    ((256, (1, 1)), (384, (3, 3))),
    ((256, (1, 1)), (256, (3, 3))),
    ((256, (1, 1)), (256, (3, 3)), (256, (3, 3))),
)


def inception_resnet_v1(
    keras: Any,
    inputs: Any,
    shape: FaceNetShape,
    next_seed: Callable[[], int],
    *,
    dropout: float,
) -> Any:
    """Connect the network to *inputs* (n, 160, 160, 3); gives the embedding (n, d)."""
    layers = _Layers(keras=keras, next_seed=next_seed)
    hidden = _stem(layers, inputs)
    for place in range(1, 6):
        hidden = _residual(layers, hidden, _BLOCK_35, 0.17, f"block35_{place}")
    hidden = _reduction(layers, hidden, _REDUCTION_A, "reduction_a")
    for place in range(1, 11):
        hidden = _residual(layers, hidden, _BLOCK_17, 0.10, f"block17_{place}")
    hidden = _reduction(layers, hidden, _REDUCTION_B, "reduction_b")
    for place in range(1, 6):
        hidden = _residual(layers, hidden, _BLOCK_8, 0.20, f"block8_{place}")
    hidden = _residual(layers, hidden, _BLOCK_8, 1.0, "block8_6", activation=False)
    hidden = keras.layers.GlobalAveragePooling2D(name="pool")(hidden)
    if dropout:
        hidden = keras.layers.Dropout(dropout, seed=next_seed(), name="dropout")(hidden)
    hidden = keras.layers.Dense(
        shape.embedding, use_bias=False, kernel_initializer=layers.initializer(), name="bottleneck"
    )(hidden)
    return layers.normalisation("embedding")(hidden)


@dataclass(frozen=True, kw_only=True)
class _Layers:
    keras: Any
    next_seed: Callable[[], int]

    def initializer(self) -> Any:
        return self.keras.initializers.GlorotUniform(seed=self.next_seed())

    def normalisation(self, name: str) -> Any:
        return self.keras.layers.BatchNormalization(
            momentum=_MOMENTUM, epsilon=_EPSILON, scale=False, name=name
        )

    def convolve(
        self,
        inputs: Any,
        convolution: Convolution,
        name: str,
        *,
        stride: int = 1,
        padding: str = "same",
    ) -> Any:
        """A convolution, batch normalisation and ReLU."""
        channels, kernel = convolution
        hidden = self.keras.layers.Conv2D(
            channels,
            kernel,
            strides=stride,
            padding=padding,
            use_bias=False,
            kernel_initializer=self.initializer(),
            name=name,
        )(inputs)
        hidden = self.normalisation(f"{name}_norm")(hidden)
        return self.keras.layers.ReLU(name=f"{name}_relu")(hidden)


def _stem(layers: _Layers, inputs: Any) -> Any:
    """160 x 160 x 3 to 17 x 17 x 256."""
    hidden = layers.convolve(inputs, (32, (3, 3)), "stem1", stride=2, padding="valid")
    hidden = layers.convolve(hidden, (32, (3, 3)), "stem2", padding="valid")
    hidden = layers.convolve(hidden, (64, (3, 3)), "stem3")
    hidden = layers.keras.layers.MaxPooling2D(3, strides=2, name="stem_pool")(hidden)
    hidden = layers.convolve(hidden, (80, (1, 1)), "stem4", padding="valid")
    hidden = layers.convolve(hidden, (192, (3, 3)), "stem5", padding="valid")
    return layers.convolve(hidden, (256, (3, 3)), "stem6", stride=2, padding="valid")


def _residual(
    layers: _Layers,
    inputs: Any,
    branches: Sequence[Sequence[Convolution]],
    scale: float,
    name: str,
    *,
    activation: bool = True,
) -> Any:
    keras = layers.keras
    ends = []
    for branch, convolutions in enumerate(branches, start=1):
        hidden = inputs
        for place, convolution in enumerate(convolutions, start=1):
            hidden = layers.convolve(hidden, convolution, f"{name}_{branch}_{place}")
        ends.append(hidden)
    mixed = keras.layers.Concatenate(name=f"{name}_concat")(ends)
    update = keras.layers.Conv2D(
        inputs.shape[-1], 1, kernel_initializer=layers.initializer(), name=f"{name}_up"
    )(mixed)
    update = keras.layers.Rescaling(scale, name=f"{name}_scale")(update)
    hidden = keras.layers.Add(name=f"{name}_add")([inputs, update])
    return keras.layers.ReLU(name=f"{name}_relu")(hidden) if activation else hidden


def _reduction(
    layers: _Layers, inputs: Any, branches: Sequence[Sequence[Convolution]], name: str
) -> Any:
    keras = layers.keras
    ends = []
    for branch, convolutions in enumerate(branches, start=1):
        hidden = inputs
        for place, convolution in enumerate(convolutions[:-1], start=1):
            hidden = layers.convolve(hidden, convolution, f"{name}_{branch}_{place}")
        last = f"{name}_{branch}_{len(convolutions)}"
        ends.append(layers.convolve(hidden, convolutions[-1], last, stride=2, padding="valid"))
    ends.append(keras.layers.MaxPooling2D(3, strides=2, name=f"{name}_pool")(inputs))
    return keras.layers.Concatenate(name=f"{name}_concat")(ends)
