"""ResNeXt (Xie et al. 2017, "Aggregated Residual Transformations for Deep Neural Networks", arXiv 1611.05431)."""

from functools import partial

from keras_resnets._errors import positive_integer
from keras_resnets.blocks.aggregated import aggregated
from keras_resnets.blocks.residual import residual
from keras_resnets.networks.registry import builder, register
from keras_resnets.networks.resnet import cifar, imagenet, last_gamma


def resnext_imagenet(
    title,
    depths,
    *,
    cardinality,
    base_width,
    form="c",
    shortcut="B",
    downsample="3x3",
    zero_gamma=False,
    survival=None,
    output_stride=None,
):
    """A network of Table 1 for 224x224 pixels and 1,000 classes."""
    block = aggregated_block(cardinality, base_width, form, shortcut, downsample, zero_gamma)
    return imagenet(named(title, cardinality, base_width), block, depths, survival, output_stride)


def resnext_cifar(
    title,
    depths,
    *,
    cardinality,
    base_width,
    form="c",
    shortcut="B",
    downsample="3x3",
    zero_gamma=False,
    survival=None,
):
    """A network of sec. 5.3 for 32x32 pixels and 10 classes."""
    block = aggregated_block(cardinality, base_width, form, shortcut, downsample, zero_gamma)
    return cifar(named(title, cardinality, base_width), block, depths, survival, filters=64)


def aggregated_block(cardinality, base_width, form, shortcut, downsample, zero_gamma):
    """A residual block with `cardinality` paths of `base_width`."""
    transform = partial(
        aggregated,
        cardinality=positive_integer("cardinality", cardinality),
        base_width=positive_integer("base_width", base_width),
        form=form,
        downsample=downsample,
        gamma=last_gamma(zero_gamma),
    )
    return partial(residual, transform=transform, shortcut=shortcut)


def named(title, cardinality, base_width):
    """ "resnext50_32x4d" and so on."""
    return f"{title.lower()}_{cardinality}x{base_width}d"


def network(title, design, depths, settings, *, source):
    """The builder `title` with cardinality and width as options; of its named `settings` the first is the default."""
    cardinality, base_width = settings[0]
    build = builder(title, partial(design, title, depths, cardinality=cardinality, base_width=base_width), source)
    for cardinality, base_width in settings:
        name = named(title, cardinality, base_width)
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
