"""ResNeXt (Xie et al. 2017, "Aggregated Residual Transformations for Deep Neural Networks", arXiv 1611.05431)."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial

import keras

from keras_resnets._errors import is_positive_integer, positive_integer
from keras_resnets.blocks.aggregated import aggregated
from keras_resnets.blocks.residual import Paths, residual
from keras_resnets.networks.assemble import Block, Network
from keras_resnets.networks.registry import builder, register
from keras_resnets.networks.resnet import Dropping, cifar, imagenet, last_gamma


def resnext_imagenet(
    *,
    cardinality: int,
    base_width: int,
    depths: Sequence[int],
    filters: int = 64,
    form: str = "c",
    shortcut: str = "B",
    downsample: str = "3x3",
    zero_gamma: bool = False,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    output_stride: int | None = None,
) -> Network:
    """Design of Table 1 for 224x224 pixels and 1,000 classes."""
    depths, filters = checked_depths(depths, 4), positive_integer("filters", filters)
    block = aggregated_block(cardinality, base_width, filters, form, shortcut, downsample, zero_gamma)
    name = named(depths, cardinality, base_width)
    return imagenet(name, block, depths, Dropping(survival_probability, drop_path_rate), output_stride, filters=filters)


def resnext_cifar(
    *,
    cardinality: int,
    base_width: int,
    depths: Sequence[int],
    filters: int = 64,
    form: str = "c",
    shortcut: str = "B",
    downsample: str = "3x3",
    zero_gamma: bool = False,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
) -> Network:
    """Design of sec. 5.3 for 32x32 pixels and 10 classes."""
    depths, filters = checked_depths(depths, 3), positive_integer("filters", filters)
    block = aggregated_block(cardinality, base_width, filters, form, shortcut, downsample, zero_gamma)
    name, dropping = named(depths, cardinality, base_width), Dropping(survival_probability, drop_path_rate)
    return cifar(name, block, depths, dropping, filters=filters)


def aggregated_block(
    cardinality: int,
    base_width: int,
    filters: int,
    form: str,
    shortcut: str,
    downsample: str,
    zero_gamma: bool,
) -> Block:
    """Return a residual block with `cardinality` paths, `base_width` wide in the first stage, which has `filters`."""
    paths = Paths(
        positive_integer("cardinality", cardinality),
        # Blocks count their base width for 64 filters; a fraction keeps the ratio exact.
        Fraction(64 * positive_integer("base_width", base_width), filters),
    )
    transform = partial(aggregated, paths=paths, form=form, downsample=downsample, gamma=last_gamma(zero_gamma))
    return partial(residual, transform=transform, shortcut=shortcut)


def checked_depths(depths: Sequence[int], stages: int) -> tuple[int, ...]:
    """Return `depths` as a tuple.

    Raises:
        ValueError: If it is not one positive integer for each of the `stages`.
    """
    found = tuple(depths) if isinstance(depths, Sequence) else (depths,)
    if len(found) != stages or not all(map(is_positive_integer, found)):
        raise ValueError(f"depths must be {stages} positive integers, the blocks of each stage, not {found!r}.")
    return found


def named(depths: tuple[int, ...], cardinality: int, base_width: int) -> str:
    """Return the network's name, such as "resnext50_32x4d"; three layers a block, stem and head make the depth."""
    return f"resnext{3 * sum(depths) + 2}_{cardinality}x{base_width}d"


def network(
    title: str,
    design: Callable[..., Network],
    depths: tuple[int, ...],
    settings: tuple[tuple[int, int], ...],
    *,
    source: str,
) -> Callable[..., keras.Model]:
    """Return the builder `title` and register a name for each of its `settings`.

    Args:
        title: Name of the builder.
        design: Function of cardinality, base width and depths.
        depths: Default number of blocks in each stage.
        settings: Pairs (cardinality, base width) with a registered name; the first is the builder's default.
        source: Citation.
    """
    cardinality, base_width = settings[0]
    design = partial(design, depths=depths, cardinality=cardinality, base_width=base_width)
    build = builder(title, design, source)
    for cardinality, base_width in settings:
        name = named(depths, cardinality, base_width)
        register(name, build, cardinality=cardinality, base_width=base_width)
    return build


# fmt: off
# (C, d): Tables 3 and 4; 32x8d is that of Mahajan et al. 2018 (arXiv 1805.00932)
DEPTH_50  = (32, 4), (8, 14), (4, 24), (2, 40), (1, 64)
DEPTH_101 = (32, 4), (8, 14), (4, 24), (2, 40), (1, 64), (64, 4), (32, 8), (2, 64), (1, 100)
DEPTH_29  = (8, 64), (16, 64)
XIE = "Xie et al. 2017"

#                                                    conv2_x .. conv5_x
ResNeXt50  = network("ResNeXt50",  resnext_imagenet, (3, 4,  6, 3), DEPTH_50,  source=f"{XIE}, Tables 1 and 3")
ResNeXt101 = network("ResNeXt101", resnext_imagenet, (3, 4, 23, 3), DEPTH_101, source=f"{XIE}, Tables 3 and 4")
ResNeXt29  = network("ResNeXt29",  resnext_cifar,    (3, 3,  3),    DEPTH_29,  source=f"{XIE}, sec. 5.3 and Table 7")
# fmt: on
