"""DenseNets (Huang et al. 2017, "Densely Connected Convolutional Networks", arXiv 1608.06993)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from keras_resnets._errors import fraction
from keras_resnets.blocks.dense import dense_layer, transition
from keras_resnets.layers import Tensor, bn_relu, conv, conv_bn_relu, max_pool
from keras_resnets.networks.assemble import Block, Network
from keras_resnets.networks.registry import network


def imagenet_stem(x: Tensor, *, filters: int, name: str) -> Tensor:
    """7x7, stride 2; then 3x3 max pool, stride 2 (Table 1)."""
    x = conv_bn_relu(x, filters, 7, 2, name=f"{name}_conv")
    return max_pool(x, 3, 2, name=f"{name}_pool")


def cifar_stem(x: Tensor, *, filters: int, name: str) -> Tensor:
    """3x3 without normalization, which the first dense layer begins with."""
    return conv(x, filters, 3, name=f"{name}_conv")


def densenet(
    name: str, stem: Block, depths: tuple[int, ...], growth: int, *, bc: bool, options: Mapping[str, Any], **sizes: Any
) -> Network:
    """Design of stages of dense layers, transitions between them, and a last activation ahead of the pool.

    Args:
        name: Name of the network.
        stem: `(x, *, name) -> x`.
        depths: Number of dense layers in each stage.
        growth: k, the number of channels that a layer adds.
        bc: Whether layers have bottlenecks and transitions compress to a half (DenseNet-BC).
        options: `dropout` and `memory_efficient` of all layers and transitions.
        sizes: Fields of `Network`: default size of the images, classes and least size.
    """
    options = {**options, "dropout": fraction("dropout", options["dropout"])}
    layer = partial(dense_layer, growth=growth, bottleneck=bc, **options)
    shrinking = partial(transition, compression=0.5 if bc else 1.0, **options)
    return Network(
        name,
        stem,
        [[layer] * (depth - 1) + [partial(layer, last=True)] for depth in depths],
        transitions=dict.fromkeys(range(2, len(depths) + 1), shrinking),
        tail=bn_relu,
        **sizes,
    )


def imagenet(
    name: str, growth: int, depths: tuple[int, ...], *, dropout: float = 0.0, memory_efficient: bool = False
) -> Network:
    """Design of DenseNet-BC for 224x224 pixels and 1,000 classes."""
    stem = partial(imagenet_stem, filters=2 * growth)
    options = {"dropout": dropout, "memory_efficient": memory_efficient}
    return densenet(name, stem, depths, growth, bc=True, options=options, size=224, classes=1000, least=29)


def cifar(name: str, depth: int, growth: int, *, dropout: float = 0.0, memory_efficient: bool = False) -> Network:
    """Design of 3n + 4 layers for 32x32 pixels and 10 classes (sec. 3)."""
    stem, n = partial(cifar_stem, filters=16), (depth - 4) // 3
    options = {"dropout": dropout, "memory_efficient": memory_efficient}
    return densenet(name, stem, (n, n, n), growth, bc=False, options=options, size=32, classes=10, least=4)


def cifar_bc(name: str, depth: int, growth: int, *, dropout: float = 0.0, memory_efficient: bool = False) -> Network:
    """Design of 6n + 4 layers with bottlenecks and compression for 32x32 pixels and 10 classes."""
    stem, n = partial(cifar_stem, filters=2 * growth), (depth - 4) // 6
    options = {"dropout": dropout, "memory_efficient": memory_efficient}
    return densenet(name, stem, (n, n, n), growth, bc=True, options=options, size=32, classes=10, least=4)


# fmt: off
TABLE_1, TABLE_2 = "Huang et al. 2017, Table 1", "Huang et al. 2017, Table 2"

#                                              k  layers of the four stages
DenseNet121 = network("DenseNet121", imagenet, 32, (6, 12, 24, 16), source=TABLE_1)
DenseNet169 = network("DenseNet169", imagenet, 32, (6, 12, 32, 32), source=TABLE_1)
DenseNet201 = network("DenseNet201", imagenet, 32, (6, 12, 48, 32), source=TABLE_1)
DenseNet264 = network("DenseNet264", imagenet, 32, (6, 12, 64, 48), source=TABLE_1)
DenseNet161 = network("DenseNet161", imagenet, 48, (6, 12, 36, 24), source="Huang et al. 2017, the authors' release")

#                                                          L   k
DenseNet40_12     = network("DenseNet40_12",     cifar,     40, 12, source=TABLE_2)
DenseNet100_12    = network("DenseNet100_12",    cifar,    100, 12, source=TABLE_2)
DenseNet100_24    = network("DenseNet100_24",    cifar,    100, 24, source=TABLE_2)
DenseNetBC100_12  = network("DenseNetBC100_12",  cifar_bc, 100, 12, source=TABLE_2)
DenseNetBC250_24  = network("DenseNetBC250_24",  cifar_bc, 250, 24, source=TABLE_2)
DenseNetBC190_40  = network("DenseNetBC190_40",  cifar_bc, 190, 40, source=TABLE_2)
# fmt: on
