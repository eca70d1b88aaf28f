"""AlexNet in one column (Krizhevsky 2014, "One weird trick for parallelizing convolutional neural networks", arXiv
1404.5997), the form in which it is a baseline today; Krizhevsky et al. 2012 had it in two.
"""

from collections.abc import Callable
from functools import partial

from keras import layers

from keras_resnets.layers import Activation, Tensor, conv_relu, dense, flatten, max_pool, pad, relu
from keras_resnets.networks.assemble import Network
from keras_resnets.networks.registry import builder, register
from keras_resnets.networks.vgg import convolution


def overlapping_pool(x: Tensor, *, name: str) -> Tensor:
    """3x3 max pool, stride 2, not padded (Krizhevsky et al. 2012, sec. 3.4)."""
    return max_pool(x, 3, 2, padding="valid", name=f"{name}_pool")


def stem(x: Tensor, *, name: str) -> Tensor:
    """11x11, 64, stride 4: 224 pixels and a margin of 2 make 55."""
    x = pad(x, 2, name=f"{name}_conv_pad")
    return conv_relu(x, 64, 11, 4, padding="valid", name=f"{name}_conv")


def head(x: Tensor, classes: int, activation: Activation, *, name: str) -> Tensor:
    """Dropout ahead of each hidden layer, not after (Krizhevsky 2014)."""
    x = flatten(x, name=f"{name}_flatten")
    for index in (1, 2):
        x = layers.Dropout(0.5, name=f"{name}_dropout{index}")(x)
        x = relu(dense(x, 4096, name=f"{name}_dense{index}"), name=f"{name}_dense{index}_relu")
    return dense(x, classes, activation, in_float32=True, name=f"{name}_dense")


def alexnet() -> Network:
    """Design for 224x224 pixels and 1,000 classes."""
    return Network("alexnet", stem, STAGES, 224, 1000, TRANSITIONS, tail=overlapping_pool, head=head)


def row(filters: int, size: int) -> Callable[..., Tensor]:
    """Return a block of one convolution."""
    return partial(convolution, layer=conv_relu, filters=filters, size=size)


STAGES = (
    (row(192, 5),),
    (row(384, 3), row(256, 3), row(256, 3)),
)
TRANSITIONS = {1: overlapping_pool, 2: overlapping_pool}

AlexNet = builder("AlexNet", alexnet, "Krizhevsky 2014, sec. 5; Krizhevsky et al. 2012")
register("alexnet", AlexNet)
