"""Inception modules of factorized convolutions.

Szegedy et al. 2015, "Rethinking the Inception Architecture for Computer Vision" (arXiv 1512.00567), Fig. 5 to 7 and 10,
and the module with which it began, Ioffe & Szegedy 2015 (arXiv 1502.03167), Fig. 5.

A module maps `[b, h, w, c]` to its concatenated branches, `[b, h, w, sum of their channels]`; a reduction also halves
the map. A branch is a sequence of convolutions, each `(name, filters, size)` or `(name, filters, size, stride)`.
"""

from collections.abc import Sequence
from functools import partial
from typing import TypeAlias

from keras import layers

from keras_resnets.layers import Size, Tensor, conv_bn_relu, local_mean, max_pool

Convolution: TypeAlias = tuple[str, int, Size] | tuple[str, int, Size, int]  # name, filters, size, stride

NORM_EPSILON = 1e-3  # of the authors' releases
convolution = partial(conv_bn_relu, epsilon=NORM_EPSILON)


def branch(x: Tensor, *convolutions: Convolution, strided: str = "half", name: str) -> Tensor:
    """Sequence of convolutions; `strided` is the padding of those with a stride above 1."""
    for suffix, filters, size, stride in (row if len(row) == 4 else (*row, 1) for row in convolutions):
        padding = strided if stride > 1 else "half"
        x = convolution(x, filters, size, stride, padding=padding, name=f"{name}_{suffix}")
    return x


def double3x3(
    x: Tensor, reduce: int, first: int, second: int, stride: int = 1, *, strided: str = "half", name: str
) -> Tensor:
    """Branch of a 1x1 and two 3x3 with `reduce`, `first` and `second` filters, the last with the stride."""
    rows: tuple[Convolution, ...] = (
        ("double3x3_reduce", reduce, 1),
        ("double3x3_1", first, 3),
        ("double3x3_2", second, 3, stride),
    )
    return branch(x, *rows, strided=strided, name=name)


def concatenate(branches: Sequence[Tensor], *, name: str) -> Tensor:
    """Concatenate branches along their channels."""
    return layers.Concatenate(name=f"{name}_concat")(branches)


def pool_branch(x: Tensor, filters: int, kind: str = "avg", *, count_zeros: bool = False, name: str) -> Tensor:
    """Branch of a 3x3 pool of stride 1, "avg" or "max", and a 1x1."""
    if kind == "avg":
        x = local_mean(x, 3, count_zeros=count_zeros, name=f"{name}_pool")
    else:
        x = max_pool(x, 3, 1, name=f"{name}_pool")
    return branch(x, ("pool_proj", filters, 1), name=name)


def triple3x3_branches(
    x: Tensor, threes: tuple[int, int], doubles: tuple[int, int], stride: int = 1, *, name: str
) -> list[Tensor]:
    """Branches of one 3x3 and, in place of GoogLeNet's 5x5, of two (Ioffe & Szegedy 2015, appendix)."""
    (reduce, three), (reduce_double, double) = threes, doubles
    return [
        branch(x, ("3x3_reduce", reduce, 1), ("3x3", three, 3, stride), name=name),
        double3x3(x, reduce_double, double, double, stride, name=name),
    ]


def triple3x3(
    x: Tensor, ones: int, threes: tuple[int, int], doubles: tuple[int, int], pool: str, pool_proj: int, *, name: str
) -> Tensor:
    """Module of BN-Inception; `threes` and `doubles` are the filters of (the reducing 1x1, the 3x3)."""
    branches = [
        branch(x, ("1x1", ones, 1), name=name),
        *triple3x3_branches(x, threes, doubles, name=name),
        pool_branch(x, pool_proj, pool, name=name),
    ]
    return concatenate(branches, name=name)


def triple3x3_reduction(x: Tensor, threes: tuple[int, int], doubles: tuple[int, int], *, name: str) -> Tensor:
    """Reduction of BN-Inception, stride 2, without the 1x1 branch and with a bare pool: h to ceil(h / 2)."""
    branches = triple3x3_branches(x, threes, doubles, 2, name=name)
    return concatenate([*branches, max_pool(x, 3, 2, name=f"{name}_pool")], name=name)


