"""Plain and residual networks (He et al. 2015, "Deep Residual Learning for Image Recognition", arXiv 1512.03385)."""

from functools import partial
from itertools import count

from keras_resnets.blocks.residual import basic, bottleneck, plain, residual
from keras_resnets.layers import checked_survival, conv_bn_relu, max_pool
from keras_resnets.networks.assemble import Network
from keras_resnets.networks.registry import network

OUTPUT_STRIDES = (None, 8, 16)
STEM_STRIDE = 4  # of the ImageNet networks


def imagenet_stem(x, *, filters=64, name):
    """conv1 of Table 1: 7x7, 64, stride 2; then 3x3 max pool, stride 2."""
    x = conv_bn_relu(x, filters, 7, 2, name=f"{name}_conv")
    return max_pool(x, 3, 2, name=f"{name}_pool")


def cifar_stem(x, *, filters, name):
    """The first layer of sec. 4.2: 3x3."""
    return conv_bn_relu(x, filters, 3, name=f"{name}_conv")


def entering(stage, index, depths):
    """Whether a block is the first of a stage, and not of the first one: it halves the map."""
    return stage > 0 and index == 0


def stages(block, depths, filters, halves=entering):
    """Blocks `(x, *, name)`: from stage to stage the filters double; those that `halves` tells halve the map."""
    return tuple(
        tuple(
            partial(block, filters=filters << stage, stride=2 if halves(stage, index, depths) else 1)
            for index in range(depth)
        )
        for stage, depth in enumerate(depths)
    )


def surviving(stages, survival):
    """The stages with the linear rule of Huang et al. 2016, eq. 4: block l of L survives with 1 - l/L (1 - p_L)."""
    if survival is None:
        return stages
    drop, total, number = 1 - checked_survival(survival), sum(map(len, stages)), count(1)
    return tuple(
        tuple(partial(block, survival=1 - next(number) / total * drop) for block in blocks) for blocks in stages
    )


def dilated(stages, output_stride):
    """The stages without the strides beyond `output_stride`, dilated instead (Chen et al. 2017, sec. 3.1)."""
    if output_stride not in OUTPUT_STRIDES:
        raise ValueError(f"output_stride must be None, 8 or 16, not {output_stride!r}.")
    return stages if output_stride is None else tuple(_dilated(stages, output_stride))


def _dilated(stages, output_stride):
    undilated = STEM_STRIDE
    for blocks in stages:
        row = []
        for block in blocks:
            before = undilated // output_stride
            undilated *= block.keywords["stride"]
            after = undilated // output_stride
            row.append(partial(block, stride=1, dilations=(max(before, 1), after)) if after > 1 else block)
        yield tuple(row)


def last_gamma(zero_gamma):
    """The initializer of the last gamma of a residual branch."""
    return "zeros" if zero_gamma else "ones"


def imagenet(name, block, depths, survival=None, output_stride=None, *, filters=64):
    """A network of Table 1 for 224x224 pixels and 1,000 classes."""
    blocks = dilated(surviving(stages(block, depths, filters), survival), output_stride)
    return Network(name, partial(imagenet_stem, filters=filters), blocks, size=224, classes=1000)


def cifar(name, block, depths, survival=None, *, filters=16):
    """A network of sec. 4.2 for 32x32 pixels and 10 classes."""
    blocks = surviving(stages(block, depths, filters), survival)
    return Network(name, partial(cifar_stem, filters=filters), blocks, size=32, classes=10)


def plain_imagenet(name, depths):
    """Two 3x3 layers a block, without shortcuts."""
    return imagenet(name, partial(plain, transform=basic), depths)


def basic_imagenet(name, depths, *, shortcut="B", zero_gamma=False, survival=None, output_stride=None):
    """Two 3x3 layers a block (18 and 34 layers)."""
    transform = partial(basic, gamma=last_gamma(zero_gamma))
    return imagenet(name, partial(residual, transform=transform, shortcut=shortcut), depths, survival, output_stride)


def bottleneck_imagenet(
    name, depths, base_width=64, *, shortcut="B", downsample="3x3", zero_gamma=False, survival=None, output_stride=None
):
    """1x1, 3x3, 1x1 a block (50, 101 and 152 layers)."""
    transform = partial(bottleneck, base_width=base_width, downsample=downsample, gamma=last_gamma(zero_gamma))
    return imagenet(name, partial(residual, transform=transform, shortcut=shortcut), depths, survival, output_stride)


def plain_cifar(name, n):
    """6n + 2 layers without shortcuts."""
    return cifar(name, partial(plain, transform=basic), (n, n, n))


def basic_cifar(name, n, *, shortcut="A", zero_gamma=False, survival=None):
    """6n + 2 layers in stages of n blocks of 16, 32 and 64 filters."""
    transform = partial(basic, gamma=last_gamma(zero_gamma))
    return cifar(name, partial(residual, transform=transform, shortcut=shortcut), (n, n, n), survival)


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
