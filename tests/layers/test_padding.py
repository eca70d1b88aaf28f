"""Padding ahead of a max pool whose input may be negative."""

import re

import keras
import numpy as np
import pytest

from keras_resnets.layers import MirrorPadding2D, max_pool


@pytest.mark.parametrize("size", [3, 5])
@pytest.mark.parametrize("shape", [(6, 7), (5, 8), (2, 3)])
def test_a_signed_max_pool_is_the_one_padded_with_minus_infinity(size, shape, rng):
    images = rng.normal(-3.0, 1.0, size=(2, *shape, 4)).astype("float32")
    inputs = keras.Input((None, None, 4))
    model = keras.Model(inputs, max_pool(inputs, size, 2, signed=True, name="pool"))
    margin = size // 2
    padded = np.pad(images, ((0, 0), (margin, margin), (margin, margin), (0, 0)), constant_values=-np.inf)
    rows, columns = (range(0, n, 2) for n in shape)
    expected = [[padded[:, i : i + size, j : j + size].max(axis=(1, 2)) for j in columns] for i in rows]
    np.testing.assert_array_equal(np.asarray(model(images)), np.transpose(expected, (2, 0, 1, 3)))


def test_shape_and_configuration(rng):
    layer = MirrorPadding2D(2)
    assert layer.compute_output_shape((None, None, 5, 3)) == (None, None, 9, 3)
    images = rng.normal(size=(1, 4, 5, 3)).astype("float32")
    again = MirrorPadding2D.from_config(layer.get_config())
    np.testing.assert_array_equal(
        np.asarray(again(images)), np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)), "symmetric")
    )


def test_margins_of_the_end_alone(rng):
    layer = MirrorPadding2D((0, 1))
    assert layer.compute_output_shape((None, None, 5, 3)) == (None, None, 6, 3)
    images = rng.normal(size=(1, 4, 5, 3)).astype("float32")
    again = MirrorPadding2D.from_config(layer.get_config())
    np.testing.assert_array_equal(
        np.asarray(again(images)), np.pad(images, ((0, 0), (0, 1), (0, 1), (0, 0)), "symmetric")
    )


@pytest.mark.parametrize("margin", [0, (0, 0), (2, -1)])
def test_no_margin_is_refused(margin):
    with pytest.raises(ValueError, match=re.escape(f"margin of at least 1, not {margin}")):
        MirrorPadding2D(margin)
