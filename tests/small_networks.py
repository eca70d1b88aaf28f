"""Networks of the package's own blocks, of a block or two, for tests in which depth and width prove nothing."""

from functools import partial

from keras_resnets.blocks.residual import basic, residual
from keras_resnets.layers import conv_bn_relu
from keras_resnets.networks import densenet, fitnet, highway, preact_resnet, prelu_net, resnet, vgg, wide_resnet
from keras_resnets.networks.registry import builder


def two_blocks(*, shortcut="A", survival_probability=None):
    """Design of two stages of one block, of 8 and 16 filters."""
    block = partial(residual, transform=basic, shortcut=shortcut)
    return resnet.cifar("small_resnet", block, (1, 1), resnet.Dropping(survival_probability), filters=8)


def one_block(*, shortcut="A"):
    """Design of a block of 8 filters."""
    return resnet.cifar("one_block", partial(residual, transform=basic, shortcut=shortcut), (1,), filters=8)


def preactivated_bottlenecks(
    *, variant="paper", shortcut="B", downsample="3x3", survival_probability=None, output_stride=None
):
    """Design of the ImageNet networks with the fewest blocks that can be dilated."""
    options = {"variant": variant, "shortcut": shortcut, "downsample": downsample, "output_stride": output_stride}
    return preact_resnet.bottleneck_imagenet(
        "small_preact_resnet", (1, 1, 2, 2), survival_probability=survival_probability, **options
    )


def dense_layers(*, dropout=0.0, memory_efficient=False):
    """Design of a DenseNet of two layers in each of three stages."""
    return densenet.cifar("small_densenet", 10, 4, dropout=dropout, memory_efficient=memory_efficient)


def dense_bottlenecks(*, dropout=0.0, memory_efficient=False):
    """Design of a DenseNet-BC of a bottleneck in each of three stages."""
    return densenet.cifar_bc("small_densenet_bc", 10, 4, dropout=dropout, memory_efficient=memory_efficient)


OneBlock = builder("OneBlock", one_block, "He et al. 2015, sec. 4.2")
SmallResNet = builder("SmallResNet", two_blocks, "He et al. 2015, sec. 4.2")
SmallPlain = builder("SmallPlain", partial(resnet.plain_cifar, "small_plain", 1), "He et al. 2015, sec. 4.2")
SmallPreActResNet = builder("SmallPreActResNet", preactivated_bottlenecks, "He et al. 2016")
SmallPreActCifar = builder("SmallPreActCifar", partial(preact_resnet.basic_cifar, "small_preact", 8), "He et al. 2016")
SmallWideResNet = builder("SmallWideResNet", partial(wide_resnet.wide_cifar, "small_wide", 10, 1), "WRN-10-1")
SmallDenseNet = builder("SmallDenseNet", dense_layers, "Huang et al. 2017, Table 2")
SmallDenseNetBC = builder("SmallDenseNetBC", dense_bottlenecks, "Huang et al. 2017, Table 2")
SmallFitNet = builder("SmallFitNet", partial(fitnet.fitnet, "small_fitnet", ((4, 6), (8,))), "Romero et al. 2014")
SmallHighway = builder(
    "SmallHighway",
    partial(highway.highway_cifar, "small_highway", ((8, (3, 1)), (12, (3,)))),
    "Srivastava et al. 2015",
)
SmallPReLUNet = builder(
    "SmallPReLUNet", partial(prelu_net.prelu_net, "small_prelu_net", 1, (8, 12), 6, 24), "He et al. 2015"
)
SmallVGG_BN = builder(
    "SmallVGG_BN",
    partial(vgg.vgg, "small_vgg_bn", (1, 1, 1, 1, 1), partial(conv_bn_relu, use_bias=True)),
    "Simonyan & Zisserman 2015, Table 1",
)
