"""A network as a function of constants."""

import keras
import numpy as np
import pytest

import keras_resnets as kr
from tests.export.families import tiny

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="It is TensorFlow's.")


def test_it_computes_the_same_without_variables(rng):
    import tensorflow as tf

    model, images = tiny(rng)
    function = kr.frozen_function(model)
    expected = np.asarray(model(images))
    for batch in (1, 3):
        np.testing.assert_allclose(function(tf.constant(images[:batch])), expected[:batch], rtol=1e-4, atol=1e-5)
    assert not function.variables and not function.captured_inputs
    for variable in model.variables:
        variable.assign(variable + 1)
    np.testing.assert_allclose(function(tf.constant(images)), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("batch", [0, 1, 2, 3])
def test_shards_are_parts_of_the_batch_in_its_order(batch, rng):
    import tensorflow as tf

    model, images = tiny(rng)
    expected = np.asarray(model(images))[:batch]
    found = kr.frozen_function(model, shards=2)(tf.constant(images[:batch]))
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shards", [0, -1, 1.5, "2"])
def test_what_is_no_number_of_shards_is_refused(shards, rng):
    with pytest.raises(ValueError, match="shards must be a positive integer"):
        kr.frozen_function(tiny(rng)[0], shards=shards)


@pytest.mark.parametrize("shards", [1, 2])
def test_outputs_keep_their_names(shards, rng):
    import tensorflow as tf

    model, images = tiny(rng)
    maps = keras.Model(model.input, {"first": model.get_layer("conv1_relu").output, "last": model.output})
    found = kr.frozen_function(maps, shards=shards)(tf.constant(images))
    assert {name: tuple(map.shape) for name, map in found.items()} == {
        "first": (3, 8, 8, 8),
        "last": (3, 7),
    }


def test_several_inputs_are_refused():
    inputs = [keras.Input((2,)), keras.Input((2,))]
    model = keras.Model(inputs, keras.layers.Add()(inputs), name="two")
    with pytest.raises(ValueError, match="'two' has 2 inputs"):
        kr.frozen_function(model)
