"""The words of the recipes, and what comes of them."""

import numpy as np
import pytest
import tensorflow as tf

from keras_resnets.data import ImageTransform


@pytest.mark.parametrize(
    "text, expected",
    [
        ("area 8 to 100 %, aspect 3/4 to 4/3, 224 crop, flip", ImageTransform()),
        (
            "shorter side in [256, 480], 224 crop, flip, per-pixel mean, PCA colour",
            ImageTransform(224, None, shorter_side=(256, 480), pca=0.1, mean="pixel"),
        ),
        (
            "area 8 to 100 %, aspect 3/4 to 4/3, 299 crop, flip, photometric distortions",
            ImageTransform(299, jitter=0.5, pca=0.1),
        ),
        (
            "area 8 to 100 %, aspect 3/4 to 4/3, 176 crop, flip, TrivialAugment wide, random erasing 0.1, mixup 0.2 or "
            "CutMix 1.0, 4 repeats",
            ImageTransform(176, policy="trivial", erasing=0.1, mixup=0.2, cutmix=1.0, repeats=4),
        ),
        (
            "area 8 to 100 %, 160 crop, flip, RandAugment 6 / 0.5, mixup 0.1",
            ImageTransform(160, policy="rand", magnitude=(6.0, 0.5), mixup=0.1),
        ),
        ("area 35 to 100 %, 32 crop, colour jitter", ImageTransform(32, (0.35, 1.0), flip=False, jitter=0.4)),
        ("padding 4, 32 crop, flip, cutout 16", ImageTransform(32, None, pad=4, cutout=16, centre=1.0)),
        ("area 8 to 100 %, flip, centre 95 %", ImageTransform(centre=0.95)),
    ],
)
def test_words_mean_a_record(text, expected):
    assert ImageTransform.parse(text) == expected


@pytest.mark.parametrize(
    "text, words",
    [
        ("area 8 to 100 %, flp", "Unknown augmentation 'flp'.*did you mean 'flip'"),
        ("224 crop, flip", "lacks the crop"),
        ("area 8 to 200 %", "up to 1"),
        ("shorter side in [100, 200], 224 crop", "at least the size, 224"),
    ],
)
def test_words_that_mean_nothing_are_told(text, words):
    with pytest.raises(ValueError, match=words):
        ImageTransform.parse(text)


@pytest.mark.parametrize(
    "values, words",
    [
        ({"size": 0}, "size must be a positive integer"),
        ({"shorter_side": (256, 480)}, "or padding"),
        ({"area": None, "pad": -1}, "pad counts pixels"),
        ({"cutout": -1}, "cutout"),
        ({"centre": 0.0}, "centre is a share"),
        ({"area": (0.5, 0.1)}, "the least first"),
        ({"aspect": (0.0, 1.0)}, "above 0"),
        ({"jitter": 2.0}, "jitter is 0 to 1"),
        ({"policy": "auto"}, "Unknown policy"),
        ({"mixup": -1.0}, "0 or more"),
        ({"repeats": 0}, "repeats must be a positive integer"),
        ({"mean": "image"}, "Unknown mean"),
        ({"jitter": float("nan")}, "jitter must be finite, not nan"),
        ({"pca": float("inf")}, "pca must be finite, not inf"),
        ({"magnitude": (7.0, float("nan"))}, "magnitude must be finite"),
    ],
)
def test_values_out_of_range_are_refused(values, words):
    with pytest.raises(ValueError, match=words):
        ImageTransform(**values)


def test_the_test_takes_the_centre_of_the_papers_side():
    assert [ImageTransform(size).test_side for size in (224, 299, 32)] == [256, 342, 37]
    assert ImageTransform(224, centre=0.95).test_side == 236


def test_half_of_the_images_are_mirrored():
    image = np.random.default_rng(0).random((4, 4, 3)).astype(np.float32)
    change = tf.function(lambda key: ImageTransform(4).change(tf.constant(image), key))
    found = [change(tf.constant([0, k], tf.int64)).numpy() for k in range(400)]
    mirrored = [np.array_equal(one, image[:, ::-1]) for one in found]
    assert all(flipped or np.array_equal(one, image) for one, flipped in zip(found, mirrored, strict=True))
    assert 150 < sum(mirrored) < 250
