"""Maxout against its definition."""

import keras
import numpy as np
import pytest

from keras_resnets.layers import Maxout


@pytest.mark.parametrize("pieces", [1, 2, 3])
@pytest.mark.parametrize("shape", [(2, 4, 5, 6), (3, 12)])
def test_it_is_the_maximum_of_neighbouring_channels(pieces, shape, rng):
    maps = rng.normal(size=shape).astype("float32")
    expected = np.max([maps[..., piece::pieces] for piece in range(pieces)], axis=0)
    layer = Maxout(pieces)
    np.testing.assert_array_equal(layer(maps), expected)
    again = Maxout.from_config(layer.get_config())
    np.testing.assert_array_equal(again(maps), expected)
    assert layer.compute_output_shape((None, None, 5, 6)) == (None, None, 5, 6 // pieces)


def test_maps_of_any_size(rng):
    inputs = keras.Input((None, None, 4))
    model = keras.Model(inputs, Maxout(2)(inputs))
    maps = rng.normal(size=(2, 3, 5, 4)).astype("float32")
    np.testing.assert_array_equal(model.predict_on_batch(maps), np.maximum(maps[..., ::2], maps[..., 1::2]))


def test_the_channels_must_be_units_of_pieces():
    with pytest.raises(ValueError, match="of 3 pieces needs a multiple of them, not 8"):
        Maxout(3)(np.zeros((1, 8), "float32"))
    with pytest.raises(ValueError, match="pieces must be a positive integer, not 0"):
        Maxout(0)
