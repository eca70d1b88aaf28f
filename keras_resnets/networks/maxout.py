"""Maxout network for CIFAR-10 (Goodfellow et al. 2013, "Maxout Networks", arXiv 1302.4389).

Layers, paddings and dropout are those of the authors' release, pylearn2's cifar10.yaml, whose pools count a last window
that is cut. Its constraints on the norms of kernels are left to the training. In training it does not scale the values
of the image that are kept; Keras's dropout, here, does.
"""

from functools import partial

from keras import layers

from keras_resnets._errors import positive_integer
from keras_resnets.blocks.maxout import maxout_conv, maxout_dense
from keras_resnets.layers import Activation, Tensor, dense, flatten, max_pool, pad
from keras_resnets.networks.assemble import Network
from keras_resnets.networks.registry import builder, register


def drop_image(x: Tensor, *, name: str) -> Tensor:
    """Dropout of a fifth of the image's values."""
    return layers.Dropout(0.2, name=f"{name}_dropout")(x)


def convolution(x: Tensor, *, filters: int, size: int, margin: int, name: str) -> Tensor:
    """Maxout convolution of two pieces on a map padded by `margin`."""
    x = pad(x, margin, name=f"{name}_pad")
    return maxout_conv(x, filters=filters, size=size, padding="valid", name=name)


def pool(x: Tensor, *, size: int, name: str) -> Tensor:
    """Max pool with stride 2 whose size rounds up."""
    return max_pool(x, size, 2, padding="ceil", signed=True, name=f"{name}_pool")


def pool_and_drop(x: Tensor, *, size: int, name: str) -> Tensor:
    """Max pool and dropout of a half."""
    return layers.Dropout(0.5, name=f"{name}_dropout")(pool(x, size=size, name=name))


def head(x: Tensor, classes: int, activation: Activation, *, pieces: int, name: str) -> Tensor:
    """Fully connected maxout layer of 500 units and the classifier, dropout of a half ahead of each."""
    x = layers.Dropout(0.5, name=f"{name}_dropout1")(flatten(x, name=f"{name}_flatten"))
    x = maxout_dense(x, units=500, pieces=pieces, name=f"{name}_dense1")
    x = layers.Dropout(0.5, name=f"{name}_dropout2")(x)
    return dense(x, classes, activation, in_float32=True, name=f"{name}_dense")


def maxout(*, pieces: int = 5) -> Network:
    """Design for 32x32 pixels and 10 classes."""
    top = partial(head, pieces=positive_integer("pieces", pieces))
    last = partial(pool, size=2)
    return Network("maxout", drop_image, STAGES, 32, 10, TRANSITIONS, tail=last, head=top, least=8)


STAGES = (
    (partial(convolution, filters=96, size=8, margin=4),),  # 33x33
    (partial(convolution, filters=192, size=8, margin=3),),  # 15x15
    (partial(convolution, filters=192, size=5, margin=3),),  # 9x9
)
TRANSITIONS = dict.fromkeys((2, 3), partial(pool_and_drop, size=4))  # to 16x16 and 7x7

Maxout = builder(
    "Maxout",
    maxout,
    "Goodfellow et al. 2013, sec. 4.2, as in the authors' release",
    """The release gives the units of the fully connected layer 5 pieces; the weights that Romero et al. 2014 print of
this network, the teacher of their FitNets, fit 2.""",
)
register("maxout", Maxout)
