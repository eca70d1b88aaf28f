"""ResNeXt (Xie et al. 2017, "Aggregated Residual Transformations for Deep Neural Networks", arXiv 1611.05431)."""

from collections.abc import Sequence
from fractions import Fraction
from functools import partial

from keras_resnets._errors import is_positive_integer, positive_integer
from keras_resnets.blocks.aggregated import aggregated
from keras_resnets.blocks.residual import residual
from keras_resnets.networks.registry import builder, register
from keras_resnets.networks.resnet import cifar, imagenet, last_gamma


def resnext_imagenet(
    *,
    cardinality,
    base_width,
    depths,
    filters=64,
    form="c",
    shortcut="B",
    downsample="3x3",
    zero_gamma=False,
    survival=None,
    output_stride=None,
):
    """A network of Table 1 for 224x224 pixels and 1,000 classes."""
    depths, filters = checked_depths(depths, 4), positive_integer("filters", filters)
    block = aggregated_block(cardinality, base_width, filters, form, shortcut, downsample, zero_gamma)
    return imagenet(named(depths, cardinality, base_width), block, depths, survival, output_stride, filters=filters)


def resnext_cifar(
    *,
    cardinality,
    base_width,
    depths,
    filters=64,
    form="c",
    shortcut="B",
    downsample="3x3",
    zero_gamma=False,
    survival=None,
):
    """A network of sec. 5.3 for 32x32 pixels and 10 classes."""
    depths, filters = checked_depths(depths, 3), positive_integer("filters", filters)
    block = aggregated_block(cardinality, base_width, filters, form, shortcut, downsample, zero_gamma)
    return cifar(named(depths, cardinality, base_width), block, depths, survival, filters=filters)


def aggregated_block(cardinality, base_width, filters, form, shortcut, downsample, zero_gamma):
    """A residual block with `cardinality` paths of `base_width`, in the first stage, where there are `filters`."""
    transform = partial(
        aggregated,
        cardinality=positive_integer("cardinality", cardinality),
        # A block's base width is that of 64 filters; the ratio is exact, whatever the two are.
        base_width=Fraction(64 * positive_integer("base_width", base_width), filters),
        form=form,
        downsample=downsample,
        gamma=last_gamma(zero_gamma),
    )
    return partial(residual, transform=transform, shortcut=shortcut)


def checked_depths(depths, stages):
    """`depths` as a tuple, if they are the blocks of so many stages."""
    depths = tuple(depths) if isinstance(depths, Sequence) else (depths,)
    if len(depths) != stages or not all(map(is_positive_integer, depths)):
        raise ValueError(f"depths must be {stages} positive integers, the blocks of each stage, not {depths!r}.")
    return depths


def named(depths, cardinality, base_width):
    """ "resnext50_32x4d" and so on: three layers a block, the stem and the head."""
    return f"resnext{3 * sum(depths) + 2}_{cardinality}x{base_width}d"


def network(title, design, depths, settings, *, source):
    """The builder `title` with cardinality and width as options; of its named `settings` the first is the default."""
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
