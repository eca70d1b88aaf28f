"""Average pooling to a map of fixed size."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_resnets._errors import positive_integer
from keras_resnets.layers.tensor import Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_resnets")
class AdaptiveAveragePooling(keras.layers.Layer):
    """Average a map `[b, h, w, c]` down to `[b, size, size, c]`, as PyTorch's AdaptiveAvgPool2d does.

    Window i along a side of n pixels runs from floor(i n / size) to ceil((i + 1) n / size): windows may overlap, and
    pixels are repeated where a side is shorter than `size`. Keras 3.12, the last for Python 3.10, lacks
    `keras.layers.AdaptiveAveragePooling2D`, and saved models name this class.

    Args:
        size: Height and width of the output.

    Raises:
        ValueError: If `size` is not a positive integer, or the height or width of the input is unknown.
    """

    def __init__(self, size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = positive_integer("size", size)

    def build(self, input_shape: Shape) -> None:
        """Refuse an input of unknown height or width."""
        if None in input_shape[1:3]:
            raise ValueError(f"Layer {self.name!r} needs a map of known height and width, not {tuple(input_shape)}.")

    def call(self, x: Tensor) -> Tensor:
        """Multiply rows and columns by the matrices of the window means."""
        rows, columns = (ops.cast(windows(n, self.size), x.dtype) for n in x.shape[1:3])
        return ops.einsum("ih,bhwc,jw->bijc", rows, x, columns)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return `[batch, size, size, channels]`."""
        batch, _, _, channels = input_shape
        return (batch, self.size, self.size, channels)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the layer."""
        return {**super().get_config(), "size": self.size}


def windows(length: int, count: int) -> np.ndarray:
    """Return the matrix `[count, length]` that averages `count` windows along a side of `length` pixels."""
    starts = np.arange(count) * length // count
    ends = -(-np.arange(1, count + 1) * length // count)
    pixels = np.arange(length)
    inside = (pixels >= starts[:, None]) & (pixels < ends[:, None])
    return (inside / inside.sum(axis=1, keepdims=True)).astype("float32")
