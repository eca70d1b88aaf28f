"""Pre-activation ResNets (He et al. 2016, "Identity Mappings in Deep Residual Networks", arXiv 1603.05027)."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from keras_resnets._errors import unknown
from keras_resnets.blocks.preactivation import Shortcut, basic, bottleneck, preactivated
from keras_resnets.layers import Tensor, bn_relu, conv, max_pool
from keras_resnets.networks.assemble import Block, Network
from keras_resnets.networks.registry import network
from keras_resnets.networks.resnet import NO_DROPPING, Dropping, dilated, entering, stages


def imagenet_stem(x: Tensor, *, name: str) -> Tensor:
    """7x7, 64, stride 2; then 3x3 max pool, stride 2; the first block normalizes."""
    x = conv(x, 64, 7, 2, name=f"{name}_conv")
    return max_pool(x, 3, 2, signed=True, name=f"{name}_pool")


def applications_stem(x: Tensor, *, name: str) -> Tensor:
    """Stem of keras.applications: the 7x7 has biases, and zeros pad the pool in spite of negative values."""
    x = conv(x, 64, 7, 2, use_bias=True, name=f"{name}_conv")
    return max_pool(x, 3, 2, name=f"{name}_pool")


def cifar_stem(x: Tensor, *, name: str) -> Tensor:
    """3x3, 16; the first block normalizes."""
    return conv(x, 16, 3, name=f"{name}_conv")


def leaving(stage: int, index: int, depths: tuple[int, ...]) -> bool:
    """Return whether a block ends a stage other than the last: in keras.applications it halves the map."""
    return stage < len(depths) - 1 and index == depths[stage] - 1


class Variant(NamedTuple):
    """Differences between the paper's ImageNet networks and those of keras.applications.

    Attributes:
        stem: `(x, *, name) -> x`.
        halves: `(stage, index, depths) -> bool`, whether a block has stride 2.
        use_bias: Whether projections and the last 1x1 of each block have biases.
    """

    stem: Block
    halves: Callable[..., bool]
    use_bias: bool


VARIANTS = {
    "paper": Variant(imagenet_stem, entering, use_bias=False),
    "keras_applications": Variant(applications_stem, leaving, use_bias=True),
}


def imagenet(
    name: str,
    block: Block,
    depths: tuple[int, ...],
    variant: str = "paper",
    dropping: Dropping = NO_DROPPING,
    output_stride: int | None = None,
) -> Network:
    """Design for 224x224 pixels and 1,000 classes, with a last activation (He et al. 2016, appendix)."""
    stem, halves, _ = VARIANTS[variant]
    blocks = dilated(dropping.of(stages(block, depths, 64, halves)), output_stride)
    return Network(name, stem, blocks, size=224, classes=1000, tail=bn_relu)


def cifar(
    name: str,
    block: Block,
    depths: tuple[int, ...],
    dropping: Dropping = NO_DROPPING,
    *,
    filters: int = 16,
) -> Network:
    """Design for 32x32 pixels and 10 classes; the first shortcut starts behind the first activation."""
    (first, *others), *later = dropping.of(stages(block, depths, filters))
    first = partial(first, shortcut=replace(first.keywords["shortcut"], activated=True))
    return Network(name, cifar_stem, ((first, *others), *later), size=32, classes=10, tail=bn_relu)


def basic_imagenet(
    name: str,
    depths: tuple[int, ...],
    *,
    shortcut: str = "B",
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    output_stride: int | None = None,
) -> Network:
    """Design with two 3x3 layers a block."""
    block = partial(preactivated, transform=basic, shortcut=Shortcut(shortcut))
    return imagenet(name, block, depths, "paper", Dropping(survival_probability, drop_path_rate), output_stride)


def bottleneck_imagenet(
    name: str,
    depths: tuple[int, ...],
    *,
    shortcut: str = "B",
    downsample: str = "3x3",
    variant: str = "paper",
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    output_stride: int | None = None,
) -> Network:
    """Design with 1x1, 3x3, 1x1 a block."""
    if variant not in VARIANTS:
        raise ValueError(unknown("variant", variant, VARIANTS))
    use_bias = VARIANTS[variant].use_bias
    transform = partial(bottleneck, downsample=downsample, use_bias=use_bias)
    block = partial(preactivated, transform=transform, shortcut=Shortcut(shortcut, use_bias))
    return imagenet(name, block, depths, variant, Dropping(survival_probability, drop_path_rate), output_stride)


def basic_cifar(
    name: str,
    depth: int,
    *,
    shortcut: str = "A",
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
) -> Network:
    """Design of 6n + 2 layers with two 3x3 a block."""
    n = (depth - 2) // 6
    block = partial(preactivated, transform=basic, shortcut=Shortcut(shortcut))
    return cifar(name, block, (n, n, n), Dropping(survival_probability, drop_path_rate))


def bottleneck_cifar(
    name: str,
    depth: int,
    *,
    shortcut: str = "B",
    downsample: str = "3x3",
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
) -> Network:
    """Design of 9n + 2 layers with 1x1, 3x3, 1x1 a block."""
    n = (depth - 2) // 9
    block = partial(preactivated, transform=partial(bottleneck, downsample=downsample), shortcut=Shortcut(shortcut))
    return cifar(name, block, (n, n, n), Dropping(survival_probability, drop_path_rate))


# fmt: off
DEPTHS_OF_2015 = "He et al. 2016, with the depths of He et al. 2015, Table 1"

#                                                           conv2_x .. conv5_x
PreActResNet18   = network("PreActResNet18",   basic_imagenet,      (2,  2,  2, 2), source=DEPTHS_OF_2015)
PreActResNet34   = network("PreActResNet34",   basic_imagenet,      (3,  4,  6, 3), source=DEPTHS_OF_2015)
PreActResNet50   = network("PreActResNet50",   bottleneck_imagenet, (3,  4,  6, 3), source=DEPTHS_OF_2015)
PreActResNet101  = network("PreActResNet101",  bottleneck_imagenet, (3,  4, 23, 3), source=DEPTHS_OF_2015)
PreActResNet152  = network("PreActResNet152",  bottleneck_imagenet, (3,  8, 36, 3), source=DEPTHS_OF_2015)
PreActResNet200  = network("PreActResNet200",  bottleneck_imagenet, (3, 24, 36, 3), source="He et al. 2016, Table 5")

#                                                            layers
PreActResNet110  = network("PreActResNet110",  basic_cifar,       110, source="He et al. 2016, Table 3")
PreActResNet164  = network("PreActResNet164",  bottleneck_cifar,  164, source="He et al. 2016, Table 3")
PreActResNet1001 = network("PreActResNet1001", bottleneck_cifar, 1001, source="He et al. 2016, Table 3")
# fmt: on
