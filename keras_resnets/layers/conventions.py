"""Every padding, epsilon, momentum and initializer of the package, decided once.

All maps are channels-last, `[batch, height, width, channels]`, whatever `keras.config.image_data_format()` says:
oneDNN, XLA and cuDNN all run that layout fastest, and a network must not change its meaning with a global setting.
"""

import keras
from keras import layers

from keras_resnets.layers.grouped import GroupedConv2D

NORM_MOMENTUM = 0.9  # of the moving statistics, Keras's sense; PyTorch writes 0.1
NORM_EPSILON = 1e-5
CHANNELS_LAST = "channels_last"


def conv_initializer():
    """He et al. 2015 (arXiv 1502.01852), eq. 14: normal, variance 2 / (k * k * filters), not truncated."""
    return keras.initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal")


def dense_initializer():
    """Uniform in ±1 / sqrt(inputs), as the authors' release initializes its last layer."""
    return keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")


def conv(x, filters, size, stride=1, *, groups=1, use_bias=False, name):
    """A `size` x `size` convolution, zero-padded by `size // 2` on every side.

    The padding "same" of TensorFlow pads only after at stride 2, so trained weights of other libraries would not carry
    over; it is used where it is symmetric, at stride 1.
    """
    if stride > 1 and size > 1:
        x = layers.ZeroPadding2D(size // 2, data_format=CHANNELS_LAST, name=f"{name}_pad")(x)
        padding = "valid"
    else:
        padding = "same"
    layer = layers.Conv2D if groups == 1 else GroupedConv2D
    return layer(
        filters,
        size,
        stride,
        padding,
        data_format=CHANNELS_LAST,
        groups=groups,
        use_bias=use_bias,
        kernel_initializer=conv_initializer(),
        name=name,
    )(x)


def norm(x, *, gamma="ones", name):
    """Batch normalization over the channels; `gamma="zeros"` starts a residual branch at zero (Goyal et al. 2017)."""
    return layers.BatchNormalization(momentum=NORM_MOMENTUM, epsilon=NORM_EPSILON, gamma_initializer=gamma, name=name)(
        x
    )


def relu(x, *, name):
    """max(x, 0)."""
    return layers.ReLU(name=name)(x)


def conv_bn(x, filters, size, stride=1, *, groups=1, gamma="ones", name):
    """Convolution and batch normalization: no activation, as before a sum."""
    x = conv(x, filters, size, stride, groups=groups, name=name)
    return norm(x, gamma=gamma, name=f"{name}_bn")


def conv_bn_relu(x, filters, size, stride=1, *, groups=1, name):
    """Convolution, batch normalization, ReLU: in this order (He et al. 2015, sec. 3.4)."""
    x = conv_bn(x, filters, size, stride, groups=groups, name=name)
    return relu(x, name=f"{name}_relu")


def max_pool(x, size, stride, *, name):
    """Max pooling padded by `size // 2` on every side; its input is a ReLU's, so zeros pad as minus infinity would."""
    x = layers.ZeroPadding2D(size // 2, data_format=CHANNELS_LAST, name=f"{name}_pad")(x)
    return layers.MaxPooling2D(size, stride, data_format=CHANNELS_LAST, name=name)(x)


def global_pool(x, kind="avg", *, dtype=None, name):
    """`[batch, height, width, channels]` to `[batch, channels]` by the mean ("avg") or the maximum ("max")."""
    layer = {"avg": layers.GlobalAveragePooling2D, "max": layers.GlobalMaxPooling2D}[kind]
    return layer(data_format=CHANNELS_LAST, dtype=dtype, name=name)(x)


def classifier(x, classes, activation, *, name):
    """Global average pool and a fully connected layer, in float32 also under mixed precision."""
    dtype = head_dtype()
    x = global_pool(x, dtype=dtype, name=f"{name}_pool")
    return layers.Dense(
        classes,
        activation=activation,
        kernel_initializer=dense_initializer(),
        dtype=dtype,
        name=f"{name}_dense",
    )(x)


def head_dtype():
    """float32 where the policy computes in 16 bits, too coarse for a softmax over many classes; else None."""
    return "float32" if keras.config.dtype_policy().compute_dtype in ("float16", "bfloat16") else None
