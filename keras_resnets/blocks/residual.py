"""Plain and residual blocks (He et al. 2015, arXiv 1512.03385, sec. 3 and 4.1).

A transform is F in `y = relu(F(x) + shortcut(x))`; it maps `[b, h, w, c]` to
`[b, ceil(h / stride), ceil(w / stride), c']`.
"""

from keras import layers

from keras_resnets._errors import unknown
from keras_resnets.layers import IdentityShortcut, conv_bn, conv_bn_relu, relu

SHORTCUTS = ("A", "B", "C")
DOWNSAMPLES = ("1x1", "3x3")


def basic(x, filters, stride=1, *, gamma="ones", name):
    """3x3, 3x3 (He et al. 2015, Fig. 5 left)."""
    x = conv_bn_relu(x, filters, 3, stride, name=f"{name}_conv1")
    return conv_bn(x, filters, 3, gamma=gamma, name=f"{name}_conv2")


def bottleneck(x, filters, stride=1, *, cardinality=1, base_width=64, downsample="3x3", gamma="ones", name):
    """1x1, 3x3, 1x1 (He et al. 2015, Fig. 5 right), the 3x3 in `cardinality` groups (Xie et al. 2017, Fig. 3c)."""
    width = cardinality * path_width(filters, base_width)
    reduce_stride, conv_stride = bottleneck_strides(stride, downsample)
    x = conv_bn_relu(x, width, 1, reduce_stride, name=f"{name}_conv1")
    x = conv_bn_relu(x, width, 3, conv_stride, groups=cardinality, name=f"{name}_conv2")
    return conv_bn(x, 4 * filters, 1, gamma=gamma, name=f"{name}_conv3")


def path_width(filters, base_width):
    """The width of one path: `base_width` where the stage has 64 filters, growing as the filters do."""
    return filters * base_width // 64


def bottleneck_strides(stride, downsample):
    """The strides of the first 1x1 and of the 3x3.

    "1x1" is the paper's own release and keras.applications'; "3x3" is ResNeXt's, torchvision's and timm's ("v1.5").
    """
    if downsample not in DOWNSAMPLES:
        raise ValueError(unknown("downsample", downsample, DOWNSAMPLES))
    return (stride, 1) if downsample == "1x1" else (1, stride)


def plain(x, filters, stride=1, *, transform, name):
    """relu(F(x)): the same layers without the shortcut (He et al. 2015, Fig. 3 middle)."""
    return relu(transform(x, filters, stride, name=name), name=f"{name}_relu")


def residual(x, filters, stride=1, *, transform, shortcut="B", name):
    """relu(F(x) + shortcut(x)) (He et al. 2015, eq. 1 and 2)."""
    branch = transform(x, filters, stride, name=name)
    x = connect(x, branch.shape[-1], stride, option=shortcut, name=f"{name}_shortcut")
    return relu(layers.Add(name=f"{name}_add")([x, branch]), name=f"{name}_relu")


def connect(x, channels, stride, *, option, name):
    """The shortcut that the shapes ask for: identity where none changes, else by `option` (He et al. 2015, sec. 3.3).

    "A" pads the new channels with zeros, "B" projects by a 1x1 convolution, "C" projects even where nothing changes.
    """
    if option not in SHORTCUTS:
        raise ValueError(unknown("shortcut", option, SHORTCUTS))
    new_channels = channels - x.shape[-1]
    if stride == 1 and new_channels == 0 and option != "C":
        return x
    if option == "A":
        return IdentityShortcut((0, new_channels), stride, name=name)(x)
    return conv_bn(x, channels, 1, stride, name=name)
