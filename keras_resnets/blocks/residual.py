"""Plain and residual blocks (He et al. 2015, arXiv 1512.03385, sec. 3 and 4.1).

A transform is F in `y = relu(F(x) + shortcut(x))`; it maps `[b, h, w, c]` to
`[b, ceil(h / stride), ceil(w / stride), c']`. Its `dilations` are those of its input and of its output. They differ
where dilation replaces a stride: the convolution that had the stride takes the first, those behind it the second (Chen
et al. 2017, arXiv 1706.05587, sec. 3.1).
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import keras
from keras import layers

from keras_resnets._errors import unknown
from keras_resnets.layers import IdentityShortcut, StochasticDepth, Tensor, conv_bn, conv_bn_relu, relu

SHORTCUTS = ("A", "A-centered", "B", "C")
DOWNSAMPLES = ("1x1", "3x3")


@dataclass(frozen=True)
class Paths:
    """Equal paths of a bottleneck, such as `Paths(32, 4)` in ResNeXt-50 (32x4d) (Xie et al. 2017, Table 1).

    Attributes:
        cardinality: Number of paths.
        base_width: Width of each in a stage of 64 filters; elsewhere it is in proportion to the filters.
    """

    cardinality: int = 1
    base_width: int | Fraction = 64

    def width(self, filters: int) -> int:
        """Return the width of a path in a stage of `filters`."""
        return filters * self.base_width // 64


ONE_PATH = Paths()


def basic(
    x: Tensor,
    filters: int,
    stride: int = 1,
    *,
    dilations: tuple[int, int] = (1, 1),
    gamma: str = "ones",
    name: str,
) -> Tensor:
    """3x3, 3x3 (He et al. 2015, Fig. 5 left)."""
    x = conv_bn_relu(x, filters, 3, stride, dilation=dilations[0], name=f"{name}_conv1")
    return conv_bn(x, filters, 3, dilation=dilations[1], gamma=gamma, name=f"{name}_conv2")


def bottleneck(
    x: Tensor,
    filters: int,
    stride: int = 1,
    *,
    paths: Paths = ONE_PATH,
    downsample: str = "3x3",
    dilations: tuple[int, int] = (1, 1),
    gamma: str = "ones",
    name: str,
) -> Tensor:
    """1x1, 3x3, 1x1 (He et al. 2015, Fig. 5 right), the 3x3 in a group for each path (Xie et al. 2017, Fig. 3c)."""
    width = paths.cardinality * paths.width(filters)
    reduce_stride, conv_stride, dilation = bottleneck_geometry(stride, dilations, downsample)
    x = conv_bn_relu(x, width, 1, reduce_stride, name=f"{name}_conv1")
    x = conv_bn_relu(x, width, 3, conv_stride, dilation=dilation, groups=paths.cardinality, name=f"{name}_conv2")
    return conv_bn(x, 4 * filters, 1, gamma=gamma, name=f"{name}_conv3")


def bottleneck_geometry(
    stride: int, dilations: tuple[int, int] = (1, 1), downsample: str = "3x3"
) -> tuple[int, int, int]:
    """Return the stride of the first 1x1, the stride of the 3x3 and the dilation of the 3x3.

    The stride is on the "1x1" in the authors' release and keras.applications, on the "3x3" in ResNeXt, torchvision and
    timm ("v1.5").
    """
    if downsample not in DOWNSAMPLES:
        raise ValueError(unknown("downsample", downsample, DOWNSAMPLES))
    return (stride, 1, dilations[1]) if downsample == "1x1" else (1, stride, dilations[0])


def plain(x: Tensor, filters: int, stride: int = 1, *, transform: Callable[..., Tensor], name: str) -> Tensor:
    """relu(F(x)), the same layers without the shortcut (He et al. 2015, Fig. 3 middle)."""
    return relu(transform(x, filters, stride, name=name), name=f"{name}_relu")


@dataclass(frozen=True)
class Drop:
    """Random dropping of a residual branch in training, in one of two forms.

    Attributes:
        survival: Probability that the branch survives a training step, for the whole mini-batch; the branch is scaled
            by it in inference (Huang et al. 2016, eq. 2 and 5). None for the other form.
        rate: Rate at which the branch of an image is dropped; it is scaled by 1 / (1 - rate) in training otherwise.
    """

    survival: float | None = None
    rate: float = 0.0


KEPT = Drop()


def residual(
    x: Tensor,
    filters: int,
    stride: int = 1,
    *,
    transform: Callable[..., Tensor],
    shortcut: str = "B",
    drop: Drop = KEPT,
    name: str,
    **options: Any,
) -> Tensor:
    """relu(F(x) + shortcut(x)) (He et al. 2015, eq. 1 and 2); `options` are those of the transform.

    `drop` says whether F is dropped at random in training (Huang et al. 2016, eq. 2).
    """
    branch = partial(transform, filters=filters, stride=stride, name=name, **options)
    connection = partial(connect, x, stride=stride, option=shortcut, name=f"{name}_shortcut")
    return relu(add(x, branch, connection, drop, name=f"{name}_add"), name=f"{name}_relu")


def add(
    x: Tensor,
    branch: Callable[[Tensor], Tensor],
    connection: Callable[[int], Tensor],
    drop: Drop = KEPT,
    *,
    name: str,
) -> Tensor:
    """Sum `connection(channels) + branch(x)`; with a survival the branch is inside a `StochasticDepth` layer."""
    if drop.survival is None:
        f = branch(x)
        if drop.rate:
            f = layers.Dropout(drop.rate, noise_shape=(None, 1, 1, 1), name=f"{name}_drop_path")(f)
        return layers.Add(name=name)([connection(f.shape[-1]), f])
    inputs = keras.Input(x.shape[1:], dtype=x.dtype, name=f"{name}_input")
    model = keras.Model(inputs, branch(inputs), name=f"{name}_branch")
    return StochasticDepth(model, drop.survival, name=name)(x, connection(model.output.shape[-1]))


def connect(x: Tensor, channels: int, stride: int, *, option: str, name: str) -> Tensor:
    """Shortcut: identity where the shape stays, else by `option` (He et al. 2015, sec. 3.3).

    "A" pads with zero channels behind the old ones, "A-centered" with half of them before; "B" projects by a 1x1
    convolution, "C" projects even where the shape stays.
    """
    if option not in SHORTCUTS:
        raise ValueError(unknown("shortcut", option, SHORTCUTS))
    new_channels = channels - x.shape[-1]
    if stride == 1 and new_channels == 0 and option != "C":
        return x
    if option.startswith("A"):
        return IdentityShortcut(zero_channels(option, new_channels), stride, name=name)(x)
    return conv_bn(x, channels, 1, stride, name=name)


def zero_channels(option: str, new_channels: int) -> tuple[int, int]:
    """Return the numbers of zero channels before and behind the old ones, by "A" or "A-centered"."""
    before = new_channels // 2 if option == "A-centered" else 0
    return before, new_channels - before
