"""The first Inception modules (Szegedy et al. 2014, "Going Deeper with Convolutions", arXiv 1409.4842, Fig. 2).

Convolutions of several sizes read one map, and so does a max pool; what they give is concatenated. A module maps
`[b, h, w, c]` to `[b, h, w, c']`. All of its convolutions are `convolution`: `(x, filters, size, *, name) -> x`.
"""

from typing import NamedTuple

from keras import layers

from keras_resnets.layers import conv_relu, max_pool


class Inception(NamedTuple):
    """A row of Table 1: the filters of each convolution of a module.

    Attributes:
        ones: of the 1x1.
        reduce_threes: of the 1x1 ahead of the 3x3.
        threes: of the 3x3.
        reduce_fives: of the 1x1 ahead of the 5x5.
        fives: of the 5x5.
        pool_proj: of the 1x1 behind the max pool.
    """

    ones: int
    reduce_threes: int
    threes: int
    reduce_fives: int
    fives: int
    pool_proj: int


def reduced(x, row, *, convolution=conv_relu, widest=5, name):
    """Dimensions reduced by 1x1 convolutions ahead of the 3x3 and the 5x5 and behind the pool (Fig. 2b).

    `widest` is the kernel of the convolution that is called 5x5: torchvision's is a 3x3.
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


def naive(x, row, *, convolution=conv_relu, widest=5, name):
    """Nothing reduced (Fig. 2a): the pool is joined as it is, so that the channels grow from module to module."""
    branches = [
        convolution(x, row.ones, 1, name=f"{name}_1x1"),
        convolution(x, row.threes, 3, name=f"{name}_3x3"),
        convolution(x, row.fives, widest, name=f"{name}_5x5"),
        max_pool(x, 3, 1, name=f"{name}_pool"),
    ]
    return layers.Concatenate(name=f"{name}_concat")(branches)
