"""Plain and residual networks (He et al. 2015, "Deep Residual Learning for Image Recognition", arXiv 1512.03385)."""

from functools import partial

from keras_resnets.blocks.residual import basic, bottleneck, plain, residual
from keras_resnets.layers import conv_bn_relu, max_pool
from keras_resnets.networks.assemble import Network
from keras_resnets.networks.registry import builder, register


def imagenet_stem(x, *, name):
    """conv1 of Table 1: 7x7, 64, stride 2; then 3x3 max pool, stride 2."""
    x = conv_bn_relu(x, 64, 7, 2, name=f"{name}_conv")
    return max_pool(x, 3, 2, name=f"{name}_pool")


def cifar_stem(x, *, filters, name):
    """The first layer of sec. 4.2: 3x3."""
    return conv_bn_relu(x, filters, 3, name=f"{name}_conv")


def stages(block, depths, filters):
    """Blocks `(x, *, name)`: from stage to stage the filters double and the first block halves the map."""
    return tuple(
        tuple(
            partial(block, filters=filters << stage, stride=2 if stage > 0 and index == 0 else 1)
            for index in range(depth)
        )
        for stage, depth in enumerate(depths)
    )


def last_gamma(zero_gamma):
    """The initializer of the last gamma of a residual branch."""
    return "zeros" if zero_gamma else "ones"


def imagenet(name, block, depths):
    """A network of Table 1 for 224x224 pixels and 1,000 classes."""
    return Network(name, imagenet_stem, stages(block, depths, 64), size=224, classes=1000)


def cifar(name, block, depths, filters=16):
    """A network of sec. 4.2 for 32x32 pixels and 10 classes."""
    return Network(name, partial(cifar_stem, filters=filters), stages(block, depths, filters), size=32, classes=10)


def plain_imagenet(name, depths):
    """Two 3x3 layers a block, without shortcuts."""
    return imagenet(name, partial(plain, transform=basic), depths)


def basic_imagenet(name, depths, *, shortcut="B", zero_gamma=False):
    """Two 3x3 layers a block (18 and 34 layers)."""
    transform = partial(basic, gamma=last_gamma(zero_gamma))
    return imagenet(name, partial(residual, transform=transform, shortcut=shortcut), depths)


def bottleneck_imagenet(name, depths, *, shortcut="B", downsample="3x3", zero_gamma=False):
    """1x1, 3x3, 1x1 a block (50, 101 and 152 layers)."""
    transform = partial(bottleneck, downsample=downsample, gamma=last_gamma(zero_gamma))
    return imagenet(name, partial(residual, transform=transform, shortcut=shortcut), depths)


def plain_cifar(name, n):
    """6n + 2 layers without shortcuts."""
    return cifar(name, partial(plain, transform=basic), (n, n, n))


def basic_cifar(name, n, *, shortcut="A", zero_gamma=False):
    """6n + 2 layers in stages of n blocks of 16, 32 and 64 filters."""
    transform = partial(basic, gamma=last_gamma(zero_gamma))
    return cifar(name, partial(residual, transform=transform, shortcut=shortcut), (n, n, n))


def network(title, design, *row, source):
    """One row of the tables below: a builder, registered under its title in lower case."""
    name = title.lower()
    build = builder(title, partial(design, name, *row), source)
    register(name, build)
    return build


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
