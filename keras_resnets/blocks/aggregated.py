"""Aggregated transformations in three equal forms (Xie et al. 2017, arXiv 1611.05431, eq. 3 and Fig. 3).

y = x + sum over i = 1..C of T_i(x).

Form (c), the grouped convolution, is `residual.bottleneck`. Forms (a) and (b) build the C paths as separate layers: for
study and tests, they compute the same function with the same number of parameters, more slowly.
"""

from collections.abc import Sequence
from typing import Any

from keras import layers

from keras_resnets._errors import unknown
from keras_resnets.blocks.residual import Paths, bottleneck, bottleneck_geometry
from keras_resnets.layers import Tensor, conv, conv_bn, conv_bn_relu, norm

FORMS = ("a", "b", "c")


def aggregated(
    x: Tensor,
    filters: int,
    stride: int = 1,
    *,
    paths: Paths,
    form: str = "c",
    gamma: str = "ones",
    name: str,
    **geometry: Any,
) -> Tensor:
    """Sum of transformations in form "a", "b" or "c" of Xie et al. 2017, Fig. 3.

    `geometry` are the dilations and the downsample of `residual.bottleneck`.
    """
    if form not in FORMS:
        raise ValueError(unknown("form", form, FORMS))
    if form == "c" or paths.cardinality == 1:
        return bottleneck(x, filters, stride, paths=paths, gamma=gamma, name=name, **geometry)
    steps = bottleneck_geometry(stride, **geometry)
    split = [
        split_path(x, paths.width(filters), *steps, name=f"{name}_path{i}") for i in range(1, paths.cardinality + 1)
    ]
    aggregate = summed if form == "a" else concatenated
    return aggregate(split, 4 * filters, gamma=gamma, name=name)


def split_path(x: Tensor, width: int, reduce_stride: int, conv_stride: int, dilation: int, *, name: str) -> Tensor:
    """1x1, 3x3: one of the C narrow paths."""
    x = conv_bn_relu(x, width, 1, reduce_stride, name=f"{name}_conv1")
    return conv_bn_relu(x, width, 3, conv_stride, dilation=dilation, name=f"{name}_conv2")


def summed(paths: Sequence[Tensor], channels: int, *, gamma: str, name: str) -> Tensor:
    """Form (a): a 1x1 for each path, summed, then normalized once (Xie et al. 2017, sec. 4)."""
    mapped = [conv(path, channels, 1, name=f"{name}_path{i}_conv3") for i, path in enumerate(paths, 1)]
    return norm(layers.Add(name=f"{name}_sum")(mapped), gamma=gamma, name=f"{name}_conv3_bn")


def concatenated(paths: Sequence[Tensor], channels: int, *, gamma: str, name: str) -> Tensor:
    """Form (b): the paths concatenated, then one 1x1 over all of them."""
    x = layers.Concatenate(name=f"{name}_concat")(paths)
    return conv_bn(x, channels, 1, gamma=gamma, name=f"{name}_conv3")
