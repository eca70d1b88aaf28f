"""One operation, and what Keras's layer makes of the same."""

import keras
import numpy as np
import pytest
from keras import layers

import keras_resnets as kr
from keras_resnets.layers import FusedBatchNormalization
from tests.small_networks import SmallResNet

tf = pytest.importorskip("tensorflow")
pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="It is TensorFlow's operation.")


def pair(rng, channels=5, **options):
    """Keras's layer and ours, of equal weights."""
    both = [
        kind(momentum=0.9, epsilon=1e-5, **options) for kind in (layers.BatchNormalization, FusedBatchNormalization)
    ]
    for layer in both:
        layer.build((None, None, None, channels))
    values = [rng.uniform(0.5, 1.5, weight.shape) for weight in both[0].weights]
    for layer in both:
        layer.set_weights(values)
    return both


def trained(layer, x, upstream, jit=False):
    """Outputs, gradients and weights after a step in training mode."""

    @tf.function(jit_compile=jit)
    def step():
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x, training=True)
        variables = [variable.value for variable in layer.trainable_variables]
        return outputs, *tape.gradient(outputs, [x, *variables], upstream)

    return [np.asarray(tf.cast(value, "float32")) for value in (*step(), *layer.get_weights())]


def operations(layer, x, jit=False):
    function = tf.function(lambda x: layer(x, training=True), jit_compile=jit)
    return {node.type for node in function.get_concrete_function(x).graph.get_operations()}


@pytest.mark.parametrize("shape", [(4, 6, 7, 5), (1, 1, 1, 5), (2, 1, 1, 5)])
@pytest.mark.parametrize("options", [{}, {"scale": False}, {"center": False}])
def test_a_step_is_that_of_keras(shape, options, rng):
    theirs, ours = pair(rng, **options)
    x, upstream = (tf.constant(rng.normal(2, 3, shape), "float32") for _ in range(2))
    for found, expected in zip(trained(ours, x, upstream), trained(theirs, x, upstream), strict=True):
        np.testing.assert_allclose(found, expected, rtol=2e-4, atol=1e-4)
    assert "FusedBatchNormV3" in operations(ours, x)


def test_keras_3_12_has_no_renormalization(rng):
    _, ours = pair(rng)
    del ours.renorm
    assert "FusedBatchNormV3" in operations(ours, tf.constant(rng.normal(2, 3, (4, 6, 7, 5)), "float32"))


def test_maps_of_any_size_are_taken(rng):
    theirs, ours = pair(rng)
    x = rng.normal(size=(3, 4, 6, 5)).astype("float32")
    free = tf.TensorSpec([None, None, None, 5])
    found, expected = (
        tf.function(lambda x, layer=layer: layer(x, training=True), input_signature=[free])(x)
        for layer in (ours, theirs)
    )
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(ours.moving_variance, theirs.moving_variance, rtol=1e-5)


@pytest.mark.parametrize(
    "options, shape, jit",
    [
        ({"dtype": "float64"}, (2, 3, 3, 5), False),
        ({"dtype": "mixed_bfloat16"}, (2, 3, 3, 5), False),
        ({}, (2, 5), False),
        ({"axis": 1}, (2, 5, 3, 3), False),
        ({"synchronized": True}, (2, 3, 3, 5), False),
        ({}, (2, 3, 3, 5), True),
    ],
)
def test_what_the_operation_is_not_for_is_left_to_keras(options, shape, jit, rng):
    layer = FusedBatchNormalization(**options)
    x = tf.constant(rng.normal(size=shape), layer.compute_dtype)
    layer.build(shape)
    assert "FusedBatchNormV3" not in operations(layer, x, jit)


@pytest.mark.parametrize("training, trainable", [(False, True), (True, False)])
def test_moving_statistics_are_used_and_kept_where_nothing_is_trained(training, trainable, rng):
    theirs, ours = pair(rng)
    theirs.trainable = ours.trainable = trainable
    x = rng.normal(size=(2, 3, 3, 5)).astype("float32")
    before = ours.get_weights()
    np.testing.assert_allclose(ours(x, training=training), theirs(x, training=training), rtol=1e-6)
    for was, after in zip(before, ours.get_weights(), strict=True):
        np.testing.assert_array_equal(was, after)


def test_networks_have_it_and_a_file_keeps_it(tmp_path, rng):
    """That a fresh process loads such a file is among the tests of the networks."""
    model = SmallResNet(input_shape=(8, 8, 3))
    norms = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    assert norms and all(type(layer) is FusedBatchNormalization for layer in norms)
    images = rng.normal(size=(2, 8, 8, 3)).astype("float32")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_allclose(loaded.predict_on_batch(images), model.predict_on_batch(images), rtol=1e-5)
    assert type(loaded.get_layer("stem_conv_bn")) is FusedBatchNormalization


@pytest.mark.slow
def test_a_fresh_process_loads_a_resnet20(loaded_elsewhere, rng):
    model = kr.ResNet20(input_shape=(8, 8, 3))
    images = rng.normal(size=(2, 8, 8, 3)).astype("float32")
    np.testing.assert_allclose(loaded_elsewhere(model, images), model.predict_on_batch(images), rtol=1e-5)
