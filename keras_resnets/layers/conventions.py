"""Every padding, epsilon, momentum and initializer of the package, decided once.

All maps are channels-last, `[batch, height, width, channels]`, whatever `keras.config.image_data_format()` says:
oneDNN, XLA and cuDNN all run that layout fastest, and a network must not change its meaning with a global setting.
"""

import keras
from keras import layers

from keras_resnets.layers.batch_norm import FusedBatchNormalization
from keras_resnets.layers.grouped import GroupedConv2D
from keras_resnets.layers.padding import MirrorPadding2D
from keras_resnets.layers.pointwise import PointwiseConv2D

NORM_MOMENTUM = 0.9  # of the moving statistics, Keras's sense; PyTorch writes 0.1
NORM_EPSILON = 1e-5
CHANNELS_LAST = "channels_last"


def conv_initializer(fan="fan_out"):
    """He et al. 2015 (arXiv 1502.01852): normal, not truncated.

    The variance is 2 / (k * k * filters) (eq. 14) or, with "fan_in", 2 / (k * k * input channels) (eq. 10).
    """
    return keras.initializers.VarianceScaling(2.0, fan, "untruncated_normal")


def dense_initializer():
    """Uniform in ±1 / sqrt(inputs), as the authors' release initializes its last layer."""
    return keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")


