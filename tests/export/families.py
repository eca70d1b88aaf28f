"""One small network of each family, with weights as training leaves them."""

from typing import NamedTuple

import keras
import pytest

import keras_resnets as kr
from keras_resnets.layers import classifier, conv_bn_relu

PREACTIVATED = r"conv1_pre_bn|tail_bn"  # whose input is a sum, or is read by a shortcut or a later layer too


class Family(NamedTuple):
    """A small member of a family.

    Attributes:
        name: the network's.
        options: its builder's.
        size: of its images, in pixels.
        stays: the normalizations that no layer ahead of them can take, as a regular expression.
        slow: whether its tests are.
    """

    name: str
    options: dict
    size: int = 32
    stays: str = "none"
    slow: bool = False


FAMILIES = {
    "plain": Family("plain20", {}, 16, slow=True),
    "resnet": Family("resnet20", {"shortcut": "A"}, 16),
    "resnet, bottleneck": Family("resnet50", {}, slow=True),
    "resnet, stochastic depth": Family("resnet20", {"survival": 0.5}, 16),
    "resnet, dilated": Family("resnet18", {"output_stride": 8}, slow=True),
    "preact_resnet": Family("preact_resnet18", {"survival": 0.8}, stays=PREACTIVATED),
    "wide_resnet": Family(
        "wide_resnet16_8", {"dropout": 0.3}, 8, stays=rf"(?<!stage1_block1_)({PREACTIVATED})", slow=True
    ),
    "resnext": Family("resnext29_8x64d", {"cardinality": 4, "base_width": 4}, 16),
    "densenet": Family("densenet40_12", {"memory_efficient": True, "dropout": 0.2}, 16, stays=".*", slow=True),
    "densenet, bottleneck": Family("densenet_bc100_12", {}, 16, stays=f"{PREACTIVATED}|transition_pre_bn", slow=True),
    "alexnet": Family("alexnet", {}, 63, slow=True),
    "vgg": Family("vgg16_bn", {}, slow=True),
    "googlenet": Family("googlenet", {"aux": True, "local_response": True}, 79, slow=True),
    "googlenet, torchvision": Family("googlenet", {"aux": True, "variant": "torchvision"}, slow=True),
    "bn_inception": Family("bn_inception", {}, slow=True),
    "inception_v2": Family("inception_v2", {}, 75, slow=True),
    "inception_v3": Family("inception_v3", {}, 75, slow=True),
    "inception_resnet_v2": Family("inception_resnet_v2", {}, 75, slow=True),
}
EVERY_FAMILY = pytest.mark.parametrize(
    "family", [pytest.param(name, marks=pytest.mark.slow if family.slow else ()) for name, family in FAMILIES.items()]
)


def trained(family, rng, activation=None):
    """The family's network, with statistics, scales and shifts that are not those of a fresh one, and images."""
    name, options, size, *_ = FAMILIES[family]
    keras.utils.set_random_seed(0)
    model = kr.build(name, classes=7, input_shape=(size, size, 3), classifier_activation=activation, **options)
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
            layer.bias.assign(rng.normal(0, 0.1, layer.bias.shape))
