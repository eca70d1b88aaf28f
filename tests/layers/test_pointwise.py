"""1x1 convolutions beside Keras's: the same numbers from matrix products."""

import keras
import numpy as np
import pytest
from keras import layers

import keras_resnets as kr
from keras_resnets.layers import PointwiseConv2D

tf = pytest.importorskip("tensorflow")
pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="It is a gradient of TensorFlow's.")

CONVOLUTION = "Conv2DBackpropFilter"


def pair(rng, filters, channels, *arguments, **options):
    """Keras's layer and ours, of equal weights."""
    both = [kind(filters, 1, *arguments, **options) for kind in (layers.Conv2D, PointwiseConv2D)]
    for layer in both:
        layer.build((None, None, None, channels))
    values = [rng.normal(size=weight.shape) for weight in both[0].weights]
    for layer in both:
        layer.set_weights(values)
    return both


def step(layer, jit=False, training=True):
    """A function from inputs and upstream gradients to outputs and the gradients of inputs and weights."""

    @tf.function(jit_compile=jit)
    def function(x, upstream):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x, training=training)
        variables = [variable.value for variable in layer.trainable_variables]
        return outputs, *tape.gradient(outputs, [x, *variables], upstream)

    return function


def operations(function, *arguments):
    return {node.type for node in function.get_concrete_function(*arguments).graph.get_operations()}


@pytest.mark.parametrize("channels, filters", [(3, 8), (8, 3)])
@pytest.mark.parametrize("options", [{}, {"use_bias": False, "activation": "relu"}])
def test_a_step_is_that_of_keras(channels, filters, options, rng):
    theirs, ours = (step(layer) for layer in pair(rng, filters, channels, **options))
    x, upstream = (tf.constant(rng.normal(size=(2, 5, 4, count)), "float32") for count in (channels, filters))
    for found, expected in zip(ours(x, upstream), theirs(x, upstream), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    assert CONVOLUTION in operations(theirs, x, upstream)
    assert CONVOLUTION not in operations(ours, x, upstream)


def test_maps_of_any_size_are_taken(rng):
    theirs, ours = pair(rng, 6, 4)
    x = rng.normal(size=(3, 4, 6, 4)).astype("float32")
    free = tf.TensorSpec([None, None, None, 4])

    def of_kernel(layer):
        @tf.function(input_signature=[free])
        def gradient(x):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(layer(x, training=True) ** 2)
            return tape.gradient(loss, layer.kernel.value)

        return gradient(x)

    np.testing.assert_allclose(of_kernel(ours), of_kernel(theirs), rtol=1e-4, atol=1e-4)


def test_gradients_have_gradients(rng):
    def of_penalty(layer):
        x = tf.constant(np.linspace(-1, 1, 2 * 3 * 3 * 4).reshape(2, 3, 3, 4), "float32")
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(x)
                loss = tf.reduce_sum(layer(x, training=True) ** 3)
            slope = inner.gradient(loss, layer.kernel.value)
            penalty = tf.reduce_sum(slope**2)
        return outer.gradient(penalty, layer.kernel.value)

    theirs, ours = pair(rng, 6, 4)
    np.testing.assert_allclose(of_penalty(ours), of_penalty(theirs), rtol=1e-3)


@pytest.mark.slow
def test_branches_that_are_now_and_then_left_out_train(rng):
    """TensorFlow mixes up custom gradients of several conditionals: there must be none here."""
    model = kr.ResNeXt29(depths=(1, 1, 1), cardinality=2, base_width=2, survival=0.5, input_shape=(8, 8, 3), classes=3)
    model.compile("sgd", "sparse_categorical_crossentropy", jit_compile=False)
    images = rng.normal(size=(4, 8, 8, 3)).astype("float32")
    assert np.isfinite(model.fit(images, np.arange(4) % 3, epochs=2, verbose=0).history["loss"]).all()


@pytest.mark.parametrize(
    "options, jit, training",
    [
        ({"dtype": "float64"}, False, True),
        ({"strides": 2}, False, True),
        ({"kernel_size": 3}, False, True),
        ({}, True, True),
        ({}, False, False),
    ],
)
def test_the_rest_is_left_to_keras(options, jit, training, rng):
    layer = PointwiseConv2D(6, **{"kernel_size": 1, **options})
    x = tf.constant(rng.normal(size=(2, 6, 6, 4)), layer.compute_dtype)
    assert CONVOLUTION in operations(step(layer, jit, training), x, tf.zeros_like(layer(x)))


def test_networks_have_it_and_a_file_keeps_it(tmp_path, rng):
    """That a fresh process loads such a file is among the tests of the networks."""
    model = kr.ResNeXt50(depths=(1, 1, 1, 1), filters=8, base_width=4, input_shape=(32, 32, 3), classes=5)
    small = [layer for layer in model.layers if isinstance(layer, layers.Conv2D) and layer.kernel_size == (1, 1)]
    assert {type(layer) for layer in small if layer.strides == (1, 1)} == {PointwiseConv2D}
    images = rng.normal(size=(2, 32, 32, 3)).astype("float32")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_allclose(loaded(images), model(images), rtol=1e-4, atol=1e-6)
    assert type(loaded.get_layer("stage1_block1_conv1")) is PointwiseConv2D


@pytest.mark.slow
def test_a_fresh_process_loads_a_resnext50(loaded_elsewhere, rng):
    model = kr.ResNeXt50(input_shape=(32, 32, 3), classes=5)
    images = rng.normal(size=(2, 32, 32, 3)).astype("float32")
    np.testing.assert_allclose(loaded_elsewhere(model, images), model.predict_on_batch(images), rtol=1e-4, atol=1e-6)


def test_checkpoints_are_those_of_keras(tmp_path, rng):
    def network(kind):
        inputs = keras.Input((4, 4, 3))
        return keras.Model(inputs, kind(5, 1)(layers.Conv2D(4, 3)(inputs)))

    ours, theirs = network(PointwiseConv2D), network(layers.Conv2D)
    ours.save_weights(tmp_path / "ours.weights.h5")
    theirs.load_weights(tmp_path / "ours.weights.h5")
    images = rng.normal(size=(2, 4, 4, 3)).astype("float32")
    np.testing.assert_allclose(theirs(images), ours(images), rtol=1e-5, atol=1e-6)
