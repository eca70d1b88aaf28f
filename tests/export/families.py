"""One small network of each family, with weights as training leaves them."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import keras
import pytest

import keras_resnets as kr
from keras_resnets.layers import classifier, conv_bn_relu
from tests.small_networks import SmallDenseNet, SmallPreActCifar, SmallPReLUNet, SmallResNet

PREACTIVATED = r"conv1_pre_bn|tail_bn"  # whose input is a sum, or is read by a shortcut or a later layer too


class Family(NamedTuple):
    """A small member of a family.

    Attributes:
        network: its name, or its builder.
        options: its builder's.
        size: of its images, in pixels.
        stays: the normalizations that no layer ahead of them can take, as a regular expression.
        slow: whether its tests are.
    """

    network: str | Callable[..., keras.Model]
    options: dict
    size: int = 32
    stays: str = "none"
    slow: bool = False


RESNEXT = {"depths": (1, 1, 1), "filters": 16, "cardinality": 4, "base_width": 4}
FAMILIES = {
    "small resnet": Family(SmallResNet, {"survival_probability": 0.5}, 16),
    "small preact_resnet": Family(
        SmallPreActCifar, {"survival_probability": 0.8}, 16, stays=rf"(?<!stage1_block1_)({PREACTIVATED})"
    ),
    "small resnext": Family("resnext29_8x64d", RESNEXT, 16),
    "small densenet": Family(SmallDenseNet, {"memory_efficient": True, "dropout": 0.2}, 16, stays=".*"),
    "plain": Family("plain20", {}, 16, slow=True),
    "resnet": Family("resnet20", {"shortcut": "A"}, 16, slow=True),
    "resnet, bottleneck": Family("resnet50", {}, slow=True),
    "resnet, stochastic depth": Family("resnet20", {"survival": 0.5}, 16, slow=True),
    "resnet, dilated": Family("resnet18", {"output_stride": 8}, slow=True),
    "preact_resnet": Family("preact_resnet18", {"survival": 0.8}, stays=PREACTIVATED, slow=True),
    "wide_resnet": Family(
        "wide_resnet16_8", {"dropout": 0.3}, 8, stays=rf"(?<!stage1_block1_)({PREACTIVATED})", slow=True
    ),
    "resnext": Family("resnext29_8x64d", {"cardinality": 4, "base_width": 4}, 16, slow=True),
    "densenet": Family("densenet40_12", {"memory_efficient": True, "dropout": 0.2}, 16, stays=".*", slow=True),
    "densenet, bottleneck": Family("densenet_bc100_12", {}, 16, stays=f"{PREACTIVATED}|transition_pre_bn", slow=True),
    "alexnet": Family("alexnet", {}, 63, slow=True),
    "alexnet, two groups": Family("alexnet", {"variant": "2012"}, 63, slow=True),
    "prelu_net": Family(SmallPReLUNet, {}, 32, slow=True),
    "zfnet": Family("zfnet", {}, 47, slow=True),
    "vgg": Family("vgg16_bn", {}, slow=True),
    "googlenet": Family("googlenet", {"aux": True, "local_response": True}, 79, slow=True),
    "googlenet, torchvision": Family("googlenet", {"aux": True, "variant": "torchvision"}, slow=True),
    "bn_inception": Family("bn_inception", {}, slow=True),
    "inception_v2": Family("inception_v2", {}, 75, slow=True),
    "inception_v3": Family("inception_v3", {}, 75, slow=True),
    "nin": Family("nin", {}, 16, slow=True),
    "dsn": Family("dsn", {"aux": True}, 16, slow=True),
    "highway": Family("highway19", {}, 16, slow=True),
    "maxout": Family("maxout", {}, 16, slow=True),
    "fitnet": Family("fitnet1", {}, 16, slow=True),
    "inception_resnet_v2": Family("inception_resnet_v2", {}, 75, slow=True),
}
EVERY_FAMILY = pytest.mark.parametrize(
    "family", [pytest.param(name, marks=pytest.mark.slow if family.slow else ()) for name, family in FAMILIES.items()]
)


def trained(family, rng, activation=None):
    """The family's network, with statistics, scales and shifts that are not those of a fresh one, and images."""
    network, options, size, *_ = FAMILIES[family]
    keras.utils.set_random_seed(0)
    build = functools.partial(kr.build, network) if isinstance(network, str) else network
    model = build(classes=7, input_shape=(size, size, 3), classifier_activation=activation, **options)
    train(model, rng)
    return model, rng.normal(size=(3, size, size, 3)).astype("float32")


def tiny(rng, activation=None):
    """A network of three layers for 16x16 pixels and seven classes, one of them grouped, and images."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((16, 16, 3), name="images")
    x = conv_bn_relu(inputs, 8, 3, 2, name="conv1")
    x = conv_bn_relu(x, 8, 3, groups=4, name="conv2")
    model = keras.Model(inputs, classifier(x, 7, activation, dropout=0.5, name="head"), name="tiny")
    train(model, rng)
    return model, rng.normal(size=(3, 16, 16, 3)).astype("float32")


def train(model, rng):
    """Give the model's normalizations and biases values that training could have given them."""
    for layer in model._flatten_layers(include_self=False):
        if isinstance(layer, keras.layers.BatchNormalization):
            channels = layer.gamma.shape
            layer.gamma.assign(rng.uniform(0.5, 1.5, channels))
            layer.beta.assign(rng.normal(0, 0.3, channels))
            layer.moving_mean.assign(rng.normal(0, 0.3, channels))
            layer.moving_variance.assign(rng.uniform(0.3, 2, channels))
        elif getattr(layer, "bias", None) is not None:
            layer.bias.assign_add(rng.normal(0, 0.1, layer.bias.shape))  # a gate's begins at -2
