"""Random draws of the streams, written out anew: a run of an earlier version must resume exactly."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from keras_resnets import data
from keras_resnets.data.stream import Stream, batches_of_indices, standardizer
from tests.data.pictures import folder


def fold_in(key, *numbers):
    for number in numbers:
        key = tf.random.fold_in(key, tf.constant(number, tf.int64), alg="philox")
    return key


def order(seed, epoch, count):
    """The documented order of a pass, of the first of the seed's keys."""
    first = tf.random.split(tf.constant([seed, 0], tf.int64), 2, alg="philox")[0]
    return tf.random.experimental.stateless_shuffle(tf.range(count), fold_in(first, epoch), alg="philox").numpy()


@pytest.fixture(scope="module")
def split():
    pixels = np.random.default_rng(0).integers(0, 256, (10, 6, 6, 3), dtype=np.uint8)
    return data.Split(pixels, np.arange(10))


def test_indices_are_those_of_earlier_versions():
    found = [batch.tolist() for batch in batches_of_indices(10, Stream(4, seed=7)).take(4).as_numpy_iterator()]
    assert found == [[6, 3, 1, 8], [5, 9, 4, 2], [6, 0, 3, 1], [8, 7, 9, 5]]


@pytest.mark.parametrize("repeats, start", [(1, 0), (1, 5), (3, 0), (3, 5)])
def test_indices_are_the_shuffled_passes(repeats, start):
    stream = batches_of_indices(11, Stream(4, seed=3, start=start), repeats)
    passes = [order(3, epoch, 11).repeat(repeats)[:8].reshape(2, 4) for epoch in range(5)]
    np.testing.assert_array_equal(list(stream.take(4).as_numpy_iterator()), np.concatenate(passes)[start : start + 4])


def test_arrays_and_files_share_the_order(split, tmp_path):
    files = data.from_folder(folder(tmp_path / "pets"), augmentation=data.ImageTransform(8)).train
    numbered = data.FileSplit(**{**vars(files), "labels": np.arange(len(files)), "classes": len(files)})
    arrays = data.Split(np.zeros((len(files), 8, 8, 3), np.uint8), np.arange(len(files)))
    streams = [data.training_batches(one, 5, seed=2, start=2).take(4) for one in (numbered, arrays)]
    first, second = ([labels.tolist() for _, labels in stream.as_numpy_iterator()] for stream in streams)
    assert first == second and len({*itertools.chain(*first[1:4])}) == 15


def test_a_batch_of_arrays_is_padded_by_the_key_of_its_step(split):
    mean, chosen = data.per_pixel_mean(split), data.Augmentation(pad=2)
    crop_key = tf.random.split(tf.constant([5, 0], tf.int64), 2, alg="philox")[1]
    stream = data.training_batches(split, 4, mean=mean, augmentation=chosen, seed=5, start=1)
    for step, (images, labels) in zip((1, 2, 3), stream.as_numpy_iterator(), strict=False):
        plain = split.images[labels].astype(np.float32) / np.float32(255) - mean
        np.testing.assert_array_equal(images, chosen(tf.constant(plain), fold_in(crop_key, step)))


def test_an_image_is_changed_by_the_key_of_its_step_and_position(split):
    mean, chosen = data.per_pixel_mean(split), data.ImageTransform(6, None, pad=0, jitter=0.4, cutout=2)
    crop_key = tf.random.split(tf.constant([5, 0], tf.int64), 3, alg="philox")[1]
    stream = data.training_batches(split, 4, mean=mean, augmentation=chosen, seed=5, start=1)
    images, labels = next(stream.as_numpy_iterator())
    for position, (image, label) in enumerate(zip(images, labels, strict=True)):
        whole = tf.constant(split.images[label] / np.float32(255))
        keys = [fold_in(crop_key, 1, position, purpose) for purpose in (1, 2)]
        expected = chosen.erase(chosen.change(whole, keys[0]) - mean, keys[1])
        np.testing.assert_allclose(image, expected, atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 4, 3)])
def test_pixels_are_divided_and_the_mean_is_subtracted_exactly(shape):
    levels = np.arange(256, dtype=np.uint8)
    pixels = np.resize(levels, (11, 2, 4, 3))
    mean = np.random.default_rng(1).random(shape, np.float32)
    found = standardizer(mean, (2, 4, 3))(tf.constant(pixels))
    np.testing.assert_array_equal(found, pixels.astype(np.float32) / np.float32(255) - mean)


@pytest.mark.parametrize("shape", [(3,), (4, 2, 3), (1, 1, 1)])
def test_a_mean_of_another_shape_is_refused(split, shape):
    with pytest.raises(ValueError, match=r"must have the shape \(1, 1, 3\) or \(6, 6, 3\), not \("):
        data.training_batches(split, 4, mean=np.zeros(shape))
