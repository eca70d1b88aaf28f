"""Wide residual networks (Zagoruyko & Komodakis 2016, "Wide Residual Networks", arXiv 1605.07146)."""

from functools import partial

from keras_resnets._errors import fraction
from keras_resnets.blocks.preactivation import Shortcut, basic, preactivated
from keras_resnets.networks import resnet
from keras_resnets.networks.assemble import Network
from keras_resnets.networks.preact_resnet import cifar
from keras_resnets.networks.registry import network
from keras_resnets.networks.resnet import Dropping


def wide_cifar(
    name: str,
    depth: int,
    widen: int,
    *,
    shortcut: str = "B",
    dropout: float = 0.0,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
) -> Network:
    """Design of WRN-n-k: 6N + 4 layers in stages of 16k, 32k and 64k filters, in the block of Fig. 1b or 1d."""
    n = (depth - 4) // 6
    transform = partial(basic, dropout=fraction("dropout", dropout))
    block = partial(preactivated, transform=transform, shortcut=Shortcut(shortcut))
    return cifar(name, block, (n, n, n), Dropping(survival_probability, drop_path_rate), filters=16 * widen)


# fmt: off
TABLE_1, TABLE_8 = "Zagoruyko & Komodakis 2016, Table 1", "Zagoruyko & Komodakis 2016, Table 8"
AS_DEEP_AS_101 = f"{TABLE_8}, with the depths of ResNet-101"

#                                                   n   k
WideResNet16_8  = network("WideResNet16_8",  wide_cifar, 16,  8, source=TABLE_1)
WideResNet40_4  = network("WideResNet40_4",  wide_cifar, 40,  4, source=TABLE_1)
WideResNet28_10 = network("WideResNet28_10", wide_cifar, 28, 10, source=TABLE_1)

#                 ResNets of 2015, whose 3x3 has k times the filters: conv2_x .. conv5_x  64k
WideResNet50_2  = network("WideResNet50_2",  resnet.bottleneck_imagenet, (3, 4,  6, 3), 128, source=TABLE_8)
WideResNet101_2 = network("WideResNet101_2", resnet.bottleneck_imagenet, (3, 4, 23, 3), 128, source=AS_DEEP_AS_101)
# fmt: on
