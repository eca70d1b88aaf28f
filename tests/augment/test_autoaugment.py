"""Each operation against Pillow's, and which are drawn how strongly."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageEnhance, ImageOps

from keras_resnets.augment import autoaugment
from tests.data.pictures import smooth

PIXELS = smooth(40, 60)
PICTURE = Image.fromarray(PIXELS)
IMAGE = tf.constant(PIXELS / 255, tf.float32)
BILINEAR = Image.Resampling.BILINEAR
KEYS = [tf.constant([0, k], tf.int64) for k in range(8)]


def moved(*matrix):
    return PICTURE.transform(PICTURE.size, Image.Transform.AFFINE, matrix, BILINEAR)


def added(below):
    return PICTURE.point([min(255, k + below) if k < 128 else k for k in range(256)] * 3)


@pytest.mark.parametrize(
    "act, amount, expected",
    [
        (autoaugment.brightness, 1.6, ImageEnhance.Brightness(PICTURE).enhance(1.6)),
        (autoaugment.saturation, 0.3, ImageEnhance.Color(PICTURE).enhance(0.3)),
        (autoaugment.contrast, 1.9, ImageEnhance.Contrast(PICTURE).enhance(1.9)),
        (autoaugment.sharpness, 0.01, ImageEnhance.Sharpness(PICTURE).enhance(0.01)),
        (autoaugment.sharpness, 1.99, ImageEnhance.Sharpness(PICTURE).enhance(1.99)),
        (autoaugment.posterize, 3.0, ImageOps.posterize(PICTURE, 3)),
        (autoaugment.solarize, 100.0, ImageOps.solarize(PICTURE, 100)),
        (autoaugment.solarize_add, 77.0, added(77)),
        (autoaugment.invert, 0.0, ImageOps.invert(PICTURE)),
        (autoaugment.autocontrast, 0.0, ImageOps.autocontrast(PICTURE)),
        (autoaugment.equalize, 0.0, ImageOps.equalize(PICTURE)),
        (autoaugment.unchanged, 0.0, PICTURE),
    ],
)
def test_colours_are_pillows(act, amount, expected):
    found = act(IMAGE, tf.constant(amount)) * 255
    np.testing.assert_allclose(found, np.asarray(expected, float), atol=1.6)  # Pillow rounds and cuts in between


@pytest.mark.parametrize(
    "act, amount, expected",
    [
        (autoaugment.shear_x, 0.4, moved(1, 0.4, 0, 0, 1, 0)),
        (autoaugment.shear_y, -0.3, moved(1, 0, 0, -0.3, 1, 0)),
        (autoaugment.translate_x, 7.0, moved(1, 0, 7, 0, 1, 0)),
        (autoaugment.translate_y, -5.0, moved(1, 0, 0, 0, 1, -5)),
        (autoaugment.rotate, 30.0, PICTURE.rotate(30, BILINEAR)),
        (autoaugment.rotate, -100.0, PICTURE.rotate(-100, BILINEAR)),
    ],
)
def test_places_are_pillows(act, amount, expected):
    found = act(IMAGE, tf.constant(amount)).numpy() * 255
    difference = np.abs(found - np.asarray(expected, float)).max(axis=-1)
    # At the edge of the moved image the two mix black in differently.
    assert np.median(difference) <= 1 and np.mean(difference > 3) < 0.06


def test_a_flat_image_stays():
    flat = tf.fill([5, 5, 3], 0.4)
    for act in (autoaugment.autocontrast, autoaugment.equalize):
        np.testing.assert_allclose(act(flat, 0.0), flat, atol=1e-6)


def test_the_widest_amounts_are_the_papers():
    """Müller & Hutter 2021, sec. 3: the wide search space."""
    full = {operation.act.__name__: operation.full for operation in autoaugment.trivial_operations()}
    assert len(full) == 14
    assert (full["rotate"], full["translate_x"], full["shear_y"], full["posterize"]) == (135, 32, 0.99, 2)


@pytest.mark.parametrize(
    "strength, turned, signed, expected", [(0.5, True, True, -1.0), (0.5, False, True, 3.0), (1.0, True, False, 5.0)]
)
def test_amounts_follow_strength_and_sign(strength, turned, signed, expected):
    telling = autoaugment.Operation(lambda image, amount: image * 0 + amount, none=1.0, full=5.0, signed=signed)
    found = autoaugment.apply(IMAGE, [telling, telling], tf.constant(1), tf.constant(strength), tf.constant(turned))
    np.testing.assert_allclose(found, expected)


def telling(operations):
    """The operations, each of which gives its number and its amount in place of an image."""
    return [
        replace(one, act=lambda image, amount, k=k: tf.stack([float(k), amount])) for k, one in enumerate(operations)
    ]


def test_trivial_augment_draws_evenly(monkeypatch):
    operations = telling(autoaugment.trivial_operations())
    monkeypatch.setattr(autoaugment, "trivial_operations", lambda: operations)
    draw = tf.function(lambda key: autoaugment.trivial_augment(IMAGE, key))
    found = np.array([draw(tf.constant([1, k], tf.int64)) for k in range(2000)])
    counts = np.bincount(found[:, 0].astype(int), minlength=14)
    # Chi-squared with 13 degrees of freedom: mean 13, standard deviation 5.1.
    assert ((counts - 2000 / 14) ** 2 / (2000 / 14)).sum() < 13 + 5 * 5.1
    turns = found[found[:, 0] == 5, 1]
    levels = np.abs(turns) / 4.5
    np.testing.assert_allclose(levels, np.rint(levels), atol=1e-4)
    assert levels.max() <= 30 and len(set(np.rint(levels))) > 24
    assert 0.3 < np.mean(turns > 0) < 0.7


@pytest.mark.parametrize(
    "act", [autoaugment.trivial_augment, lambda image, key: autoaugment.rand_augment(image, key, 7, 0.5)]
)
def test_a_key_decides(act):
    augmented = tf.function(lambda key: act(IMAGE, key))
    found = [augmented(key).numpy() for key in KEYS]
    np.testing.assert_array_equal(found[3], augmented(KEYS[3]))
    assert len({image.tobytes() for image in found}) > 3
    assert all(image.shape == (40, 60, 3) and image.min() >= 0 and image.max() <= 1 for image in found)


def test_rand_augment_leaves_a_quarter_alone():
    augmented = tf.function(lambda key: autoaugment.rand_augment(IMAGE, key, 7, 0.5))
    same = [np.array_equal(augmented(tf.constant([2, k], tf.int64)), IMAGE) for k in range(300)]
    assert 0.15 < np.mean(same) < 0.35
