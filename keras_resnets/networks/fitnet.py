"""FitNets, thin and deep maxout networks (Romero et al. 2014, "FitNets: Hints for Thin Deep Nets", arXiv 1412.6550).

All convolutions are 3x3 with units of two pieces. The teacher is the network of `maxout`.
"""

from functools import partial

from keras_resnets._errors import positive_integer
from keras_resnets.blocks.maxout import maxout_conv, maxout_dense
from keras_resnets.layers import Activation, Tensor, dense, global_pool
from keras_resnets.networks.assemble import Network
from keras_resnets.networks.registry import network
from keras_resnets.networks.vgg import halve, identity


def head(x: Tensor, classes: int, activation: Activation, *, pieces: int, name: str) -> Tensor:
    """Max pool of the whole map (8x8 of 32x32 pixels), fully connected maxout layer of 500 units, classifier."""
    x = global_pool(x, "max", name=f"{name}_pool")
    x = maxout_dense(x, units=500, pieces=pieces, name=f"{name}_dense1")
    return dense(x, classes, activation, in_float32=True, name=f"{name}_dense")


def fitnet(name: str, filters: tuple[tuple[int, ...], ...], *, pieces: int = 2) -> Network:
    """Design with a convolution for each number of filters, by stage, for 32x32 pixels and 10 classes."""
    stages = tuple(tuple(partial(maxout_conv, filters=units) for units in widths) for widths in filters)
    top = partial(head, pieces=positive_integer("pieces", pieces))
    return Network(name, identity, stages, 32, 10, {2: halve, 3: halve}, head=top, least=4)


TABLE_7 = "Romero et al. 2014, Table 7"
FITNET_19 = f'{TABLE_7}; "FitNet-19" in tables that count layers'
NOTE = """The fully connected layer has units of 2 pieces, with which the weights of the network and of its teacher are
as many as the paper prints; the authors' files give it 5."""

# fmt: off
FITNET_1 = ((16, 16, 16),         (32, 32, 32), (48, 48, 64))  # 32x32, 16x16, 8x8
FITNET_2 = ((16, 32, 32),         (48, 64, 80), (96, 96, 128))
FITNET_4 = ((32, 32, 32, 48, 48), (80,) * 6,    (128,) * 6)

FitNet1 = network("FitNet1", fitnet, FITNET_1, source=TABLE_7,   note=NOTE)
FitNet2 = network("FitNet2", fitnet, FITNET_2, source=TABLE_7,   note=NOTE)
FitNet4 = network("FitNet4", fitnet, FITNET_4, source=FITNET_19, note=NOTE)
# fmt: on