def inception_a(x: Tensor, ones: int, pool_proj: int, *, count_zeros: bool = False, name: str) -> Tensor:
    """Module of the 35x35 grid (Fig. 5); the release keeps a 5x5 beside the two 3x3."""
    branches = [
        branch(x, ("1x1", ones, 1), name=name),
        branch(x, ("5x5_reduce", 48, 1), ("5x5", 64, 5), name=name),
        double3x3(x, 64, 96, 96, name=name),
        pool_branch(x, pool_proj, count_zeros=count_zeros, name=name),
    ]
    return concatenate(branches, name=name)


def inception_b(x: Tensor, width: int, *, count_zeros: bool = False, name: str) -> Tensor:
    """Module of the 17x17 grid (Fig. 6): each 7x7 is a 1x7 and a 7x1 with `width` filters, the last of a branch 192."""
    branches = [
        branch(x, ("1x1", 192, 1), name=name),
        branch(x, ("7x7_reduce", width, 1), ("7x7_1x7", width, (1, 7)), ("7x7_7x1", 192, (7, 1)), name=name),
        branch(
            x,
            ("double7x7_reduce", width, 1),
            ("double7x7_1_7x1", width, (7, 1)),
            ("double7x7_1_1x7", width, (1, 7)),
            ("double7x7_2_7x1", width, (7, 1)),
            ("double7x7_2_1x7", 192, (1, 7)),
            name=name,
        ),
        pool_branch(x, 192, count_zeros=count_zeros, name=name),
    ]
    return concatenate(branches, name=name)


def inception_c(x: Tensor, *, count_zeros: bool = False, name: str) -> Tensor:
    """Module of the 8x8 grid (Fig. 7): the last 3x3 is a 1x3 beside a 3x1, an expanded filter bank."""
    branches = [
        branch(x, ("1x1", 320, 1), name=name),
        *expanded_branches(x, ("3x3_reduce", 384, 1), bank="3x3", name=name),
        *expanded_branches(x, ("double3x3_reduce", 448, 1), ("double3x3_1", 384, 3), bank="double3x3_2", name=name),
        pool_branch(x, 192, count_zeros=count_zeros, name=name),
    ]
    return concatenate(branches, name=name)


def expanded_branches(x: Tensor, *convolutions: Convolution, bank: str, name: str) -> list[Tensor]:
    """Branch that ends in a 1x3 beside a 3x1, both named after the filter `bank`."""
    x = branch(x, *convolutions, name=name)
    return [branch(x, (f"{bank}_{h}x{w}", 384, (h, w)), name=name) for h, w in ((1, 3), (3, 1))]


def reduction_a(x: Tensor, three: int, doubles: tuple[int, int, int], *, name: str) -> Tensor:
    """Reduction of 35x35 to 17x17 without padding (Fig. 10): a 3x3 of `three` filters, a double 3x3 and a pool."""
    branches = [
        branch(x, ("3x3", three, 3, 2), strided="valid", name=name),
        double3x3(x, *doubles, stride=2, strided="valid", name=name),
        max_pool(x, 3, 2, padding="valid", name=f"{name}_pool"),
    ]
    return concatenate(branches, name=name)


def reduction_b(x: Tensor, *, name: str) -> Tensor:
    """Reduction of 17x17 to 8x8 without padding: a 3x3, a 3x3 behind a factorized 7x7, and a pool."""
    branches = [
        branch(x, ("3x3_reduce", 192, 1), ("3x3", 320, 3, 2), strided="valid", name=name),
        branch(
            x,
            ("7x7_reduce", 192, 1),
            ("7x7_1x7", 192, (1, 7)),
            ("7x7_7x1", 192, (7, 1)),
            ("7x7_3x3", 192, 3, 2),
            strided="valid",
            name=name,
        ),
        max_pool(x, 3, 2, padding="valid", name=f"{name}_pool"),
    ]
    return concatenate(branches, name=name)
