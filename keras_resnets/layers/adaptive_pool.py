"""Average pooling to a map of one size, whatever the size of its input."""

import keras
import numpy as np
from keras import ops

from keras_resnets._errors import positive_integer


@keras.saving.register_keras_serializable(package="keras_resnets")
class AdaptiveAveragePooling(keras.layers.Layer):
    """Maps `[b, h, w, c]` to `[b, size, size, c]`, each pixel the mean of a window, as PyTorch's AdaptiveAvgPool2d.

    Window i of a side of n pixels runs from floor(i n / size) to ceil((i + 1) n / size): windows may overlap, and the
    pixels of a side shorter than `size` are repeated.

    Args:
        size: height and width of the output.

    Raises:
        ValueError: if `size` is no positive integer, or the input's height or width is not known.
    """

    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        self.size = positive_integer("size", size)

    def build(self, input_shape):
        if None in input_shape[1:3]:
            raise ValueError(f"{self.name!r} needs a map of known height and width, not {tuple(input_shape)}.")

    def call(self, x):
        rows, columns = (ops.cast(windows(n, self.size), x.dtype) for n in x.shape[1:3])
        return ops.einsum("ih,bhwc,jw->bijc", rows, x, columns)

    def compute_output_shape(self, input_shape):
        batch, _, _, channels = input_shape
        return (batch, self.size, self.size, channels)

    def get_config(self):
        return {**super().get_config(), "size": self.size}


def windows(length, count):
    """The matrix [count, length] that takes the means of `count` windows along a side of `length` pixels."""
    starts = np.arange(count) * length // count
    ends = -(-np.arange(1, count + 1) * length // count)
    pixels = np.arange(length)
    inside = (pixels >= starts[:, None]) & (pixels < ends[:, None])
    return (inside / inside.sum(axis=1, keepdims=True)).astype("float32")
