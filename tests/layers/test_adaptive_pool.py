"""Average pooling to a fixed size against its definition, window by window."""

import math

import keras
import numpy as np
import pytest

from keras_resnets.layers import AdaptiveAveragePooling


def definition(maps, size):
    height, width = maps.shape[1:3]

    def window(i, length):
        return slice(i * length // size, math.ceil((i + 1) * length / size))

    rows = [[maps[:, window(i, height), window(j, width)].mean(axis=(1, 2)) for j in range(size)] for i in range(size)]
    return np.moveaxis(np.array(rows), 2, 0)


@pytest.mark.parametrize("height, width", [(14, 14), (4, 8), (7, 9), (1, 3)])
def test_it_is_the_definition(height, width, rng):
    maps = rng.normal(size=(2, height, width, 3)).astype("float32")
    layer = AdaptiveAveragePooling(4)
    np.testing.assert_allclose(layer(maps), definition(maps, 4), rtol=1e-5, atol=1e-6)
    again = AdaptiveAveragePooling.from_config(layer.get_config())
    np.testing.assert_array_equal(again(maps), layer(maps))
    assert layer.compute_output_shape((None, height, width, 3)) == (None, 4, 4, 3)


def test_an_unknown_size_is_refused():
    with pytest.raises(ValueError, match="known height and width"):
        AdaptiveAveragePooling(4)(keras.Input((None, 14, 3)))
    with pytest.raises(ValueError, match="size must be a positive integer, not 0"):
        AdaptiveAveragePooling(0)
