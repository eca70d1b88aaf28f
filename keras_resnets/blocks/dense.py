"""Dense layers and transitions (Huang et al. 2017, "Densely Connected Convolutional Networks", arXiv 1608.06993).

Within a stage the layers pass on a list of maps, each `[b, h, w, c]`: every layer reads all that were made before it
(eq. 2) and adds one of `growth` channels. The last layer of the stage joins them.
"""

from functools import partial

import keras
from keras import layers

from keras_resnets.layers import Recompute, avg_pool, bn_relu_conv


def dense_layer(maps, growth, *, bottleneck=True, last=False, dropout=0.0, memory_efficient=False, name):
    """Batch normalization, ReLU, 3x3; as a `bottleneck` behind a 1x1 of four times the filters (sec. 3, DenseNet-B).

    `dropout` follows each convolution. With `memory_efficient` the joined maps, and what is made of them up to the
    first convolution, are computed again in the backward pass (Pleiss et al. 2017, arXiv 1707.06990).
    """
    maps = maps if isinstance(maps, list) else [maps]
    filters, size = (4 * growth, 1) if bottleneck else (growth, 3)
    first = partial(joined_conv, filters=filters, size=size, name=f"{name}_conv1")
    x = recomputed(first, maps, name=f"{name}_conv1") if memory_efficient else first(maps)
    x = dropped(x, dropout, name=f"{name}_conv1")
    if bottleneck:
        x = bn_relu_conv(x, growth, 3, name=f"{name}_conv2")
        x = dropped(x, dropout, name=f"{name}_conv2")
    return joined([*maps, x], name=name) if last else [*maps, x]


def transition(x, *, compression=1.0, dropout=0.0, memory_efficient=False, name):
    """Between stages: 1x1 that keeps `compression` of the channels, 2x2 average pool (sec. 3, DenseNet-C)."""
    name = f"{name}_transition"
    reduce = partial(joined_conv, filters=int(x.shape[-1] * compression), size=1, name=name)
    x = recomputed(reduce, [x], name=name) if memory_efficient else reduce([x])
    return avg_pool(dropped(x, dropout, name=name), 2, 2, name=f"{name}_pool")


def joined_conv(maps, filters, size, *, name):
    """The maps joined, batch normalization, ReLU, convolution."""
    return bn_relu_conv(joined(maps, name=name), filters, size, name=name)


def joined(maps, *, name):
    """The maps behind each other along their channels."""
    return layers.Concatenate(name=f"{name}_concat")(maps) if len(maps) > 1 else maps[0]


def dropped(x, dropout, *, name):
    """Dropout, if there is any."""
    return layers.Dropout(dropout, name=f"{name}_dropout")(x) if dropout else x


def recomputed(function, maps, *, name):
    """`function(maps)`, of which the backward pass computes everything but the maps again."""
    inputs = [keras.Input(x.shape[1:], dtype=x.dtype, name=f"{name}_input{i}") for i, x in enumerate(maps, 1)]
    branch = keras.Model(inputs, function(inputs), name=f"{name}_branch")
    return Recompute(branch, name=f"{name}_recompute")(maps)
