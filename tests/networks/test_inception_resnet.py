"""Inception-ResNet-v2 against the releases."""

import re

import keras
import pytest

import keras_resnets as kr
from keras_resnets.networks.abstract import abstract_init


@pytest.fixture(scope="module")
def model():
    with abstract_init():
        return kr.InceptionResNetV2()


@pytest.mark.parametrize(
    "layer, shape",
    [
        ("stem_pool2", (35, 35, 192)),
        ("stage1_block1_concat", (35, 35, 320)),
        ("stage1_block11_relu", (35, 35, 320)),
        ("stage2_block1_concat", (17, 17, 1088)),
        ("stage2_block21_relu", (17, 17, 1088)),
        ("stage3_block1_concat", (8, 8, 2080)),
        ("stage3_block11_add", (8, 8, 2080)),
        ("tail_conv_relu", (8, 8, 1536)),
    ],
)
def test_grids_and_channels(model, layer, shape):
    assert model.get_layer(layer).output.shape[1:] == shape


def test_residuals_are_scaled_by_their_stage_and_the_last_is_neither_scaled_nor_activated(model):
    scales = {}
    for layer in model.layers:
        if isinstance(layer, keras.layers.Rescaling):
            scales.setdefault(layer.name.split("_")[0], []).append(layer.scale)
    assert scales == {"stage1": [0.17] * 10, "stage2": [0.10] * 20, "stage3": [0.20] * 9 + [1.0]}
    activated = [layer.name for layer in model.layers if re.fullmatch(r"stage\d_block\d+_relu", layer.name)]
    assert len(activated) == 39
    assert "stage3_block11_relu" not in activated


def test_without_gammas_it_has_the_count_of_keras_applications(model):
    """keras.applications 3.15: 55,813,192."""
    gammas = sum(layer.gamma.shape[0] for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization))
    assert kr.complexity(model).trainable - gammas == 55_813_192


def test_small_images_are_refused():
    with pytest.raises(ValueError, match="inception_resnet_v2 needs images of at least 75x75 pixels, not 32x32"):
        kr.InceptionResNetV2(input_shape=(32, 32, 3))
