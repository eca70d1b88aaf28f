"""Pre-activation blocks (He et al. 2016, "Identity Mappings in Deep Residual Networks", arXiv 1603.05027).

y = shortcut(x) + F(x), with nothing behind the sum: batch normalization and ReLU precede each convolution and are named
after it: `stage2_block1_conv1_pre_bn`, `stage2_block1_conv1_pre_relu`, `stage2_block1_conv1`.

A transform is F without its first normalization and ReLU, which projections share; it maps `[b, h, w, c]` to
`[b, ceil(h / stride), ceil(w / stride), c']`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from keras import layers

from keras_resnets._errors import unknown
from keras_resnets.blocks.residual import KEPT, SHORTCUTS, Drop, add, bottleneck_geometry, zero_channels
from keras_resnets.layers import IdentityShortcut, Tensor, bn_relu, bn_relu_conv, conv


@dataclass(frozen=True)
class Shortcut:
    """Shortcut of pre-activation blocks.

    Attributes:
        option: "A", "A-centered", "B" or "C", see `connect`.
        use_bias: Whether projections have biases.
        activated: Whether it starts behind the first ReLU even where it is an identity, as in the first block of a
            network, whose input is not activated yet (He et al. 2016, appendix).
    """

    option: str = "B"
    use_bias: bool = False
    activated: bool = False


PROJECTION = Shortcut()


def basic(
    x: Tensor,
    filters: int,
    stride: int = 1,
    *,
    dilations: tuple[int, int] = (1, 1),
    dropout: float = 0.0,
    name: str,
) -> Tensor:
    """3x3, 3x3, with dropout between them (Zagoruyko & Komodakis 2016, arXiv 1605.07146, Fig. 1d)."""
    x = conv(x, filters, 3, stride, dilation=dilations[0], name=f"{name}_conv1")
    x = bn_relu(x, name=f"{name}_conv2_pre")
    if dropout:
        x = layers.Dropout(dropout, name=f"{name}_dropout")(x)
    return conv(x, filters, 3, dilation=dilations[1], name=f"{name}_conv2")


def bottleneck(
    x: Tensor,
    filters: int,
    stride: int = 1,
    *,
    downsample: str = "3x3",
    dilations: tuple[int, int] = (1, 1),
    use_bias: bool = False,
    name: str,
) -> Tensor:
    """1x1, 3x3, 1x1; `use_bias` adds biases to the last one."""
    reduce_stride, conv_stride, dilation = bottleneck_geometry(stride, dilations, downsample)
    x = conv(x, filters, 1, reduce_stride, name=f"{name}_conv1")
    x = bn_relu_conv(x, filters, 3, conv_stride, dilation=dilation, name=f"{name}_conv2")
    return bn_relu_conv(x, 4 * filters, 1, use_bias=use_bias, name=f"{name}_conv3")


def preactivated(
    x: Tensor,
    filters: int,
    stride: int = 1,
    *,
    transform: Callable[..., Tensor],
    shortcut: Shortcut = PROJECTION,
    drop: Drop = KEPT,
    name: str,
    **options: Any,
) -> Tensor:
    """shortcut(x) + F(x) (He et al. 2016, eq. 3 and Fig. 4e); `options` are those of the transform.

    `drop` says whether the transform is dropped at random in training (Huang et al. 2016, eq. 2); the first
    normalization is computed in any case.
    """
    active = bn_relu(x, name=f"{name}_conv1_pre")
    source = active if shortcut.activated else x
    branch = partial(transform, filters=filters, stride=stride, name=name, **options)
    connection = partial(
        connect,
        source,
        active,
        stride=stride,
        option=shortcut.option,
        use_bias=shortcut.use_bias,
        name=f"{name}_shortcut",
    )
    return add(active, branch, connection, drop, name=f"{name}_add")


def connect(
    x: Tensor, active: Tensor, channels: int, stride: int, *, option: str, use_bias: bool = False, name: str
) -> Tensor:
    """Shortcut by `option`; a projection is not normalized and reads `active`, the map behind the first ReLU.

    "A" and "A-centered" pad new channels with zeros, "B" projects by a 1x1 convolution where channels are added, "C"
    projects everywhere. Where only the map shrinks, "A" and "B" keep every `stride`-th row and column.
    """
    if option not in SHORTCUTS:
        raise ValueError(unknown("shortcut", option, SHORTCUTS))
    new_channels = channels - x.shape[-1]
    if option == "C" or (option == "B" and new_channels):
        return conv(active, channels, 1, stride, use_bias=use_bias, name=name)
    if stride == 1 and not new_channels:
        return x
    return IdentityShortcut(zero_channels(option, new_channels), stride, name=name)(x)
