"""The crop against a naive definition, and the draw against its distribution."""

import numpy as np
import pytest
import tensorflow as tf

from keras_resnets.augment.pad_crop_flip import draw, pad_crop_flip
from keras_resnets.data import Augmentation


def naive_pad_crop_flip(images, offsets, flips, pad):
    height, width = images.shape[1:3]
    crops = []
    for image, (top, left), flip in zip(images, offsets, flips, strict=True):
        padded = np.pad(image, ((pad, pad), (pad, pad), (0, 0)))
        crop = padded[top : top + height, left : left + width]
        crops.append(crop[:, ::-1] if flip else crop)
    return np.stack(crops)


@pytest.mark.parametrize("shape", [(32, 32, 3), (8, 8, 1), (5, 9, 2)])
@pytest.mark.parametrize("pad", [0, 1, 4])
def test_crops_equal_the_naive_definition(shape, pad):
    random = np.random.default_rng(pad)
    images = random.normal(size=(64, *shape)).astype(np.float32)
    offsets = random.integers(0, 2 * pad + 1, (64, 2)).astype(np.int32)
    offsets[0], offsets[1] = 0, 2 * pad
    flips = random.random(64) < 0.5
    crops = pad_crop_flip(tf.constant(images), tf.constant(offsets), tf.constant(flips), pad)
    np.testing.assert_array_equal(crops, naive_pad_crop_flip(images, offsets, flips, pad))


def test_offsets_and_flips_are_uniform_and_independent():
    count = 81_000
    offsets, flips = draw(tf.constant([0, 1], tf.int64), count, Augmentation(pad=4))
    offsets, flips = offsets.numpy(), flips.numpy()
    cells = np.zeros((9, 9, 2))
    np.add.at(cells, (offsets[:, 0], offsets[:, 1], flips.astype(int)), 1)
    expected = count / cells.size
    # Chi-squared with 161 degrees of freedom: mean 161, standard deviation 18.
    assert 161 - 5 * 18 < ((cells - expected) ** 2 / expected).sum() < 161 + 5 * 18


def test_what_is_not_wanted_is_not_drawn():
    offsets, flips = draw(tf.constant([3, 4], tf.int64), 500, Augmentation(pad=0, flip=False))
    assert not np.any(offsets)
    assert not np.any(flips)


def test_the_key_decides():
    def drawn(key):
        offsets, flips = draw(tf.constant(key, tf.int64), 200, Augmentation())
        return np.column_stack([offsets, flips])

    np.testing.assert_array_equal(drawn([1, 2]), drawn([1, 2]))
    assert np.any(drawn([1, 2]) != drawn([1, 3]))
    assert np.any(drawn([1, 2]) != drawn([2, 2]))


def test_zeros_are_padded_to_what_the_network_sees():
    # The border is the mean: 0 once the mean is subtracted (He et al. 2015; fb.resnet.torch).
    images = tf.fill([256, 4, 4, 1], 0.25)
    values = set(np.unique(Augmentation(pad=2)(images, tf.constant([0, 0], tf.int64))))
    assert values == {0.0, 0.25}


@pytest.mark.parametrize("pad", [-1, float("nan"), 2.5])
def test_a_pad_that_is_no_number_of_pixels_is_refused(pad):
    with pytest.raises(ValueError, match=f"pad must be an integer of at least 0, not {pad}"):
        Augmentation(pad=pad)
