"""A residual network of two blocks for tests in which depth and width prove nothing: a tenth of a ResNet-20's time."""

from functools import partial

from keras_resnets.blocks.residual import basic, residual
from keras_resnets.networks.registry import builder
from keras_resnets.networks.resnet import cifar


def two_blocks(*, shortcut="A", survival_probability=None):
    """Design of two stages of one block, of 8 and 16 filters."""
    block = partial(residual, transform=basic, shortcut=shortcut)
    return cifar("small_resnet", block, (1, 1), survival_probability, filters=8)


SmallResNet = builder("SmallResNet", two_blocks, "He et al. 2015, sec. 4.2")
