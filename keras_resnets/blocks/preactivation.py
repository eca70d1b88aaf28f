"""Pre-activation blocks (He et al. 2016, "Identity Mappings in Deep Residual Networks", arXiv 1603.05027).

y = shortcut(x) + F(x), with nothing after the sum: batch normalization and ReLU stand ahead of each convolution and are
named after it: `stage2_block1_conv1_pre_bn`, `stage2_block1_conv1_pre_relu`, `stage2_block1_conv1`.

A transform is F without its first normalization and ReLU, whose output the projections read too; it maps `[b, h, w, c]`
to `[b, ceil(h / stride), ceil(w / stride), c']`.
"""

from functools import partial

from keras import layers

from keras_resnets._errors import unknown
from keras_resnets.blocks.residual import SHORTCUTS, add, bottleneck_geometry, zero_channels
from keras_resnets.layers import IdentityShortcut, bn_relu, bn_relu_conv, conv


def basic(x, filters, stride=1, *, dilations=(1, 1), dropout=0.0, name):
    """3x3, 3x3, with dropout between them (Zagoruyko & Komodakis 2016, arXiv 1605.07146, Fig. 1d)."""
    x = conv(x, filters, 3, stride, dilation=dilations[0], name=f"{name}_conv1")
    x = bn_relu(x, name=f"{name}_conv2_pre")
    if dropout:
        x = layers.Dropout(dropout, name=f"{name}_dropout")(x)
    return conv(x, filters, 3, dilation=dilations[1], name=f"{name}_conv2")


def bottleneck(x, filters, stride=1, *, downsample="3x3", dilations=(1, 1), use_bias=False, name):
    """1x1, 3x3, 1x1; `use_bias` gives the last one biases."""
    reduce_stride, conv_stride, dilation = bottleneck_geometry(stride, dilations, downsample)
    x = conv(x, filters, 1, reduce_stride, name=f"{name}_conv1")
    x = bn_relu_conv(x, filters, 3, conv_stride, dilation=dilation, name=f"{name}_conv2")
    return bn_relu_conv(x, 4 * filters, 1, use_bias=use_bias, name=f"{name}_conv3")


def preactivated(
    x,
    filters,
    stride=1,
    *,
    transform,
    shortcut="B",
    activated_identity=False,
    use_bias=False,
    survival=None,
    name,
    **options,
):
    """shortcut(x) + F(x) (He et al. 2016, eq. 3 and Fig. 4e); `options` are those of the transform.

    With `activated_identity` the shortcut starts behind the first ReLU whatever it is: the first block of a network,
    whose input no ReLU has seen (He et al. 2016, appendix). `use_bias` gives a projection biases. With a `survival`
    the transform is dropped at random (Huang et al. 2016, eq. 2); the first normalization is computed all the same.
    """
    active = bn_relu(x, name=f"{name}_conv1_pre")
    source = active if activated_identity else x
    branch = partial(transform, filters=filters, stride=stride, name=name, **options)
    connection = partial(
        connect, source, active, stride=stride, option=shortcut, use_bias=use_bias, name=f"{name}_shortcut"
    )
    return add(active, branch, connection, survival, name=f"{name}_add")


def connect(x, active, channels, stride, *, option, use_bias=False, name):
    """The shortcut that the shapes ask for; a projection, which is not normalized, reads the map behind the first ReLU.

    "A" and "A-centered" pad new channels with zeros, "B" projects by a 1x1 convolution where there are new channels,
    "C" projects everywhere. Where only the map shrinks, "A" and "B" keep every `stride`-th row and column.
    """
    if option not in SHORTCUTS:
        raise ValueError(unknown("shortcut", option, SHORTCUTS))
    new_channels = channels - x.shape[-1]
    if option == "C" or (option == "B" and new_channels):
        return conv(active, channels, 1, stride, use_bias=use_bias, name=name)
    if stride == 1 and not new_channels:
        return x
    return IdentityShortcut(zero_channels(option, new_channels), stride, name=name)(x)
