"""Spatial pyramid pooling against its definition, bin by bin."""

import math

import keras
import numpy as np
import pytest

from keras_resnets.layers import SpatialPyramidPooling

LEVELS = (7, 3, 2, 1)


def definition(maps, levels=LEVELS):
    height, width = maps.shape[1:3]

    def side(i, n, length):
        return slice(math.floor(i * length / n), math.ceil((i + 1) * length / n))

    bins = [(n, i, j) for n in levels for i in range(n) for j in range(n)]
    return np.stack([maps[:, side(i, n, height), side(j, n, width)].max(axis=(1, 2)) for n, i, j in bins], axis=1)


@pytest.mark.parametrize("height, width", [(14, 14), (13, 10), (2, 5)])
@pytest.mark.parametrize("known", [True, False])
def test_it_is_the_definition(height, width, known, rng):
    maps = rng.normal(-2, 1, size=(2, height, width, 3)).astype("float32")
    inputs = keras.Input((height, width, 3) if known else (None, None, 3))
    model = keras.Model(inputs, SpatialPyramidPooling(LEVELS)(inputs))
    assert model.output_shape == (None, 63, 1, 3)
    np.testing.assert_array_equal(model.predict_on_batch(maps)[:, :, 0], definition(maps))


def test_configuration(rng):
    maps = rng.normal(size=(1, 5, 5, 2)).astype("float32")
    layer = SpatialPyramidPooling([2, 1])
    again = SpatialPyramidPooling.from_config(layer.get_config())
    np.testing.assert_array_equal(again(maps)[:, :, 0], definition(maps, (2, 1)))


@pytest.mark.parametrize("levels", [(), (2, 0), (1.5,)])
def test_levels_are_numbers_of_bins(levels):
    with pytest.raises(ValueError, match="levels must be positive integers"):
        SpatialPyramidPooling(levels)
