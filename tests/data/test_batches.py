"""Batches: every image, in fresh orders, the same again from any step."""

import itertools

import numpy as np
import pytest

from keras_resnets import data

COUNT, BATCH = 50, 8
STEPS = COUNT // BATCH


@pytest.fixture(scope="module")
def split():
    """Images that tell which they are: the label is the image's number."""
    pixels = np.random.default_rng(0).integers(0, 256, (COUNT, 6, 6, 3), dtype=np.uint8)
    return data.Split(pixels, np.arange(COUNT))


def batches(split, count, **options):
    stream = data.training_batches(split, BATCH, **options)
    return [(inputs.numpy(), labels.numpy()) for inputs, labels in itertools.islice(stream, count)]


def assert_same(first, second):
    assert len(first) == len(second)
    for (inputs, labels), (other_inputs, other_labels) in zip(first, second, strict=True):
        np.testing.assert_array_equal(inputs, other_inputs)
        np.testing.assert_array_equal(labels, other_labels)


def test_batches_are_full_and_typed(split):
    stream = data.training_batches(split, BATCH, augmentation=data.Augmentation())
    inputs, labels = stream.element_spec
    assert (inputs.shape, inputs.dtype.name) == ((BATCH, 6, 6, 3), "float32")
    assert (labels.shape, labels.dtype.name) == ((BATCH,), "int64")
    assert stream.cardinality() == -1  # tf.data.INFINITE_CARDINALITY


def test_each_epoch_is_a_fresh_order_of_distinct_images(split):
    orders = np.concatenate([labels for _, labels in batches(split, 4 * STEPS)]).reshape(4, STEPS * BATCH)
    for order in orders:
        assert len(set(order.tolist())) == STEPS * BATCH
    for first, second in itertools.combinations(orders, 2):
        assert np.mean(first == second) < 0.2


def test_what_an_epoch_leaves_out_differs(split):
    seen = [labels for _, labels in batches(split, 20 * STEPS)]
    assert set(np.concatenate(seen).tolist()) == set(range(COUNT))


def test_an_order_is_drawn_without_preference(split):
    firsts = np.array([labels[0] for _, labels in batches(split, 600 * STEPS)[::STEPS]])
    counts = np.bincount(firsts, minlength=COUNT)
    # Chi-squared with 49 degrees of freedom: mean 49, standard deviation 9.9.
    assert 49 - 5 * 9.9 < ((counts - 12) ** 2 / 12).sum() < 49 + 5 * 9.9


@pytest.mark.parametrize(
    "start", [STEPS, 3 * STEPS + 2, *(pytest.param(k, marks=pytest.mark.slow) for k in (1, STEPS - 1, STEPS + 1))]
)
def test_a_stream_from_a_later_step_is_the_rest_of_the_stream(split, start):
    options = {"augmentation": data.Augmentation(pad=2), "seed": 5}
    assert_same(
        batches(split, 4 * STEPS, **options)[start:],
        batches(split, 4 * STEPS - start, start=start, **options),
    )


def test_a_far_start_takes_no_longer_than_a_near_one(split):
    ((inputs, _),) = batches(split, 1, start=10**9, augmentation=data.Augmentation())
    assert inputs.shape == (BATCH, 6, 6, 3)


def test_the_seed_decides(split):
    options = {"augmentation": data.Augmentation(pad=2)}
    first = batches(split, STEPS, seed=1, **options)
    assert_same(first, batches(split, STEPS, seed=1, **options))
    assert np.any(first[0][1] != batches(split, 1, seed=2, **options)[0][1])


def test_crops_differ_from_epoch_to_epoch(split):
    image = np.full((BATCH, 6, 6, 1), 255, np.uint8)
    same = data.Split(image, np.zeros(BATCH, int))
    stream = data.training_batches(same, BATCH, augmentation=data.Augmentation(pad=2))
    first, second = (inputs.numpy() for inputs, _ in itertools.islice(stream, 2))
    assert np.any(first != second)


def test_inputs_are_pixels_over_255_less_the_mean(split):
    mean = data.per_pixel_mean(split)
    expected = split.images / np.float32(255) - mean
    for inputs, labels in batches(split, STEPS, mean=mean):
        np.testing.assert_allclose(inputs, expected[labels], atol=1e-6)


def test_tests_are_in_order_and_complete(split):
    mean = data.per_pixel_mean(split)
    stream = data.test_batches(split, 16, mean=mean)
    assert stream.cardinality() == 4
    inputs, labels = (np.concatenate(parts) for parts in zip(*stream.as_numpy_iterator(), strict=True))
    np.testing.assert_array_equal(labels, split.labels)
    np.testing.assert_allclose(inputs, split.images / np.float32(255) - mean, atol=1e-6)


def test_tests_are_filled_up_for_devices_that_split_evenly(split):
    stream = list(data.test_batches(split, 16, multiple=8).as_numpy_iterator())
    assert [len(labels) for _, labels, _ in stream[:-1]] == [16] * (COUNT // 16)
    assert len(stream[-1][1]) % 8 == 0 and len(stream[-1][1]) - COUNT % 16 < 8
    labels, weights = (np.concatenate(parts) for parts in list(zip(*stream, strict=True))[1:])
    np.testing.assert_array_equal(labels[weights == 1], split.labels)
    assert weights.sum() == COUNT < len(weights)
    assert (labels[weights == 0] == split.labels[-1]).all()


def test_steps_per_epoch_agree(split):
    assert data.steps_per_epoch(split, BATCH) == STEPS
    assert data.steps_per_epoch(split, COUNT) == 1


@pytest.mark.parametrize("size", [0, COUNT + 1])
def test_an_impossible_batch_is_refused(split, size):
    with pytest.raises(ValueError, match=f"1 to {COUNT} images.*not {size}"):
        data.training_batches(split, size)


def test_an_empty_test_batch_is_refused(split):
    with pytest.raises(ValueError, match="must have 1 image or more, not 0"):
        data.test_batches(split, 0)


def test_a_test_batch_that_does_not_split_is_refused(split):
    with pytest.raises(ValueError, match="batch of 15 images is not a multiple of 4"):
        data.test_batches(split, 15, multiple=4)


def test_a_negative_start_is_refused(split):
    with pytest.raises(ValueError, match="start must be an integer of at least 0, not -1"):
        data.training_batches(split, BATCH, start=-1)


@pytest.mark.parametrize("make", [data.training_batches, data.test_batches])
def test_a_mean_of_another_shape_is_refused(split, make):
    with pytest.raises(ValueError, match=r"\(6, 6, 3\).*\(3,\)"):
        make(split, BATCH, mean=np.zeros(3))
