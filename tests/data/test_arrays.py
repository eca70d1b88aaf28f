"""Splits and sets say what is wrong with the arrays that they are given."""

import numpy as np
import pytest

from keras_resnets.data import Augmentation, ImageSet, ImageTransform, Split, per_pixel_mean


def images(count, shape=(4, 4, 1)):
    return np.zeros((count, *shape), np.uint8)


def image_set(train, test):
    return ImageSet("toy", ("cat", "dog"), train, test, Augmentation())


@pytest.mark.parametrize(
    ("pixels", "labels", "error", "sentence"),
    [
        (np.zeros((3, 4, 4), np.uint8), [0, 0, 0], ValueError, r"\[n, h, w, c\].*\(3, 4, 4\)"),
        (images(0), np.zeros(0, int), ValueError, "array of images is empty"),
        (images(3).astype(np.float32), [0, 0, 0], TypeError, "uint8.*float32"),
        (images(3), [0, 0], ValueError, r"3 images.*\(2,\)"),
        (images(3), [[0], [0], [0]], ValueError, r"3 images.*\(3, 1\)"),
        (images(3), [0.0, 1.0, 2.0], TypeError, "integers.*float64"),
    ],
)
def test_a_split_refuses(pixels, labels, error, sentence):
    with pytest.raises(error, match=sentence):
        Split(pixels, np.asarray(labels))


def test_a_split_keeps_int64_labels():
    split = Split(images(2), np.array([1, 0], np.uint8))
    assert split.labels.dtype == np.int64
    assert len(split) == 2


@pytest.mark.parametrize(("wrong", "part"), [(2, "training"), (-1, "training"), (7, "test")])
def test_a_label_out_of_range_is_named(wrong, part):
    good, bad = Split(images(2), np.array([0, 1])), Split(images(2), np.array([0, wrong]))
    with pytest.raises(ValueError, match=f"{part} labels of toy include {wrong}.*0 to 1"):
        image_set(*((bad, good) if part == "training" else (good, bad)))


def test_splits_of_different_shapes_are_refused():
    with pytest.raises(ValueError, match=r"\(4, 4, 1\).*\(5, 4, 1\)"):
        image_set(Split(images(1), np.array([0])), Split(images(1, (5, 4, 1)), np.array([0])))


def test_words_give_images_in_memory_another_augmentation():
    found = image_set(Split(images(2), np.array([0, 0])), Split(images(1), np.array([0]))).augmented(
        "padding 1, 4 crop, mixup 0.2"
    )
    assert found.augmentation == ImageTransform(4, None, pad=1, flip=False, mixup=0.2, centre=1.0)
    assert found.train.classes == 2, "those of the names, not of the labels"
    assert found.augmented("dataset") is found


@pytest.mark.parametrize(
    "words, sentence",
    [
        ("area 8 to 100 %, 224 crop", "keep their size, 4 x 4, and are not cut to 224 x 224"),
        ("padding 1, 4 crop, colour jitter", "changed of RGB images, and these have 1 channel"),
    ],
)
def test_what_does_not_suit_images_in_memory_is_refused(words, sentence):
    one = Split(images(1), np.array([0]))
    with pytest.raises(ValueError, match=sentence):
        image_set(one, one).augmented(words)


def test_per_pixel_mean_is_the_mean_of_pixels_over_255():
    pixels = np.random.default_rng(0).integers(0, 256, (700, 3, 5, 2), dtype=np.uint8)
    mean = per_pixel_mean(Split(pixels, np.zeros(700, int)))
    assert mean.dtype == np.float32
    np.testing.assert_allclose(mean, (pixels.astype(np.float64) / 255).sum(0) / 700, rtol=1e-6)


def test_a_set_is_one_short_line():
    split = Split(np.zeros((3, 8, 8, 1), np.uint8), np.arange(3))
    found = ImageSet("digits", ("a", "b", "c"), split, split, Augmentation(0, flip=False))
    assert repr(found) == "ImageSet('digits', 3 training and 3 test images 8x8x1, 3 classes)"
    assert repr(found.train) == "Split(3 images 8x8x1, 3 classes)"
