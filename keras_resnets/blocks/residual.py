"""Plain and residual blocks (He et al. 2015, arXiv 1512.03385, sec. 3 and 4.1).

A transform is F in `y = relu(F(x) + shortcut(x))`; it maps `[b, h, w, c]` to
`[b, ceil(h / stride), ceil(w / stride), c']`. Its `dilations` are those of the map that it reads and of the one that it
gives: they differ where a network keeps its resolution in place of a stride, and then the convolution that had the
stride has the first, those after it the second (Chen et al. 2017, arXiv 1706.05587, sec. 3.1).
"""

from functools import partial

import keras
from keras import layers

from keras_resnets._errors import unknown
from keras_resnets.layers import IdentityShortcut, StochasticDepth, conv_bn, conv_bn_relu, relu

SHORTCUTS = ("A", "A-centered", "B", "C")
DOWNSAMPLES = ("1x1", "3x3")


def basic(x, filters, stride=1, *, dilations=(1, 1), gamma="ones", name):
    """3x3, 3x3 (He et al. 2015, Fig. 5 left)."""
    x = conv_bn_relu(x, filters, 3, stride, dilation=dilations[0], name=f"{name}_conv1")
    return conv_bn(x, filters, 3, dilation=dilations[1], gamma=gamma, name=f"{name}_conv2")


def bottleneck(
    x, filters, stride=1, *, cardinality=1, base_width=64, downsample="3x3", dilations=(1, 1), gamma="ones", name
):
    """1x1, 3x3, 1x1 (He et al. 2015, Fig. 5 right), the 3x3 in `cardinality` groups (Xie et al. 2017, Fig. 3c)."""
    width = cardinality * path_width(filters, base_width)
    reduce_stride, conv_stride, dilation = bottleneck_geometry(stride, dilations, downsample)
    x = conv_bn_relu(x, width, 1, reduce_stride, name=f"{name}_conv1")
    x = conv_bn_relu(x, width, 3, conv_stride, dilation=dilation, groups=cardinality, name=f"{name}_conv2")
    return conv_bn(x, 4 * filters, 1, gamma=gamma, name=f"{name}_conv3")


def path_width(filters, base_width):
    """The width of one path: `base_width` where the stage has 64 filters, growing as the filters do."""
    return filters * base_width // 64


def bottleneck_geometry(stride, dilations, downsample):
    """The stride of the first 1x1, the stride of the 3x3 and its dilation.

    "1x1" is the paper's own release and keras.applications'; "3x3" is ResNeXt's, torchvision's and timm's ("v1.5").
    """
    if downsample not in DOWNSAMPLES:
        raise ValueError(unknown("downsample", downsample, DOWNSAMPLES))
    return (stride, 1, dilations[1]) if downsample == "1x1" else (1, stride, dilations[0])


def plain(x, filters, stride=1, *, transform, name):
    """relu(F(x)): the same layers without the shortcut (He et al. 2015, Fig. 3 middle)."""
    return relu(transform(x, filters, stride, name=name), name=f"{name}_relu")


def residual(x, filters, stride=1, *, transform, shortcut="B", survival=None, name, **options):
    """relu(F(x) + shortcut(x)) (He et al. 2015, eq. 1 and 2); `options` are those of the transform.

    With a `survival`, the probability that F survives, it is dropped at random (Huang et al. 2016, eq. 2).
    """
    branch = partial(transform, filters=filters, stride=stride, name=name, **options)
    connection = partial(connect, x, stride=stride, option=shortcut, name=f"{name}_shortcut")
    return relu(add(x, branch, connection, survival, name=f"{name}_add"), name=f"{name}_relu")


def add(x, branch, connection, survival=None, *, name):
    """`connection(channels) + branch(x)`; with a `survival` the branch lives in a layer that can leave it out."""
    if survival is None:
        branch = branch(x)
        return layers.Add(name=name)([connection(branch.shape[-1]), branch])
    inputs = keras.Input(x.shape[1:], dtype=x.dtype, name=f"{name}_input")
    model = keras.Model(inputs, branch(inputs), name=f"{name}_branch")
    return StochasticDepth(model, survival, name=name)(x, connection(model.output.shape[-1]))


def connect(x, channels, stride, *, option, name):
    """The shortcut that the shapes ask for: identity where none changes, else by `option` (He et al. 2015, sec. 3.3).

    "A" pads with zero channels behind the old ones, "A-centered" half before and half behind them; "B" projects by a
    1x1 convolution, "C" projects even where nothing changes.
    """
    if option not in SHORTCUTS:
        raise ValueError(unknown("shortcut", option, SHORTCUTS))
    new_channels = channels - x.shape[-1]
    if stride == 1 and new_channels == 0 and option != "C":
        return x
    if option.startswith("A"):
        return IdentityShortcut(zero_channels(option, new_channels), stride, name=name)(x)
    return conv_bn(x, channels, 1, stride, name=name)


def zero_channels(option, new_channels):
    """How many zero channels go before the old ones and how many behind, by "A" and by "A-centered"."""
    before = new_channels // 2 if option == "A-centered" else 0
    return before, new_channels - before
