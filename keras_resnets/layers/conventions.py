"""Paddings, epsilons, momenta and initializers that every network shares.

All maps are channels-last, `[batch, height, width, channels]`, whatever `keras.config.image_data_format()` says:
oneDNN, XLA and cuDNN run that layout fastest, and a network must not change its meaning with a global setting.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from keras_resnets.layers.batch_norm import FusedBatchNormalization
from keras_resnets.layers.grouped import GroupedConv2D
from keras_resnets.layers.padding import MirrorPadding2D
from keras_resnets.layers.pointwise import PointwiseConv2D
from keras_resnets.layers.tensor import Tensor

NORM_MOMENTUM = 0.9  # of the moving statistics, Keras's sense; PyTorch writes 0.1
NORM_EPSILON = 1e-5
CHANNELS_LAST = "channels_last"

Size = int | tuple[int, int]  # of a kernel: k for k x k, or (height, width)
Activation = str | Callable[..., Any] | None
Margins = int | tuple[int, int] | tuple[tuple[int, int], tuple[int, int]]


def conv_initializer(fan: str = "fan_out") -> keras.initializers.Initializer:
    """Return the initializer of He et al. 2015 (arXiv 1502.01852): normal, not truncated.

    The variance is 2 / (k * k * filters) (eq. 14) or, with "fan_in", 2 / (k * k * input channels) (eq. 10).
    """
    return keras.initializers.VarianceScaling(2.0, fan, "untruncated_normal")


def dense_initializer() -> keras.initializers.Initializer:
    """Return the initializer of fully connected layers, uniform in ±1 / sqrt(inputs), as in the authors' release."""
    return keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")


