"""PReLU-nets A, B and C (He et al. 2015, "Delving Deep into Rectifiers", arXiv 1502.01852).

Their table is written down here from memory; the filters of A are those of another implementation too.
"""

from functools import partial

from keras import layers

from keras_resnets._errors import unknown
from keras_resnets.layers import Activation, SpatialPyramidPooling, Tensor, conv, dense, flatten, prelu
from keras_resnets.networks.assemble import Network
from keras_resnets.networks.registry import network
from keras_resnets.networks.vgg import halve

LEVELS = (7, 3, 2, 1)  # of the spatial pyramid, 63 bins
SLOPES = ("channel", "layer")


def convolution(x: Tensor, *, filters: int, slopes: str, size: int = 3, stride: int = 1, name: str) -> Tensor:
    """Convolution and PReLU; weights start by the paper's initializer, eq. 10."""
    x = conv(x, filters, size, stride, use_bias=True, fan="fan_in", name=f"{name}_conv")
    return prelu(x, shared=slopes, name=f"{name}_prelu")


def head(x: Tensor, classes: int, activation: Activation, *, units: int, slopes: str, name: str) -> Tensor:
    """Spatial pyramid pooling, two hidden fully connected layers with dropout, and the classifier."""
    x = SpatialPyramidPooling(LEVELS, name=f"{name}_pyramid")(x)
    x = flatten(x, name=f"{name}_flatten")
    for index in (1, 2):
        x = prelu(dense(x, units, name=f"{name}_dense{index}"), shared=slopes, name=f"{name}_dense{index}_prelu")
        x = layers.Dropout(0.5, name=f"{name}_dropout{index}")(x)
    return dense(x, classes, activation, in_float32=True, name=f"{name}_dense")


def prelu_net(
    name: str,
    depth: int,
    filters: tuple[int, ...],
    stem_filters: int = 96,
    units: int = 4096,
    *,
    slopes: str = "channel",
) -> Network:
    """Design with `depth` convolutions in each stage, for 224x224 pixels and 1,000 classes."""
    if slopes not in SLOPES:
        raise ValueError(unknown("slopes", slopes, SLOPES))
    stages = tuple((partial(convolution, filters=n, slopes=slopes),) * depth for n in filters)
    transitions = dict.fromkeys(range(1, len(stages) + 1), halve)
    stem = partial(convolution, filters=stem_filters, size=7, stride=2, slopes=slopes)
    top = partial(head, units=units, slopes=slopes)
    return Network(name, stem, stages, 224, 1000, transitions, head=top, least=15)


SOURCE = "He et al. 2015, arXiv 1502.01852, model"
NOTE = """The table of the paper is written down from memory. A map of any size is pooled to 63 bins, so that images of
any size are taken with the top too."""

# fmt: off
#                                           convolutions, filters of 56x56, 28x28, 14x14
PReLUNetA = network("PReLUNetA", prelu_net, 5, (256, 512, 512), source=f"{SOURCE} A", note=NOTE)
PReLUNetB = network("PReLUNetB", prelu_net, 6, (256, 512, 512), source=f"{SOURCE} B", note=NOTE)
PReLUNetC = network("PReLUNetC", prelu_net, 6, (384, 768, 896), source=f"{SOURCE} C", note=NOTE)
# fmt: on
