"""ResNeXt (Xie et al. 2017, "Aggregated Residual Transformations for Deep Neural Networks", arXiv 1611.05431)."""

from functools import partial

from keras_resnets._errors import positive_integer
from keras_resnets.blocks.aggregated import aggregated
from keras_resnets.blocks.residual import residual
from keras_resnets.networks.registry import builder, register
from keras_resnets.networks.resnet import cifar, imagenet, last_gamma


def resnext(
    title,
    family,
    depths,
    *,
    cardinality,
    base_width,
    form="c",
    shortcut="B",
    downsample="3x3",
    zero_gamma=False,
):
    """`family`, imagenet or cifar, of residual blocks with `cardinality` paths of `base_width`."""
    transform = partial(
        aggregated,
        cardinality=positive_integer("cardinality", cardinality),
        base_width=positive_integer("base_width", base_width),
        form=form,
        downsample=downsample,
        gamma=last_gamma(zero_gamma),
    )
    name = f"{title.lower()}_{cardinality}x{base_width}d"
    return family(name, partial(residual, transform=transform, shortcut=shortcut), depths)


def network(title, family, depths, settings, *, source):
    """The builder `title` with cardinality and width as options; of its named `settings` the first is the default."""
    cardinality, base_width = settings[0]
    design = partial(resnext, title, family, depths, cardinality=cardinality, base_width=base_width)
    build = builder(title, design, source)
    for cardinality, base_width in settings:
        register(
            f"{title.lower()}_{cardinality}x{base_width}d",
            build,
            cardinality=cardinality,
            base_width=base_width,
        )
    return build


# fmt: off
cifar_64 = partial(cifar, filters=64)

# (C, d): Tables 3 and 4; 32x8d is that of Mahajan et al. 2018 (arXiv 1805.00932)
DEPTH_50  = (32, 4), (8, 14), (4, 24), (2, 40), (1, 64)
DEPTH_101 = (32, 4), (8, 14), (4, 24), (2, 40), (1, 64), (64, 4), (32, 8), (2, 64), (1, 100)
DEPTH_29  = (8, 64), (16, 64)

#                                          conv2_x .. conv5_x
ResNeXt50  = network("ResNeXt50",  imagenet, (3, 4,  6, 3), DEPTH_50,  source="Xie et al. 2017, Tables 1 and 3")
ResNeXt101 = network("ResNeXt101", imagenet, (3, 4, 23, 3), DEPTH_101, source="Xie et al. 2017, Tables 3 and 4")
ResNeXt29  = network("ResNeXt29",  cifar_64, (3, 3,  3),    DEPTH_29,  source="Xie et al. 2017, sec. 5.3 and Table 7")
# fmt: on
