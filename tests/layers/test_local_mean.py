"""Average pooling that keeps the map, against NumPy."""

import keras
import numpy as np
import pytest

from keras_resnets.layers import local_mean


@pytest.mark.parametrize("count_zeros", [False, True])
def test_a_mean_at_the_border_leaves_the_zeros_out_unless_they_count(count_zeros, rng):
    image = rng.normal(size=(5, 4)).astype("float32")
    inputs = keras.Input((5, 4, 1))
    model = keras.Model(inputs, local_mean(inputs, 3, count_zeros=count_zeros, name="pool"))

    padded = np.pad(image, 1, constant_values=0 if count_zeros else np.nan)
    expected = [[np.nanmean(padded[i : i + 3, j : j + 3]) for j in range(4)] for i in range(5)]
    np.testing.assert_allclose(np.asarray(model(image[None, ..., None]))[0, ..., 0], expected, atol=1e-6)
