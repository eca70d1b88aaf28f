"""Recomputation changes what is kept for the backward pass and nothing else."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_resnets.blocks.dense import recomputed
from keras_resnets.layers import bn_relu_conv

SHAPES = [(6, 7, 3), (6, 7, 4)]


def branch_of(maps):
    return bn_relu_conv(keras.layers.Concatenate(name="concat")(maps), 5, 3, name="conv")


def network(block):
    inputs = [keras.Input(shape) for shape in SHAPES]
    return keras.Model(inputs, block(inputs))


@pytest.fixture
def kept():
    """The branch as it is."""
    return network(branch_of)


@pytest.fixture
def recomputing(kept):
    """The branch computed again in the backward pass, with the weights of `kept`."""
    model = network(lambda maps: recomputed(branch_of, maps, name="conv"))
    model.set_weights(kept.get_weights())
    return model


@pytest.fixture
def maps(rng):
    return [tf.constant(rng.normal(size=(8, *shape)), "float32") for shape in SHAPES]


def gradients(model, maps, training):
    """Of a loss, with respect to the maps and the weights."""
    with tf.GradientTape() as tape:
        tape.watch(maps)
        loss = tf.reduce_sum(model(maps, training=training) ** 3)
    return tape.gradient(loss, [*maps, *(variable.value for variable in model.trainable_variables)])


def states(model):
    return [np.array(variable) for variable in model.non_trainable_variables]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_gradients_and_moving_statistics_are_the_same(training, compiled, recomputing, kept, maps):
    before, run = states(kept), tf.function(gradients) if compiled else gradients
    for found, expected in zip(run(recomputing, maps, training), run(kept, maps, training), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
        assert np.abs(expected).max() > 0
    for found, expected, old in zip(states(recomputing), states(kept), before, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6)
        assert (np.abs(found - old).max() > 1e-3) == training


def test_the_backward_pass_computes_it_again(recomputing, kept, maps):
    def concatenations(model):
        graph = tf.function(gradients).get_concrete_function(model, maps, True).graph
        return sum(operation.type == "ConcatV2" for operation in graph.get_operations())

    assert (concatenations(recomputing), concatenations(kept)) == (2, 1)


def test_mixed_precision(maps):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = network(lambda maps: recomputed(branch_of, maps, name="conv"))
        assert model(maps, training=True).dtype == tf.bfloat16
        assert all(gradient.dtype == tf.float32 for gradient in gradients(model, maps, True))
    finally:
        keras.config.set_dtype_policy("float32")


def test_it_survives_saving(recomputing, maps, tmp_path):
    recomputing.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.predict_on_batch(maps), recomputing.predict_on_batch(maps))


ON_JAX = """
import keras, numpy as np, keras_resnets as kr
kept, recomputing = (kr.DenseNetBC100_12(input_shape=(8, 8, 3), memory_efficient=m) for m in (False, True))
recomputing.set_weights(kept.get_weights())
images, labels = np.random.default_rng(0).normal(size=(8, 8, 8, 3)), np.arange(8)
outputs = []
for model in (kept, recomputing):
    model.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy")
    model.train_on_batch(images, labels)
    outputs.append(model.predict(images, verbose=0))
np.testing.assert_allclose(*outputs, atol=1e-4)
assert outputs[0].std() > 1e-3
"""


@pytest.mark.slow
def test_training_is_the_same_on_jax(fresh_python):
    fresh_python(ON_JAX, KERAS_BACKEND="jax")
