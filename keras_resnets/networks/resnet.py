"""Plain and residual networks (He et al. 2015, "Deep Residual Learning for Image Recognition", arXiv 1512.03385)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count

from keras_resnets._errors import fraction
from keras_resnets.blocks.residual import KEPT, Drop, Paths, basic, bottleneck, plain, residual
from keras_resnets.layers import Tensor, checked_survival, conv_bn_relu, max_pool
from keras_resnets.networks.assemble import Block, Network
from keras_resnets.networks.registry import network

OUTPUT_STRIDES = (None, 8, 16)
STEM_STRIDE = 4  # of the ImageNet networks

Stages = tuple[tuple[partial[Tensor], ...], ...]  # blocks `(x, *, name) -> x` of each stage


def imagenet_stem(x: Tensor, *, filters: int = 64, name: str) -> Tensor:
    """conv1 of Table 1: 7x7, 64, stride 2; then 3x3 max pool, stride 2."""
    x = conv_bn_relu(x, filters, 7, 2, name=f"{name}_conv")
    return max_pool(x, 3, 2, name=f"{name}_pool")


def cifar_stem(x: Tensor, *, filters: int, name: str) -> Tensor:
    """First layer of sec. 4.2: 3x3."""
    return conv_bn_relu(x, filters, 3, name=f"{name}_conv")


def entering(stage: int, index: int, depths: tuple[int, ...]) -> bool:
    """Return whether a block begins a stage other than the first: it halves the map."""
    return stage > 0 and index == 0


def stages(block: Block, depths: tuple[int, ...], filters: int, halves: Callable[..., bool] = entering) -> Stages:
    """Return the blocks of each stage.

    Args:
        block: `(x, filters, stride, *, name) -> x`.
        depths: Number of blocks in each stage.
        filters: Filters of the first stage; they double from stage to stage.
        halves: `(stage, index, depths) -> bool`, whether a block has stride 2.
    """
    return tuple(
        tuple(
            partial(block, filters=filters << stage, stride=2 if halves(stage, index, depths) else 1)
            for index in range(depth)
        )
        for stage, depth in enumerate(depths)
    )


@dataclass(frozen=True)
class Dropping:
    """Random dropping of residual branches in training, the more the deeper, in one of two forms.

    Attributes:
        survival_probability: p_L, that of the last of L blocks; block l survives with 1 - l/L (1 - p_L), for the whole
            mini-batch, and is scaled in inference (Huang et al. 2016, eq. 4 and 5).
        drop_path_rate: Rate of the last block, drawn for each image and scaled in training; from 0 at the first block
            it grows linearly (timm's `drop_path_rate`).

    Raises:
        ValueError: If both are given, or a value is out of range.
    """

    survival_probability: float | None = None
    drop_path_rate: float = 0.0

    def __post_init__(self) -> None:
        if self.survival_probability is not None:
            checked_survival(self.survival_probability, "survival_probability")
        if fraction("drop_path_rate", self.drop_path_rate) and self.survival_probability is not None:
            raise ValueError("Give survival_probability or drop_path_rate: both drop the same branches.")

    def of(self, stages: Stages) -> Stages:
        """Return the stages with the rule of each block."""
        number, total = count(), sum(map(len, stages))
        return tuple(tuple(self._of_block(block, next(number), total) for block in row) for row in stages)

    def _of_block(self, block: partial[Tensor], index: int, total: int) -> partial[Tensor]:
        if self.survival_probability is not None:
            drop = Drop(survival=1 - (index + 1) / total * (1 - float(self.survival_probability)))
        else:
            drop = Drop(rate=self.drop_path_rate * index / max(total - 1, 1))
        return block if drop == KEPT else partial(block, drop=drop)


NO_DROPPING = Dropping()


def dilated(stages: Stages, output_stride: int | None) -> Stages:
    """Return the stages with dilation in place of the strides beyond `output_stride` (Chen et al. 2017, sec. 3.1)."""
    if output_stride not in OUTPUT_STRIDES:
        raise ValueError(f"output_stride must be None, 8 or 16, not {output_stride!r}.")
    return stages if output_stride is None else tuple(_dilated(stages, output_stride))


def _dilated(stages: Stages, output_stride: int) -> Iterator[tuple[partial[Tensor], ...]]:
    undilated = STEM_STRIDE
    for blocks in stages:
        row = []
        for block in blocks:
            before = undilated // output_stride
            undilated *= block.keywords["stride"]
            after = undilated // output_stride
            row.append(partial(block, stride=1, dilations=(max(before, 1), after)) if after > 1 else block)
        yield tuple(row)


def last_gamma(zero_gamma: bool) -> str:
    """Return the initializer of the last gamma of a residual branch."""
    return "zeros" if zero_gamma else "ones"


def imagenet(
    name: str,
    block: Block,
    depths: tuple[int, ...],
    dropping: Dropping = NO_DROPPING,
    output_stride: int | None = None,
    *,
    filters: int = 64,
) -> Network:
    """Design of a row of Table 1 for 224x224 pixels and 1,000 classes."""
    blocks = dilated(dropping.of(stages(block, depths, filters)), output_stride)
    return Network(name, partial(imagenet_stem, filters=filters), blocks, size=224, classes=1000)


def cifar(
    name: str,
    block: Block,
    depths: tuple[int, ...],
    dropping: Dropping = NO_DROPPING,
    *,
    filters: int = 16,
) -> Network:
    """Design of sec. 4.2 for 32x32 pixels and 10 classes."""
    blocks = dropping.of(stages(block, depths, filters))
    return Network(name, partial(cifar_stem, filters=filters), blocks, size=32, classes=10)


def plain_imagenet(name: str, depths: tuple[int, ...]) -> Network:
    """Design with two 3x3 layers a block, without shortcuts."""
    return imagenet(name, partial(plain, transform=basic), depths)


def basic_imagenet(
    name: str,
    depths: tuple[int, ...],
    *,
    shortcut: str = "B",
    zero_gamma: bool = False,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    output_stride: int | None = None,
) -> Network:
    """Design with two 3x3 layers a block (18 and 34 layers)."""
    transform = partial(basic, gamma=last_gamma(zero_gamma))
    block = partial(residual, transform=transform, shortcut=shortcut)
    return imagenet(name, block, depths, Dropping(survival_probability, drop_path_rate), output_stride)


def bottleneck_imagenet(
    name: str,
    depths: tuple[int, ...],
    base_width: int = 64,
    *,
    shortcut: str = "B",
    downsample: str = "3x3",
    zero_gamma: bool = False,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    output_stride: int | None = None,
) -> Network:
    """Design with 1x1, 3x3, 1x1 a block (50, 101 and 152 layers)."""
    paths = Paths(base_width=base_width)
    transform = partial(bottleneck, paths=paths, downsample=downsample, gamma=last_gamma(zero_gamma))
    block = partial(residual, transform=transform, shortcut=shortcut)
    return imagenet(name, block, depths, Dropping(survival_probability, drop_path_rate), output_stride)


def plain_cifar(name: str, n: int) -> Network:
    """Design of 6n + 2 layers without shortcuts."""
    return cifar(name, partial(plain, transform=basic), (n, n, n))


def basic_cifar(
    name: str,
    n: int,
    *,
    shortcut: str = "A",
    zero_gamma: bool = False,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
) -> Network:
    """Design of 6n + 2 layers in stages of n blocks with 16, 32 and 64 filters."""
    transform = partial(basic, gamma=last_gamma(zero_gamma))
    block = partial(residual, transform=transform, shortcut=shortcut)
    return cifar(name, block, (n, n, n), Dropping(survival_probability, drop_path_rate))


# fmt: off
TABLE_1, SECTION_4_2 = "He et al. 2015, Table 1", "He et al. 2015, sec. 4.2"

#                                               conv2_x .. conv5_x
Plain18    = network("Plain18",    plain_imagenet,      (2, 2,  2, 2), source=TABLE_1)
Plain34    = network("Plain34",    plain_imagenet,      (3, 4,  6, 3), source=TABLE_1)
ResNet18   = network("ResNet18",   basic_imagenet,      (2, 2,  2, 2), source=TABLE_1)
ResNet34   = network("ResNet34",   basic_imagenet,      (3, 4,  6, 3), source=TABLE_1)
ResNet50   = network("ResNet50",   bottleneck_imagenet, (3, 4,  6, 3), source=TABLE_1)
ResNet101  = network("ResNet101",  bottleneck_imagenet, (3, 4, 23, 3), source=TABLE_1)
ResNet152  = network("ResNet152",  bottleneck_imagenet, (3, 8, 36, 3), source=TABLE_1)

#                                             n of 6n + 2
Plain20    = network("Plain20",    plain_cifar,   3, source=SECTION_4_2)
Plain32    = network("Plain32",    plain_cifar,   5, source=SECTION_4_2)
Plain44    = network("Plain44",    plain_cifar,   7, source=SECTION_4_2)
Plain56    = network("Plain56",    plain_cifar,   9, source=SECTION_4_2)
Plain110   = network("Plain110",   plain_cifar,  18, source=SECTION_4_2)
Plain1202  = network("Plain1202",  plain_cifar, 200, source=SECTION_4_2)
ResNet20   = network("ResNet20",   basic_cifar,   3, source=SECTION_4_2)
ResNet32   = network("ResNet32",   basic_cifar,   5, source=SECTION_4_2)
ResNet44   = network("ResNet44",   basic_cifar,   7, source=SECTION_4_2)
ResNet56   = network("ResNet56",   basic_cifar,   9, source=SECTION_4_2)
ResNet110  = network("ResNet110",  basic_cifar,  18, source=SECTION_4_2)
ResNet1202 = network("ResNet1202", basic_cifar, 200, source=SECTION_4_2)
# fmt: on
