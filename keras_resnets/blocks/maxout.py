"""Convolutions and fully connected layers whose units are maxima of linear pieces (Goodfellow et al. 2013, sec. 3)."""

import keras

from keras_resnets.layers import Maxout, Tensor, conv, dense


def maxout_conv(x: Tensor, *, filters: int, size: int = 3, pieces: int = 2, padding: str = "half", name: str) -> Tensor:
    """Convolution to `filters` units of some pieces, `[b, h, w, c]` to `[b, new_h, new_w, filters]`.

    A maximum of pieces has the scale of one piece, where a ReLU halves the variance: kernels start with half the
    variance that they have ahead of a ReLU.
    """
    start = keras.initializers.VarianceScaling(1.0, "fan_in", "untruncated_normal")
    x = conv(x, filters * pieces, size, padding=padding, use_bias=True, kernel_initializer=start, name=f"{name}_conv")
    return Maxout(pieces, name=f"{name}_maxout")(x)


def maxout_dense(x: Tensor, *, units: int, pieces: int, name: str) -> Tensor:
    """Fully connected layer of `units` units of some pieces, `[b, inputs]` to `[b, units]`."""
    return Maxout(pieces, name=f"{name}_maxout")(dense(x, units * pieces, name=name))
