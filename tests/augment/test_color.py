"""Colours against their definitions in NumPy."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from keras_resnets.augment import color

IMAGE = np.random.default_rng(0).random((6, 5, 3)).astype(np.float32)
KEY = tf.constant([1, 2], tf.int64)


def luma(image):
    return image @ np.array([0.299, 0.587, 0.114])


def naive(image, which, factor):
    """A blend, as fb.resnet.torch's ColorJitter has it."""
    gray = luma(image)[..., None]
    base = [0.0, gray.mean(), gray][which]
    return image * factor + base * (1 - factor)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_blends_equal_the_definition(order):
    factors = [0.7, 1.3, 0.6]
    expected = IMAGE.astype(float)
    for which in order:
        expected = naive(expected, which, factors[which])
    found = color.in_order(tf.constant(IMAGE), tf.constant(order), tf.constant(factors))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_factors_and_orders_vary():
    # One gray pixel: only the brightness acts on it.
    gray = tf.fill([1, 1, 3], 0.5)
    jittered = tf.function(lambda key: color.jitter(gray, key, 0.4)[0, 0, 0])
    found = np.array([jittered(tf.constant([0, k], tf.int64)) for k in range(600)]) / 0.5
    assert found.min() > 0.599 and found.max() < 1.401
    np.testing.assert_allclose(np.histogram(found, 4, (0.6, 1.4))[0] / 600, 0.25, atol=0.08)
    np.testing.assert_array_equal(color.jitter(IMAGE, KEY), color.jitter(IMAGE, KEY))
    np.testing.assert_allclose(color.jitter(IMAGE, KEY, 0.0), IMAGE, atol=1e-6)


def test_pca_noise_is_one_colour_of_the_right_covariance():
    noise = tf.function(lambda key: color.pca_noise(tf.constant(IMAGE), key, 0.1) - IMAGE)
    added = np.array([noise(tf.constant([0, k], tf.int64)) for k in range(3000)])
    np.testing.assert_allclose(added, np.broadcast_to(added[:, :1, :1], added.shape), atol=1e-6)
    vectors, values = np.array(color.PRINCIPAL_COLOURS), np.array(color.PRINCIPAL_VALUES)
    expected = vectors @ np.diag((0.1 * values) ** 2) @ vectors.T
    np.testing.assert_allclose(np.cov(added[:, 0, 0].T), expected, rtol=0.15)


def test_the_principal_colours_are_orthonormal():
    vectors = np.array(color.PRINCIPAL_COLOURS)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(3), atol=1e-3)
