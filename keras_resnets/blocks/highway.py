"""Highway layer: a learned gate between a transform and the input (Srivastava et al. 2015, arXiv 1505.00387)."""

import keras
from keras import layers

from keras_resnets.layers import Size, Tensor, conv, conv_relu

GATE_BIAS = -2.0  # of a new gate, which carries 0.88 of the input


def xavier() -> keras.initializers.Initializer:
    """Return Caffe's "xavier" initializer, uniform in ±sqrt(3 / inputs of the kernel)."""
    return keras.initializers.VarianceScaling(1.0, "fan_in", "uniform")


def plain(x: Tensor, *, filters: int, size: Size = 3, name: str) -> Tensor:
    """Convolution with biases and ReLU, which changes the number of channels between highway layers."""
    return conv_relu(x, filters, size, kernel_initializer=xavier(), name=f"{name}_conv")


def highway(x: Tensor, *, size: Size = 3, name: str) -> Tensor:
    """H T + x (1 - T), `[b, h, w, c]` to the same shape: H = ReLU(conv(x)), T = sigmoid(conv(x)) (eq. 3).

    It is computed as x + T (H - x).
    """
    filters = x.shape[-1]
    transform = plain(x, filters=filters, size=size, name=f"{name}_transform")
    start = {"kernel_initializer": xavier(), "bias_initializer": keras.initializers.Constant(GATE_BIAS)}
    gate = conv(x, filters, size, use_bias=True, name=f"{name}_gate_conv", **start)
    gate = layers.Activation("sigmoid", name=f"{name}_gate")(gate)
    change = layers.Subtract(name=f"{name}_change")([transform, x])
    change = layers.Multiply(name=f"{name}_gated")([gate, change])
    return layers.Add(name=f"{name}_carried")([x, change])
