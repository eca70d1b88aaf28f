"""Max pools whose last window is cut."""

import math

import keras
import numpy as np
import pytest

from keras_resnets.layers import max_pool


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("length", [3, 5, 6, 7, 8])
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("signed", [False, True])
def test_ceil_is_the_maximum_of_what_is_left_of_the_last_window(size, length, known, signed, rng):
    maps = np.abs(rng.normal(size=(2, length, length + 1, 3)).astype("float32"))
    maps = -maps if signed else maps
    inputs = keras.Input(maps.shape[1:] if known else (None, None, 3))
    model = keras.Model(inputs, max_pool(inputs, size, 2, padding="ceil", signed=signed, name="pool"))
    rows, columns = (math.ceil((n - size) / 2) + 1 for n in maps.shape[1:3])
    expected = [
        [maps[:, 2 * i : 2 * i + size, 2 * j : 2 * j + size].max(axis=(1, 2)) for j in range(columns)]
        for i in range(rows)
    ]
    np.testing.assert_array_equal(model(maps), np.moveaxis(np.array(expected), 2, 0))
