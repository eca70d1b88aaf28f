"""Residual Inception modules (Szegedy et al. 2016, arXiv 1602.07261)."""

import keras
import numpy as np
import pytest

from keras_resnets.blocks import inception_residual as blocks


def model_of(block, shape, **options):
    inputs = keras.Input(shape)
    return keras.Model(inputs, block(inputs, name="block", **options))


@pytest.mark.parametrize("branches", [blocks.INCEPTION_RESNET_A, blocks.INCEPTION_RESNET_B, blocks.INCEPTION_RESNET_C])
def test_the_residual_is_scaled_before_the_sum(branches, rng):
    images = rng.normal(size=(2, 9, 9, 16)).astype("float32")
    whole = model_of(blocks.scaled_residual, images.shape[1:], branches=branches, scale=1.0)
    scaled = model_of(blocks.scaled_residual, images.shape[1:], branches=branches, scale=0.17)
    activated = model_of(blocks.inception_residual, images.shape[1:], branches=branches, scale=0.17)
    for model in (scaled, activated):
        model.set_weights(whole.get_weights())
    residual = np.asarray(whole(images)) - images
    assert np.abs(residual).max() > 0.1
    np.testing.assert_allclose(np.asarray(scaled(images)), images + 0.17 * residual, atol=1e-5)
    np.testing.assert_allclose(np.asarray(activated(images)), np.maximum(images + 0.17 * residual, 0), atol=1e-5)


def test_the_last_reduction_gives_8x8():
    assert model_of(blocks.residual_reduction_b, (17, 17, 1088)).output_shape == (None, 8, 8, 2080)
