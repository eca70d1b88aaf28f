"""Spatial pyramid pooling (He et al. 2014, arXiv 1406.4729)."""

from collections.abc import Iterator, Sequence
from typing import Any

import keras
from keras import ops

from keras_resnets._errors import is_positive_integer
from keras_resnets.layers.tensor import Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_resnets")
class SpatialPyramidPooling(keras.layers.Layer):
    """Maximum of each bin of several grids over a map: `[b, h, w, c]`, of any size, to `[b, bins, 1, c]`.

    A level of n divides the map into n x n bins, of which the i-th along a side of h pixels runs from floor(i h / n) to
    ceil((i + 1) h / n), counted from 0: bins may overlap. Bins are in the order of levels, rows, columns.

    Args:
        levels: Bins along a side of each grid, such as (7, 3, 2, 1) for 63 bins.

    Raises:
        ValueError: If `levels` is empty or holds anything but positive integers.
    """

    def __init__(self, levels: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.levels = tuple(levels)
        if not self.levels or not all(map(is_positive_integer, self.levels)):
            raise ValueError(f"levels must be positive integers, such as (7, 3, 2, 1), not {levels!r}.")

    def call(self, x: Tensor) -> Tensor:
        """Pool rows, then columns."""
        height, width = ops.shape(x)[1:3]
        bins = []
        for level in self.levels:
            for top, bottom in _bounds(height, level):
                row = ops.max(x[:, top:bottom], axis=1, keepdims=True)
                bins += [ops.max(row[:, :, a:b], axis=2, keepdims=True) for a, b in _bounds(width, level)]
        return ops.concatenate(bins, axis=1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return `[batch, bins, 1, channels]`."""
        return (input_shape[0], sum(level**2 for level in self.levels), 1, input_shape[-1])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the layer."""
        return {**super().get_config(), "levels": self.levels}


def _bounds(length: Any, count: int) -> Iterator[tuple[Any, Any]]:
    """Yield start and end of each of `count` bins along a side of `length` pixels, an integer or a tensor."""
    for i in range(count):
        yield i * length // count, -(-(i + 1) * length // count)
