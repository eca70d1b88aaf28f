"""VGG (Simonyan & Zisserman 2015, "Very Deep Convolutional Networks for Large-Scale Image Recognition").

arXiv 1409.1556. VGG is the baseline in the figures of the residual papers.
"""

from collections.abc import Callable
from functools import partial

from keras import layers

from keras_resnets.layers import Activation, Tensor, conv_bn_relu, conv_relu, dense, flatten, max_pool, relu
from keras_resnets.networks.assemble import Network
from keras_resnets.networks.registry import network


def halve(x: Tensor, *, name: str) -> Tensor:
    """2x2 max pool, stride 2, without padding."""
    return max_pool(x, 2, 2, padding="valid", name=f"{name}_pool")


def convolution(x: Tensor, *, layer: Callable[..., Tensor], filters: int, size: int = 3, name: str) -> Tensor:
    """Block of one convolution, built by `layer`."""
    return layer(x, filters, size, name=f"{name}_conv")


def hidden_head(
    x: Tensor, classes: int, activation: Activation, *, units: int = 4096, dropout: float = 0.5, name: str
) -> Tensor:
    """Two hidden fully connected layers with dropout, and the classifier (sec. 2.1)."""
    x = flatten(x, name=f"{name}_flatten")
    for index in (1, 2):
        x = relu(dense(x, units, name=f"{name}_dense{index}"), name=f"{name}_dense{index}_relu")
        x = layers.Dropout(dropout, name=f"{name}_dropout{index}")(x)
    return dense(x, classes, activation, in_float32=True, name=f"{name}_dense")


def identity(x: Tensor, *, name: str) -> Tensor:
    """Empty stem: the first stage reads the image."""
    return x


def vgg(name: str, convolutions: tuple[int, ...], layer: Callable[..., Tensor]) -> Network:
    """Design with `convolutions` layers in each stage, for 224x224 pixels and 1,000 classes."""
    filters = (64, 128, 256, 512, 512)
    stages = tuple(
        (partial(convolution, layer=layer, filters=f),) * n for f, n in zip(filters, convolutions, strict=True)
    )
    transitions = dict.fromkeys(range(2, 6), halve)
    return Network(name, identity, stages, 224, 1000, transitions, tail=halve, head=hidden_head)


# fmt: off
TABLE_1 = "Simonyan & Zisserman 2015, Table 1"
BATCH_NORMALIZED = f"{TABLE_1}, with batch normalization after every convolution, as later work trains it"

#                                     conv1_x .. conv5_x
VGG16    = network("VGG16",    vgg, (2, 2, 3, 3, 3), conv_relu,    source=f"{TABLE_1}, column D")
VGG19    = network("VGG19",    vgg, (2, 2, 4, 4, 4), conv_relu,    source=f"{TABLE_1}, column E")
VGG16_BN = network("VGG16_BN", vgg, (2, 2, 3, 3, 3), partial(conv_bn_relu, use_bias=True), source=BATCH_NORMALIZED)
VGG19_BN = network("VGG19_BN", vgg, (2, 2, 4, 4, 4), partial(conv_bn_relu, use_bias=True), source=BATCH_NORMALIZED)
# fmt: on
