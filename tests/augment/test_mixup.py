"""Erased boxes and mixtures against their definitions."""

import numpy as np
import pytest
import tensorflow as tf

from keras_resnets.augment import mixup

IMAGES = np.random.default_rng(0).random((4, 20, 30, 3)).astype(np.float32)
LABELS = tf.constant([0, 1, 2, 2])


def keys(count):
    return [tf.constant([0, k], tf.int64) for k in range(count)]


def test_boxes_are_erased_as_often_and_as_large_as_the_paper_says():
    image = tf.ones([60, 80, 3])
    erase = tf.function(lambda key: mixup.erase(image, key, 0.5)[..., 0])
    erased = [erase(key).numpy() == 0 for key in keys(800)]
    boxes = [box for box in erased if box.any()]
    assert 0.42 < len(boxes) / len(erased) < 0.58
    for box in boxes:
        rows, columns = np.flatnonzero(box.any(1)), np.flatnonzero(box.any(0))
        assert box.sum() == len(rows) * len(columns), "not a box"
        assert 0.018 < box.mean() < 0.35 and 0.25 < len(rows) / len(columns) < 3.7
    assert abs(np.mean([box.mean() for box in boxes]) - 0.17) < 0.02
    np.testing.assert_array_equal(mixup.erase(image, keys(1)[0], 0.0), image)


def test_a_square_is_cut_out_around_a_uniform_centre():
    image = tf.ones([12, 16, 3])
    cut = tf.function(lambda key: mixup.cut_out(image, key, 4)[..., 0])
    expected = {}
    for y, x in np.ndindex(12, 16):
        whole = np.ones((12, 16))
        whole[max(y - 2, 0) : y + 2, max(x - 2, 0) : x + 2] = 0
        expected[whole.tobytes()] = (y, x)
    centres = np.array([expected[cut(key).numpy().astype(float).tobytes()] for key in keys(600)])
    for axis, count in ((0, 12), (1, 16)):
        np.testing.assert_allclose(np.bincount(centres[:, axis], minlength=count) / 600, 1 / count, atol=0.05)


def test_mixup_is_a_sum_of_pairs_and_of_their_labels():
    for key in keys(5):
        images, shares = (part.numpy() for part in mixup.mix(tf.constant(IMAGES), LABELS, key, 3, 0.2, 0.0))
        own = shares[0, 0]  # the first is of class 0, its pair of class 2
        np.testing.assert_allclose(images, own * IMAGES + (1 - own) * IMAGES[::-1], atol=1e-5)
        np.testing.assert_allclose(
            shares, own * np.eye(3)[[0, 1, 2, 2]] + (1 - own) * np.eye(3)[[2, 2, 1, 0]], atol=1e-6
        )


def test_cutmix_counts_the_pixels_that_are_left():
    for key in keys(12):
        images, shares = (part.numpy() for part in mixup.mix(tf.constant(IMAGES), LABELS, key, 3, 0.0, 1.0))
        own = np.all(images == IMAGES, axis=-1)
        assert np.all(own | np.all(images == IMAGES[::-1], axis=-1))
        np.testing.assert_allclose(shares[0, 0], own[0].mean(), atol=1e-5)
        np.testing.assert_allclose(shares.sum(1), 1, atol=1e-6)


@pytest.mark.parametrize("place, rows, columns", [((0.5, 0.5), (5, 15), (8, 22)), ((0.0, 0.99), (0, 5), (22, 30))])
def test_a_box_has_its_share_of_the_area_where_it_is_not_cut_off(place, rows, columns):
    images, own = mixup.cut_in(tf.zeros([1, 20, 30, 1]), tf.ones([1, 20, 30, 1]), tf.constant(0.75), tf.constant(place))
    expected = np.zeros((20, 30))
    expected[slice(*rows), slice(*columns)] = 1
    np.testing.assert_array_equal(images[0, ..., 0], expected)
    assert float(own) == pytest.approx(1 - expected.mean())


def test_one_of_the_two_is_taken_by_chance():
    mix = tf.function(lambda key: mixup.mix(tf.constant(IMAGES), LABELS, key, 3, 0.2, 1.0)[0])
    cut = [np.all((image == IMAGES) | (image == IMAGES[::-1])) for image in (mix(key).numpy() for key in keys(60))]
    assert 15 < sum(cut) < 45


@pytest.mark.parametrize("alpha", [0.2, 1.0])
def test_shares_are_of_the_beta_distribution(alpha):
    draw = tf.function(lambda: tf.map_fn(lambda key: mixup.beta(key, alpha), tf.stack(keys(4000)), tf.float32))
    found = draw().numpy()
    # Beta(a, a): mean 1/2, variance 1 / (4 (2 a + 1)).
    assert found.mean() == pytest.approx(0.5, abs=0.03)
    assert found.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.06)
