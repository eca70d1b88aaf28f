"""Losses against PyTorch's figures and NumPy's formulas."""

import keras
import numpy as np
import pytest

from keras_resnets.training import BinaryCrossEntropy, SmoothedCrossEntropy, recipes
from keras_resnets.training.losses import loss

LOGITS = np.array(
    [
        [1.764, 0.4, 0.979, 2.241, 1.868],
        [-0.977, 0.95, -0.151, -0.103, 0.411],
        [0.144, 1.454, 0.761, 0.122, 0.444],
        [0.334, 1.494, -0.205, 0.313, -0.854],
    ],
    "float32",
)
LABELS = np.array([0, 3, 4, 1])
MIXED = np.array(
    [
        [0.008, 0.569, 0.059, 0.364, 0.0],
        [0.083, 0.79, 0.014, 0.111, 0.002],
        [0.042957, 0.306693, 0.010989, 0.482517, 0.156843],
        [0.001998, 0.002997, 0.463536, 0.519481, 0.011988],
    ],
    "float32",
)


# PyTorch 2.13: cross_entropy(label_smoothing=0.1), and binary_cross_entropy_with_logits of targets made as timm makes
# them: on = 1 - 0.1 + 0.1 / 5, off = 0.1 / 5, or 1 above the threshold and 0 below.
@pytest.mark.parametrize(
    "function, labels, expected",
    [
        (SmoothedCrossEntropy(0.1), LABELS, 1.5199501),
        (SmoothedCrossEntropy(0.1), MIXED, 1.7844721),
        (BinaryCrossEntropy(0.1), LABELS, 0.9227031),
        (BinaryCrossEntropy(threshold=0.2), MIXED, 0.8322971),
    ],
)
def test_losses_are_pytorchs(function, labels, expected):
    assert float(function(labels, LOGITS)) == pytest.approx(expected, rel=1e-5)


def test_without_smoothing_it_is_the_cross_entropy():
    likelihood = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
    expected = -np.log(likelihood[range(4), LABELS]).mean()
    for function in (loss(recipes.CrossEntropy()), SmoothedCrossEntropy(0.0)):
        assert float(function(LABELS, LOGITS)) == pytest.approx(expected, rel=1e-5)


def test_class_numbers_and_one_hot_labels_mean_the_same():
    for function in (SmoothedCrossEntropy(0.1), BinaryCrossEntropy(0.1, 0.2)):
        expected = float(function(LABELS, LOGITS))
        assert float(function(np.eye(5, dtype="float32")[LABELS], LOGITS)) == pytest.approx(expected)
        assert float(function(LABELS[:, None], LOGITS)) == pytest.approx(expected)


@pytest.mark.parametrize("function", [SmoothedCrossEntropy(0.2), BinaryCrossEntropy(0.1, 0.2)])
def test_losses_survive_serialization(function):
    again = keras.losses.deserialize(keras.losses.serialize(function))
    assert type(again) is type(function)
    assert again.get_config() == function.get_config()


@pytest.mark.parametrize(
    "part, kind",
    [
        (recipes.CrossEntropy(), keras.losses.SparseCategoricalCrossentropy),
        (recipes.CrossEntropy(label_smoothing=0.1), SmoothedCrossEntropy),
        (recipes.BinaryCrossEntropy(), BinaryCrossEntropy),
    ],
)
def test_recipes_name_their_losses(part, kind):
    assert type(loss(part)) is kind
