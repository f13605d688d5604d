"""The bidirectional GRU layer; a module imported only where TensorFlow is in use.

Keras' own layer multiplies a frame by the input weights inside its loop. Here the products of
all frames are one matrix product before the loop, which reads the weights once instead of once a
frame, and both directions share the loop, which halves its steps; the gates, their order (update,
reset, candidate) and the weights' shapes are those of `keras.layers.GRU`.
"""

from __future__ import annotations

from typing import Any

import keras  # noqa: TID253  (imported only where TensorFlow is in use)
import tensorflow as tf  # noqa: TID253  (imported only where TensorFlow is in use)

_DIRECTIONS = ("forward", "backward")


class BidirectionalGRU(keras.layers.Layer):  # type: ignore[misc]
    """Both directions of a GRU: (rows, frames, features) to (rows, frames, units or 2 units).

    *merge* is `sum` or `concat`, *reset_after* as in `keras.layers.GRU`; *seed* decides the
    initial weights. All frames of a row are read: rows of one call are equally long.
    """

    def __init__(
        self, units: int, *, merge: str, reset_after: bool, seed: int, name: str | None = None
    ) -> None:
        super().__init__(name=name)
        self.units = units
        self.merge = merge
        self.reset_after = reset_after
        self.seed = seed

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights for inputs of this shape."""
        gates = 3 * self.units
        biases = (2, gates) if self.reset_after else (gates,)
        self.kernels: list[Any] = []
        self.recurrent_kernels: list[Any] = []
        self.biases: list[Any] = []
        for place, direction in enumerate(_DIRECTIONS):
            seed = self.seed + 2 * place
            kernel = keras.initializers.GlorotUniform(seed=seed)
            recurrent = keras.initializers.Orthogonal(seed=seed + 1)
            self.kernels.append(
                self.add_weight((input_shape[-1], gates), kernel, name=f"{direction}_kernel")
            )
            self.recurrent_kernels.append(
                self.add_weight((self.units, gates), recurrent, name=f"{direction}_recurrent")
            )
            self.biases.append(self.add_weight(biases, "zeros", name=f"{direction}_bias"))

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Run both directions over *inputs*."""
        projected = self._project(inputs, tf.shape(inputs)[0])
        loop = self._loop_over_lists if training else self._loop_over_tensors
        outputs = self._merged(loop(projected))
        outputs.set_shape(self.compute_output_shape(inputs.shape))
        return outputs

    def _loop_over_lists(self, projected: Any) -> Any:
        """All states, (frames, 2 rows, units), in lists, whose gradients cost least."""
        shape = tf.shape(projected)
        source = tf.TensorArray(
            tf.float32, size=shape[0], element_shape=(None, 3 * self.units)
        ).unstack(projected)
        kept = tf.TensorArray(tf.float32, size=shape[0], element_shape=(None, self.units))
        step = self.frame_step()

        def body(frame: Any, state: Any, kept: Any) -> tuple[Any, Any, Any]:
            state = step(source.read(frame), state)
            return frame + 1, state, kept.write(frame, state)

        start = (tf.constant(0), tf.zeros((shape[1], self.units)), kept)
        return tf.while_loop(lambda frame, *_: frame < shape[0], body, start)[2].stack()

    def _loop_over_tensors(self, projected: Any) -> Any:
        """All states, (frames, 2 rows, units), without lists.

        LiteRT has lists of elements of one known shape only, which would fix the number of rows.
        Lengthening a tensor frame by frame costs copies, but 5 s of sound take the lite network
        18 ms so and 22 ms with lists.
        """
        shape = tf.shape(projected)
        step = self.frame_step()

        def body(frame: Any, state: Any, kept: Any) -> tuple[Any, Any, Any]:
            state = step(projected[frame], state)
            return frame + 1, state, tf.concat((kept, state[tf.newaxis]), axis=0)

        start = (
            tf.constant(0),
            tf.zeros((shape[1], self.units)),
            tf.zeros((0, shape[1], self.units)),
        )
        unknown = tf.TensorShape((None, None, self.units))
        shapes = (tf.TensorShape(()), unknown[1:], unknown)
        return tf.while_loop(
            lambda frame, *_: frame < shape[0], body, start, shape_invariants=shapes
        )[2]

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Give the shape of the outputs for inputs of this shape."""
        return (*input_shape[:-1], self.units * (2 if self.merge == "concat" else 1))

    def frame_step(self) -> Any:
        """Give the function of a loop's step.

        From projected inputs (2 rows, 3 units) and states (2 rows, units), ahead then back, to
        the next states.
        """
        return self._step_after() if self.reset_after else self._step_before()

    def _project(self, inputs: Any, rows: Any) -> Any:
        """Inputs times weights, (frames, 2 rows, 3 units): ahead, then back in reversed order."""
        features = inputs.shape[-1]
        by_frame = tf.transpose(inputs, (1, 0, 2))
        flat = tf.reshape(by_frame, (-1, features))
        directions = []
        for kernel, bias in zip(self.kernels, self.biases, strict=True):
            product = tf.matmul(flat, kernel) + (bias[0] if self.reset_after else bias)
            directions.append(tf.reshape(product, (-1, rows, 3 * self.units)))
        ahead, back = directions
        return tf.concat((ahead, tf.reverse(back, (0,))), axis=1)

    def _step_after(self) -> Any:
        # Read outside the loop: LiteRT makes no constant of a variable that is read inside.
        ahead_kernel, back_kernel = map(tf.convert_to_tensor, self.recurrent_kernels)
        ahead_bias, back_bias = (tf.convert_to_tensor(bias)[1] for bias in self.biases)

        def step(projected: Any, state: Any) -> Any:
            ahead, back = tf.split(state, 2, axis=0)
            recurrent = tf.concat(
                (
                    tf.matmul(ahead, ahead_kernel) + ahead_bias,
                    tf.matmul(back, back_kernel) + back_bias,
                ),
                axis=0,
            )
            gates = tf.sigmoid(projected[:, : -self.units] + recurrent[:, : -self.units])
            update, reset = tf.split(gates, 2, axis=1)
            candidate = tf.tanh(projected[:, -self.units :] + reset * recurrent[:, -self.units :])
            return update * state + (1.0 - update) * candidate

        return step

    def _step_before(self) -> Any:
        # Read and cut outside the loop: a cut inside would copy the weights at every frame.
        cut = [kernel[:, : -self.units] for kernel in self.recurrent_kernels]
        candidates = [kernel[:, -self.units :] for kernel in self.recurrent_kernels]

        def step(projected: Any, state: Any) -> Any:
            gates = tf.sigmoid(projected[:, : -self.units] + _by_direction(state, cut))
            update, reset = tf.split(gates, 2, axis=1)
            recurrent = _by_direction(reset * state, candidates)
            candidate = tf.tanh(projected[:, -self.units :] + recurrent)
            return update * state + (1.0 - update) * candidate

        return step

    def _merged(self, states: Any) -> Any:
        """States (frames, 2 rows, units) of the loop as (rows, frames, outputs)."""
        ahead, back = tf.split(states, 2, axis=1)
        back = tf.reverse(back, (0,))
        merged = tf.concat((ahead, back), axis=2) if self.merge == "concat" else ahead + back
        return tf.transpose(merged, (1, 0, 2))


def _by_direction(state: Any, kernels: list[Any]) -> Any:
    """The states of both directions times the weights of each."""
    halves = tf.split(state, 2, axis=0)
    products = [tf.matmul(half, kernel) for half, kernel in zip(halves, kernels, strict=True)]
    return tf.concat(products, axis=0)
