"""Stochastic depth against its definition, on the backend that runs the tests and, in a process of its own, on JAX."""

import importlib.util
from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_resnets.layers import StochasticDepth, stochastic_depth
from keras_resnets.training import CoupledSGD

BACKEND = keras.backend.backend()
NEVER = 1e-9  # a survival with which a branch is dropped at every draw of a test
SHAPE = (4, 6, 5, 3)
BOTH = [False, True]  # computing a branch that is dropped, or not


def branch(dropout=0.0, name="branch"):
    inputs = keras.Input((None, None, SHAPE[-1]))
    x = layers.Conv2D(8, 3, padding="same", name="conv1")(inputs)
    x = layers.BatchNormalization(name="conv1_bn")(x)
    x = layers.Dropout(dropout, seed=1, name="dropout")(x)
    return keras.Model(inputs, layers.Conv2D(SHAPE[-1], 1, name="conv2")(x), name=name)


def images(rng):
    return rng.normal(size=SHAPE).astype("float32")


def states(model):
    """The moving statistics, copied."""
    return [np.array(ops.convert_to_numpy(variable)) for variable in model.non_trainable_variables]


def changed(before, after):
    return any((old != new).any() for old, new in zip(before, after, strict=True))


def network(survival, seed=3, **options):
    """A model of one surviving block, for images of any size."""
    inputs = keras.Input((None, None, SHAPE[-1]), name="images")
    return keras.Model(inputs, StochasticDepth(branch(**options), survival, seed=seed, name="block")(inputs, inputs))


def gradients(model, x):
    """Of the sum of the squared outputs in training, with respect to the weights."""
    if BACKEND == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss = ops.sum(model(x, training=True) ** 2)
        return tape.gradient(loss, [variable.value for variable in model.trainable_variables])
    import jax

    def loss_of(weights):
        outputs, _ = model.stateless_call(weights, [v.value for v in model.non_trainable_variables], x, training=True)
        return ops.sum(outputs**2)

    return jax.grad(loss_of)([variable.value for variable in model.trainable_variables])


def trained(layer):
    """A function that calls the layer in training; compiled on JAX, which would compile each call anew."""
    if BACKEND == "tensorflow":
        return partial(layer, training=True)
    import jax

    @jax.jit
    def compiled(weights, states, *inputs):
        return layer.stateless_call(weights, states, *inputs, training=True)

    def call(*inputs):
        weights, states = ([v.value for v in vs] for vs in (layer.trainable_variables, layer.non_trainable_variables))
        outputs, states = compiled(weights, states, *inputs)
        for variable, state in zip(layer.non_trainable_variables, states, strict=True):
            variable.assign(state)
        return outputs

    return call


def in_graph(function):
    """`function` traced: gradients of a conditional differ from those of Python's `if`."""
    if BACKEND == "tensorflow":
        import tensorflow as tf

        return tf.function(function)
    import jax

    return jax.jit(function)


@pytest.fixture(params=BOTH, ids=["skipped", "computed"])
def either_way(request, monkeypatch):
    monkeypatch.setattr(stochastic_depth, "xla_on_cpu", lambda: request.param)


def test_in_test_the_branch_is_scaled_by_its_survival(rng):
    x, shortcut, inner = images(rng), images(rng), branch()
    found = StochasticDepth(inner, 0.3)(x, shortcut)
    np.testing.assert_allclose(found, shortcut + 0.3 * np.asarray(inner(x)), rtol=1e-5, atol=1e-6)


def test_in_training_one_draw_keeps_or_drops_the_branch_for_the_whole_batch(rng, either_way):
    x, shortcut, inner = images(rng), images(rng), branch()
    layer = StochasticDepth(inner, 0.3, seed=5)
    layer(x, shortcut)
    call, survived = trained(layer), 0
    for _ in range(40):
        before = states(inner)
        found = ops.convert_to_numpy(call(x, shortcut))
        if changed(before, states(inner)):
            survived += 1
            np.testing.assert_allclose(found, shortcut + np.asarray(inner(x, training=True)), rtol=1e-5, atol=1e-5)
        else:
            np.testing.assert_array_equal(found, shortcut)
    assert 5 <= survived <= 20  # of a binomial distribution, 40 draws of 0.3, all but one in a hundred


@pytest.mark.parametrize("graph", [False, True], ids=["eager", "graph"])
def test_a_dropped_branch_has_gradients_of_zero(graph, rng, either_way):
    model, x = network(NEVER), images(rng)
    calculate = in_graph(lambda x: gradients(model, x)) if graph else lambda x: gradients(model, x)
    for variable, gradient in zip(model.trainable_variables, calculate(x), strict=True):
        assert gradient is not None, variable.path
        np.testing.assert_array_equal(gradient, np.zeros(variable.shape))


