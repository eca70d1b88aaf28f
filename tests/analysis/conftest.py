"""Small residual networks whose every weight counts, and images for them."""

import keras
import numpy as np
import pytest

from keras_resnets.networks import preact_resnet, resnet
from keras_resnets.networks.assemble import assemble


def jolted(model, seed=0):
    """The model with normalizations away from their start, as training leaves them."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        kind = weight.path.rsplit("/")[-1]
        if kind in ("gamma", "moving_variance"):
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
        elif kind in ("beta", "moving_mean", "bias"):
            weight.assign(rng.normal(0, 0.3, weight.shape))
    return model


def tiny(kind="residual", n=2, **options):
    """A network of n basic blocks a stage, of images of 8x8; the same at each call."""
    keras.utils.set_random_seed(0)
    design = {
        "residual": lambda: resnet.basic_cifar("tiny", n, **options),
        "plain": lambda: resnet.plain_cifar("tiny", n),
        "preactivated": lambda: preact_resnet.basic_cifar("tiny", 6 * n + 2, **options),
    }[kind]()
    return jolted(assemble(design, input_shape=(8, 8, 3), classifier_activation=None))


@pytest.fixture
def pictures(rng):
    """Twenty images, uint8, and their labels."""
    return rng.integers(0, 256, (20, 8, 8, 3)).astype("uint8"), np.arange(20) % 10