def conv(
    x: Tensor,
    filters: int,
    size: Size,
    stride: int = 1,
    *,
    padding: str = "half",
    dilation: int = 1,
    groups: int = 1,
    use_bias: bool = False,
    fan: str = "fan_out",
    name: str,
    **options: Any,
) -> Tensor:
    """Convolve by a kernel of `size` k or (k_h, k_w), padded with `size // 2` zeros on every side ("half") or "valid".

    TensorFlow's padding "same" is not symmetric at stride 2: it pads at the end only, so that weights trained in other
    libraries would not carry over. It serves at stride 1, where it is symmetric. `options` are further ones of
    `keras.layers.Conv2D`, such as initializers other than `conv_initializer(fan)` and zero biases.
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
        name=name,
        **{"kernel_initializer": conv_initializer(fan), **options},
    )(x)


def pad(x: Tensor, margins: Margins, *, name: str) -> Tensor:
    """Pad with zeros: `margins` rows and columns, (rows, columns), or ((before, after), (before, after))."""
    return layers.ZeroPadding2D(margins, data_format=CHANNELS_LAST, name=name)(x)


def norm(x: Tensor, *, gamma: str = "ones", epsilon: float = NORM_EPSILON, name: str) -> Tensor:
    """Normalize each channel over the batch; `gamma="zeros"` starts a residual branch at zero (Goyal et al. 2017)."""
    layer = FusedBatchNormalization(momentum=NORM_MOMENTUM, epsilon=epsilon, gamma_initializer=gamma, name=name)
    return layer(x)


def relu(x: Tensor, *, name: str) -> Tensor:
    """Rectify: max(x, 0)."""
    return layers.ReLU(name=name)(x)


def prelu(x: Tensor, *, shared: str = "channel", name: str) -> Tensor:
    """max(x, 0) + a min(x, 0), a learned from 0.25 on (He et al. 2015, arXiv 1502.01852, sec. 2.1).

    `shared` says what has a slope a of its own: a "channel" of a map or vector, or the whole "layer".
    """
    last = len(x.shape) - (1 if shared == "channel" else 0)
    slope = keras.initializers.Constant(0.25)
    return layers.PReLU(slope, shared_axes=list(range(1, last)) or None, name=name)(x)


def conv_relu(x: Tensor, filters: int, size: Size, stride: int = 1, *, name: str, **options: Any) -> Tensor:
    """Convolution with biases and ReLU, without batch normalization; `options` are those of `conv`.

    The initializer "fan_in" keeps the scale of the maps: with "fan_out" GoogLeNet, whose 1x1 convolutions have up to
    thirty times as many inputs as filters, starts with logits in the hundreds and diverges.
    """
    x = conv(x, filters, size, stride, use_bias=True, fan="fan_in", name=name, **options)
    return relu(x, name=f"{name}_relu")


def conv_bn(
    x: Tensor,
    filters: int,
    size: Size,
    stride: int = 1,
    *,
    gamma: str = "ones",
    epsilon: float = NORM_EPSILON,
    name: str,
    **options: Any,
) -> Tensor:
    """Convolution and batch normalization without activation, as ahead of a sum; `options` are those of `conv`."""
    x = conv(x, filters, size, stride, name=name, **options)
    return norm(x, gamma=gamma, epsilon=epsilon, name=f"{name}_bn")


def conv_bn_relu(x: Tensor, filters: int, size: Size, stride: int = 1, *, name: str, **options: Any) -> Tensor:
    """Convolution, batch normalization, ReLU, in this order (He et al. 2015, sec. 3.4)."""
    x = conv_bn(x, filters, size, stride, name=name, **options)
    return relu(x, name=f"{name}_relu")


def bn_relu(x: Tensor, *, name: str) -> Tensor:
    """Batch normalization and ReLU, ahead of a convolution (He et al. 2016, arXiv 1603.05027, Fig. 4e)."""
    return relu(norm(x, name=f"{name}_bn"), name=f"{name}_relu")


def bn_relu_conv(x: Tensor, filters: int, size: Size, stride: int = 1, *, name: str, **options: Any) -> Tensor:
    """Batch normalization, ReLU, convolution: the first two are named `{name}_pre_bn` and `{name}_pre_relu`.

    `options` are those of `conv`.
    """
    return conv(bn_relu(x, name=f"{name}_pre"), filters, size, stride, name=name, **options)


def max_pool(x: Tensor, size: int, stride: int, *, padding: str = "half", signed: bool = False, name: str) -> Tensor:
    """Max pooling, padded by `size // 2` on every side ("half"), by `stride - 1` at the end ("ceil"), or not ("valid").

    "ceil" rounds the size of the output up where the last window would be cut, as Caffe and PyTorch's `ceil_mode` do.
    Zeros pad the output of a ReLU as minus infinity would; a `signed` map is padded with its mirrored edge.
    """
    if signed and padding != "valid":
        x = MirrorPadding2D(size // 2 if padding == "half" else (0, stride - 1), name=f"{name}_pad")(x)
    elif padding == "half":
        x = pad(x, size // 2, name=f"{name}_pad")
    elif padding == "ceil":
        x = pad(x, ((0, stride - 1), (0, stride - 1)), name=f"{name}_pad")
    return layers.MaxPooling2D(size, stride, data_format=CHANNELS_LAST, name=name)(x)


def avg_pool(x: Tensor, size: int, stride: int, *, name: str) -> Tensor:
    """Average pooling without padding."""
    return layers.AveragePooling2D(size, stride, data_format=CHANNELS_LAST, name=name)(x)


def local_mean(x: Tensor, size: int, *, count_zeros: bool = False, name: str) -> Tensor:
    """Average pooling at stride 1 that keeps the size of the map: the mean of the pixels inside each window.

    `count_zeros` averages over the zeros of the padding too, as PyTorch does by default (`count_include_pad`).
    """
    if count_zeros:
        return avg_pool(pad(x, size // 2, name=f"{name}_pad"), size, 1, name=name)
    return layers.AveragePooling2D(size, 1, "same", data_format=CHANNELS_LAST, name=name)(x)


def global_pool(x: Tensor, kind: str = "avg", *, dtype: str | None = None, name: str) -> Tensor:
    """Pool `[batch, height, width, channels]` to `[batch, channels]` by the mean ("avg") or the maximum ("max")."""
    layer = {"avg": layers.GlobalAveragePooling2D, "max": layers.GlobalMaxPooling2D}[kind]
    return layer(data_format=CHANNELS_LAST, dtype=dtype, name=name)(x)


def classifier(x: Tensor, classes: int, activation: Activation, *, dropout: float = 0.0, name: str) -> Tensor:
    """Global average pool, dropout and a fully connected layer, in float32 also under mixed precision."""
    x = global_pool(x, dtype=head_dtype(), name=f"{name}_pool")
    if dropout:
        x = layers.Dropout(dropout, dtype=head_dtype(), name=f"{name}_dropout")(x)
    return dense(x, classes, activation, in_float32=True, name=f"{name}_dense")


def dense(x: Tensor, units: int, activation: Activation = None, *, in_float32: bool = False, name: str) -> Tensor:
    """Fully connected layer; `in_float32`, for classifiers, holds under mixed precision too."""
    dtype = head_dtype() if in_float32 else None
    return layers.Dense(units, activation, kernel_initializer=dense_initializer(), dtype=dtype, name=name)(x)


def flatten(x: Tensor, *, name: str) -> Tensor:
    """Flatten `[batch, height, width, channels]` to `[batch, height * width * channels]`.

    Raises:
        ValueError: If height or width is unknown, as a fully connected layer follows, or zero.
    """
    if None in x.shape[1:]:
        raise ValueError(
            "The fully connected layers of this network need images of fixed size: give an input_shape without None, "
            "or include_top=False."
        )
    if 0 in x.shape[1:]:
        raise ValueError("The images are too small for this network: its last map is empty.")
    return layers.Flatten(data_format=CHANNELS_LAST, name=name)(x)


def head_dtype() -> str | None:
    """Return "float32" where the policy computes in 16 bits, too coarse for a softmax over many classes, else None."""
    return "float32" if keras.config.dtype_policy().compute_dtype in ("float16", "bfloat16") else None
