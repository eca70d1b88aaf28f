"""ZFNet (Zeiler & Fergus 2013, "Visualizing and Understanding Convolutional Networks", arXiv 1311.2901).

AlexNet with a finer beginning. Pools overlap and round up.
"""

from functools import partial

from keras_resnets.layers import LocalResponseNormalization, Tensor, conv_relu, head_dtype, pad
from keras_resnets.networks.assemble import Network
from keras_resnets.networks.googlenet import halve
from keras_resnets.networks.registry import network
from keras_resnets.networks.vgg import convolution, hidden_head


def stem(x: Tensor, *, name: str) -> Tensor:
    """7x7, 96, stride 2: 224 pixels and a margin of 1 make 110."""
    x = pad(x, 1, name=f"{name}_conv_pad")
    return conv_relu(x, 96, 7, 2, padding="valid", name=f"{name}_conv")


def pool_and_normalize(x: Tensor, *, name: str) -> Tensor:
    """3x3 max pool, stride 2, and normalization across channels, in the order of Figure 3."""
    return LocalResponseNormalization(dtype=head_dtype(), name=f"{name}_norm")(halve(x, name=name))


def zfnet(name: str, filters: tuple[int, int, int]) -> Network:
    """Design with the filters of the third to fifth convolutions, for 224x224 pixels and 1,000 classes."""
    second = partial(conv_relu, stride=2, padding="valid")
    stages = (
        (partial(convolution, layer=second, filters=256, size=5),),  # 26x26
        tuple(partial(convolution, layer=conv_relu, filters=n) for n in filters),  # 13x13
    )
    transitions = {1: pool_and_normalize, 2: pool_and_normalize}  # to 55x55 and 13x13
    return Network(name, stem, stages, 224, 1000, transitions, tail=halve, head=hidden_head, least=47)


NOTE = """Maps are normalized behind the pools, as Figure 3 says; later implementations normalize ahead of them. Their
paddings make the figure's maps, 110, 55, 26, 13 and 6, and the constants of the normalization are those of Krizhevsky
et al. 2012: the paper prints neither."""

# fmt: off
#                                  conv3 conv4 conv5
ZFNet  = network("ZFNet",  zfnet, (384,  384,  256), source="Zeiler & Fergus 2013, Figure 3", note=NOTE)
ZFNetB = network("ZFNetB", zfnet, (512,  1024, 512), source="Zeiler & Fergus 2013, Table 2, (b)", note=NOTE)
# fmt: on
