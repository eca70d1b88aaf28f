"""Dense layers and transitions (Huang et al. 2017, "Densely Connected Convolutional Networks", arXiv 1608.06993).

The layers of a stage pass on a list of maps, each `[b, h, w, c]`: every layer reads all earlier ones (eq. 2) and adds a
map of `growth` channels. The last layer of the stage concatenates them.

Kernels start with the variance of He et al. 2015 (arXiv 1502.01852), which the paper names, by their inputs (eq. 10
there). The authors' release takes the outputs, of which a 1x1 has up to fifty times fewer: an untrained network, whose
moving statistics normalize nothing, then has maps of a million and predicts NaN in float16.
"""

from collections.abc import Callable, Sequence
from functools import partial

import keras
from keras import layers

from keras_resnets.layers import Recompute, Tensor, avg_pool, bn_relu_conv


def dense_layer(
    maps: Tensor | list[Tensor],
    growth: int,
    *,
    bottleneck: bool = True,
    last: bool = False,
    dropout: float = 0.0,
    memory_efficient: bool = False,
    name: str,
) -> Tensor | list[Tensor]:
    """Batch normalization, ReLU, 3x3; as a `bottleneck` behind a 1x1 of four times the filters (sec. 3, DenseNet-B).

    `dropout` follows each convolution. `memory_efficient` recomputes the concatenated maps, their normalization and the
    first convolution in the backward pass (Pleiss et al. 2017, arXiv 1707.06990).
    """
    maps = maps if isinstance(maps, list) else [maps]
    filters, size = (4 * growth, 1) if bottleneck else (growth, 3)
    first = partial(joined_conv, filters=filters, size=size, name=f"{name}_conv1")
    x = recomputed(first, maps, name=f"{name}_conv1") if memory_efficient else first(maps)
    x = dropped(x, dropout, name=f"{name}_conv1")
    if bottleneck:
        x = bn_relu_conv(x, growth, 3, fan="fan_in", name=f"{name}_conv2")
        x = dropped(x, dropout, name=f"{name}_conv2")
    return joined([*maps, x], name=name) if last else [*maps, x]


def transition(
    x: Tensor, *, compression: float = 1.0, dropout: float = 0.0, memory_efficient: bool = False, name: str
) -> Tensor:
    """Transition between stages: 1x1 to `compression` of the channels, 2x2 average pool (sec. 3, DenseNet-C)."""
    name = f"{name}_transition"
    reduce = partial(joined_conv, filters=int(x.shape[-1] * compression), size=1, name=name)
    x = recomputed(reduce, [x], name=name) if memory_efficient else reduce([x])
    return avg_pool(dropped(x, dropout, name=name), 2, 2, name=f"{name}_pool")


def joined_conv(maps: Sequence[Tensor], filters: int, size: int, *, name: str) -> Tensor:
    """Concatenation, batch normalization, ReLU, convolution."""
    return bn_relu_conv(joined(maps, name=name), filters, size, fan="fan_in", name=name)


def joined(maps: Sequence[Tensor], *, name: str) -> Tensor:
    """Concatenate maps along their channels."""
    return layers.Concatenate(name=f"{name}_concat")(maps) if len(maps) > 1 else maps[0]


def dropped(x: Tensor, dropout: float, *, name: str) -> Tensor:
    """Apply dropout, unless its rate is zero."""
    return layers.Dropout(dropout, name=f"{name}_dropout")(x) if dropout else x


def recomputed(function: Callable[[Sequence[Tensor]], Tensor], maps: Sequence[Tensor], *, name: str) -> Tensor:
    """Compute `function(maps)` in a layer that keeps only the maps for the backward pass."""
    inputs = [keras.Input(x.shape[1:], dtype=x.dtype, name=f"{name}_input{i}") for i, x in enumerate(maps, 1)]
    branch = keras.Model(inputs, function(inputs), name=f"{name}_branch")
    return Recompute(branch, name=f"{name}_recompute")(maps)