@pytest.mark.parametrize("graph", [False, True], ids=["eager", "graph"])
def test_a_survivor_has_the_gradients_of_the_plain_sum(graph, rng, either_way):
    x, inner = images(rng), branch()
    surviving = keras.Model(inner.input, StochasticDepth(inner, 1 - 1e-9)(inner.input, inner.input))
    plain = keras.Model(inner.input, layers.Add()([inner.input, inner.output]))
    calculate = in_graph(lambda x: gradients(surviving, x)) if graph else lambda x: gradients(surviving, x)
    assert len(surviving.trainable_variables) == 6
    for found, expected in zip(calculate(x), gradients(plain, x), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("jit_compile", [False, True], ids=["plain", "xla"])
def test_training_moves_a_dropped_branch_by_weight_decay_alone(jit_compile, rng):
    model, x = network(NEVER), images(rng)
    model.compile(CoupledSGD(0.1, coupled_weight_decay=0.5), "mse", jit_compile=jit_compile)
    weights, before = model.get_layer("block").branch.get_layer("conv1").kernel, states(model)
    expected = 0.95 * np.array(ops.convert_to_numpy(weights))
    model.train_on_batch(x, x)
    np.testing.assert_allclose(ops.convert_to_numpy(weights), expected, rtol=1e-6)
    drawn = model.get_layer("block").seed_generator.state
    kept = [v is not drawn for v in model.non_trainable_variables]
    for old, new, same in zip(before, states(model), kept, strict=True):
        assert (old == new).all() == same


def test_at_survival_1_nothing_is_drawn(rng):
    x, inner = images(rng), branch()
    layer = StochasticDepth(inner, 1)
    before = np.array(ops.convert_to_numpy(layer.seed_generator.state))
    found = layer(x, x, training=True)
    np.testing.assert_allclose(found, x + np.asarray(inner(x, training=True)), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer.seed_generator.state), before)


def test_dropout_inside_draws_on(rng, either_way):
    model, x = network(0.5, dropout=0.5), images(rng)
    call = trained(model)
    outputs = [ops.convert_to_numpy(call(x)) for _ in range(20)]
    survived = [output for output in outputs if (output != x).any()]
    assert 2 <= len(survived) <= 18
    assert all((survived[0] != other).any() for other in survived[1:])


@pytest.mark.parametrize("survival", [0, -0.5, 1.01, float("nan"), "half", True, None])
def test_what_is_no_probability_above_0_is_refused(survival):
    with pytest.raises(ValueError, match="survival must be a probability above 0 and up to 1, not"):
        StochasticDepth(branch(), survival)


def draws(model, x):
    call = trained(model)
    return [bool((ops.convert_to_numpy(call(x)) != x).any()) for _ in range(20)]


def test_keras_global_seed_fixes_the_draws(rng):
    x, found = images(rng), []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        found.append(draws(network(0.5, seed=None), x))
    assert found[0] == found[1] != found[2]


def test_a_saved_model_goes_on_drawing_where_it_was(tmp_path, rng):
    model, x = network(0.5), images(rng)
    draws(model, x)
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    loaded, again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True), network(0.5, seed=8)
    again.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(loaded(x), model(x))
    np.testing.assert_array_equal(again(x), model(x))
    assert (loaded.get_layer("block").survival, loaded.get_layer("block").seed) == (0.5, 3)
    assert draws(model, x) == draws(loaded, x) == draws(again, x)


def test_mixed_precision_computes_the_branch_in_16_bits_and_its_gradients_in_32(rng, either_way):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = network(0.5)
    finally:
        keras.config.set_dtype_policy("float32")
    x = ops.cast(images(rng), "bfloat16")
    call, survived = trained(model), 0
    for _ in range(10):
        before = states(model.get_layer("block").branch)
        outputs = call(x)
        survived += changed(before, states(model.get_layer("block").branch))
        assert keras.backend.standardize_dtype(outputs.dtype) == model.output.dtype == "bfloat16"
    assert 0 < survived < 10
    assert {keras.backend.standardize_dtype(gradient.dtype) for gradient in gradients(model, x)} == {"float32"}


@pytest.mark.skipif(BACKEND != "tensorflow", reason="about tf.function")
def test_it_is_traced_once_for_all_draws_and_sizes(rng):
    import tensorflow as tf

    model, traces = network(0.5), []

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3))])
    def call(x):
        traces.append(x)
        outputs = model(x, training=True)
        assert outputs.shape.as_list() == [None, None, None, 3]
        return outputs

    kept = [(call(x).numpy() != x).any() for x in (images(rng)[:, : 2 + i % 4] for i in range(20))]
    assert len(traces) == 1
    assert 2 <= sum(kept) <= 18


@pytest.mark.slow
@pytest.mark.skipif(
    BACKEND != "tensorflow" or importlib.util.find_spec("jax") is None, reason="runs beside TensorFlow, needs JAX"
)
def test_the_same_on_jax(fresh_python):
    code = "import sys, pytest; sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', sys.argv[1]]))"
    assert " passed" in fresh_python(code, Path(__file__), KERAS_BACKEND="jax")