def conv(x, filters, size, stride=1, *, padding="half", dilation=1, groups=1, use_bias=False, fan="fan_out", name):
    """A convolution of `size` k or (k_h, k_w), zero-padded by `size // 2` on every side ("half") or not ("valid").

    The padding "same" of TensorFlow pads only after at stride 2, so trained weights of other libraries would not carry
    over; it is used where it is symmetric, at stride 1.
    """
    height, width = (size, size) if isinstance(size, int) else size
    if padding == "half" and stride > 1:
        if height > 1 or width > 1:
            x = pad(x, (dilation * (height // 2), dilation * (width // 2)), name=f"{name}_pad")
        padding = "valid"
    ungrouped = PointwiseConv2D if height == width == stride == 1 else layers.Conv2D
    layer = ungrouped if groups == 1 else GroupedConv2D
    return layer(
        filters,
        (height, width),
        stride,
        "same" if padding == "half" else padding,
        data_format=CHANNELS_LAST,
        dilation_rate=dilation,
        groups=groups,
        use_bias=use_bias,
        kernel_initializer=conv_initializer(fan),
        name=name,
    )(x)


def pad(x, margins, *, name):
    """Zeros on every side: `margins` rows and columns, (rows, columns), or ((before, after), (before, after))."""
    return layers.ZeroPadding2D(margins, data_format=CHANNELS_LAST, name=name)(x)


def norm(x, *, gamma="ones", epsilon=NORM_EPSILON, name):
    """Batch normalization over the channels; `gamma="zeros"` starts a residual branch at zero (Goyal et al. 2017)."""
    layer = FusedBatchNormalization(momentum=NORM_MOMENTUM, epsilon=epsilon, gamma_initializer=gamma, name=name)
    return layer(x)


def relu(x, *, name):
    """max(x, 0)."""
    return layers.ReLU(name=name)(x)


def conv_relu(x, filters, size, stride=1, *, name, **options):
    """Convolution with biases, ReLU: what came before batch normalization; `options` are those of `conv`.

    Nothing normalizes what it gives, so "fan_in" keeps its scale: with "fan_out" GoogLeNet, whose 1x1 convolutions have
    up to thirty times as many inputs as filters, starts with logits in the hundreds and diverges.
    """
    x = conv(x, filters, size, stride, use_bias=True, fan="fan_in", name=name, **options)
    return relu(x, name=f"{name}_relu")


def conv_bn(x, filters, size, stride=1, *, gamma="ones", epsilon=NORM_EPSILON, name, **options):
    """Convolution and batch normalization: no activation, as before a sum; `options` are those of `conv`."""
    x = conv(x, filters, size, stride, name=name, **options)
    return norm(x, gamma=gamma, epsilon=epsilon, name=f"{name}_bn")


def conv_bn_relu(x, filters, size, stride=1, *, name, **options):
    """Convolution, batch normalization, ReLU: in this order (He et al. 2015, sec. 3.4)."""
    x = conv_bn(x, filters, size, stride, name=name, **options)
    return relu(x, name=f"{name}_relu")


def bn_relu(x, *, name):
    """Batch normalization, ReLU: what stands ahead of a convolution (He et al. 2016, arXiv 1603.05027, Fig. 4e)."""
    return relu(norm(x, name=f"{name}_bn"), name=f"{name}_relu")


def bn_relu_conv(x, filters, size, stride=1, *, name, **options):
    """Batch normalization, ReLU, convolution: the first two are named `{name}_pre_bn` and `{name}_pre_relu`.

    `options` are those of `conv`.
    """
    return conv(bn_relu(x, name=f"{name}_pre"), filters, size, stride, name=name, **options)


def max_pool(x, size, stride, *, padding="half", signed=False, name):
    """Max pooling, padded by `size // 2` on every side ("half"), by `stride - 1` at the end ("ceil"), or not ("valid").

    "ceil" rounds the map's size up where the last window would be cut, as Caffe does and PyTorch's `ceil_mode`.
    Its input is a ReLU's, so zeros pad as minus infinity would; what is `signed` is padded with its mirrored edge.
    """
    if padding == "half" and signed:
        x = MirrorPadding2D(size // 2, name=f"{name}_pad")(x)
    elif padding == "half":
        x = pad(x, size // 2, name=f"{name}_pad")
    elif padding == "ceil":
        x = pad(x, ((0, stride - 1), (0, stride - 1)), name=f"{name}_pad")
    return layers.MaxPooling2D(size, stride, data_format=CHANNELS_LAST, name=name)(x)


def avg_pool(x, size, stride, *, name):
    """Average pooling, not padded."""
    return layers.AveragePooling2D(size, stride, data_format=CHANNELS_LAST, name=name)(x)


def local_mean(x, size, *, count_zeros=False, name):
    """The mean of the `size` x `size` pixels around each, of those inside the map: average pooling that keeps the map.

    With `count_zeros` the zeros outside count too, as they do in PyTorch unless it is told otherwise.
    """
    if count_zeros:
        return avg_pool(pad(x, size // 2, name=f"{name}_pad"), size, 1, name=name)
    return layers.AveragePooling2D(size, 1, "same", data_format=CHANNELS_LAST, name=name)(x)


def global_pool(x, kind="avg", *, dtype=None, name):
    """`[batch, height, width, channels]` to `[batch, channels]` by the mean ("avg") or the maximum ("max")."""
    layer = {"avg": layers.GlobalAveragePooling2D, "max": layers.GlobalMaxPooling2D}[kind]
    return layer(data_format=CHANNELS_LAST, dtype=dtype, name=name)(x)


def classifier(x, classes, activation, *, dropout=0.0, name):
    """Global average pool, dropout and a fully connected layer, in float32 also under mixed precision."""
    x = global_pool(x, dtype=head_dtype(), name=f"{name}_pool")
    if dropout:
        x = layers.Dropout(dropout, dtype=head_dtype(), name=f"{name}_dropout")(x)
    return dense(x, classes, activation, in_float32=True, name=f"{name}_dense")


def dense(x, units, activation=None, *, in_float32=False, name):
    """A fully connected layer; those that classify compute in float32 also under mixed precision."""
    dtype = head_dtype() if in_float32 else None
    return layers.Dense(units, activation, kernel_initializer=dense_initializer(), dtype=dtype, name=name)(x)


def flatten(x, *, name):
    """`[batch, height, width, channels]` to `[batch, height * width * channels]`.

    Raises:
        ValueError: if height or width is unknown: the fully connected layer that follows needs them.
    """
    if None in x.shape[1:]:
        raise ValueError(
            "The fully connected layers of this network need images of one size: give an input_shape without None, "
            "or include_top=False."
        )
    if 0 in x.shape[1:]:
        raise ValueError("The images are too small for this network: nothing is left of the map before its classifier.")
    return layers.Flatten(data_format=CHANNELS_LAST, name=name)(x)


def head_dtype():
    """float32 where the policy computes in 16 bits, too coarse for a softmax over many classes; else None."""
    return "float32" if keras.config.dtype_policy().compute_dtype in ("float16", "bfloat16") else None
