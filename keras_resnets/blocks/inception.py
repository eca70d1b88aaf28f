"""First Inception modules (Szegedy et al. 2014, "Going Deeper with Convolutions", arXiv 1409.4842, Fig. 2).

Convolutions of several sizes and a max pool read one map, and their outputs are concatenated. A module maps
`[b, h, w, c]` to `[b, h, w, c']`. All of its convolutions are `convolution`: `(x, filters, size, *, name) -> x`.
"""

from collections.abc import Callable
from typing import NamedTuple

from keras import layers

from keras_resnets.layers import Tensor, conv_relu, max_pool


class Inception(NamedTuple):
    """Row of Table 1: the numbers of filters in a module.

    Attributes:
        ones: Filters of the 1x1.
        reduce_threes: Filters of the 1x1 ahead of the 3x3.
        threes: Filters of the 3x3.
        reduce_fives: Filters of the 1x1 ahead of the 5x5.
        fives: Filters of the 5x5.
        pool_proj: Filters of the 1x1 behind the max pool.
    """

    ones: int
    reduce_threes: int
    threes: int
    reduce_fives: int
    fives: int
    pool_proj: int


def reduced(
    x: Tensor, row: Inception, *, convolution: Callable[..., Tensor] = conv_relu, widest: int = 5, name: str
) -> Tensor:
    """Module with 1x1 convolutions that reduce dimensions ahead of the 3x3 and 5x5 and behind the pool (Fig. 2b).

    `widest` is the kernel size of the layer named 5x5, which torchvision builds as a 3x3.
    """
    threes = convolution(x, row.reduce_threes, 1, name=f"{name}_3x3_reduce")
    fives = convolution(x, row.reduce_fives, 1, name=f"{name}_5x5_reduce")
    pooled = max_pool(x, 3, 1, name=f"{name}_pool")
    branches = [
        convolution(x, row.ones, 1, name=f"{name}_1x1"),
        convolution(threes, row.threes, 3, name=f"{name}_3x3"),
        convolution(fives, row.fives, widest, name=f"{name}_5x5"),
        convolution(pooled, row.pool_proj, 1, name=f"{name}_pool_proj"),
    ]
    return layers.Concatenate(name=f"{name}_concat")(branches)


def naive(
    x: Tensor, row: Inception, *, convolution: Callable[..., Tensor] = conv_relu, widest: int = 5, name: str
) -> Tensor:
    """Module without reduction (Fig. 2a): the bare pool is concatenated, so that the channels grow."""
    branches = [
        convolution(x, row.ones, 1, name=f"{name}_1x1"),
        convolution(x, row.threes, 3, name=f"{name}_3x3"),
        convolution(x, row.fives, widest, name=f"{name}_5x5"),
        max_pool(x, 3, 1, name=f"{name}_pool"),
    ]
    return layers.Concatenate(name=f"{name}_concat")(branches)
