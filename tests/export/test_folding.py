"""The network for inference computes what the trained one does, in fewer layers."""

import re

import keras
import numpy as np
import pytest
from keras import layers

import keras_resnets as kr
from keras_resnets.layers import BranchLayer
from tests.export.families import EVERY_FAMILY, FAMILIES, tiny, train, trained
from tests.small_networks import SmallResNet


def all_layers(model):
    return model._flatten_layers(include_self=False)


def norms(model):
    return {layer.name for layer in all_layers(model) if isinstance(layer, layers.BatchNormalization)}


def main_of(outputs):
    return np.asarray(outputs["main"] if isinstance(outputs, dict) else outputs)


def assert_same(found, expected, tolerance=1e-5):
    assert np.abs(found - expected).max() <= tolerance * np.abs(expected).max()
    assert np.ptp(expected, axis=0).max() > 1e-3 * np.abs(expected).max()  # the images make a difference


@EVERY_FAMILY
def test_every_family_computes_the_same(family, rng, tmp_path):
    model, images = trained(family, rng)
    expected, before = main_of(model(images)), model.get_weights()
    folded = kr.inference_model(model)
    found = np.asarray(folded(images))
    assert_same(found, expected)

    assert norms(folded) == {name for name in norms(model) if re.search(FAMILIES[family].stays, name)}
    new = {layer.name for layer in folded.layers} - {layer.name for layer in all_layers(model)}
    assert not new
    assert not any(isinstance(layer, layers.Dropout | BranchLayer) for layer in folded.layers)
    for was, now in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(was, now)

    folded.save(tmp_path / "folded.keras")
    again = keras.saving.load_model(tmp_path / "folded.keras", safe_mode=True)
    np.testing.assert_array_equal(np.asarray(again(images)), found)


def test_training_goes_on_without_touching_it(rng):
    model, images = tiny(rng)
    folded = kr.inference_model(model)
    before = np.asarray(folded(images))
    for variable in model.variables:
        variable.assign(variable + 1)
    np.testing.assert_array_equal(np.asarray(folded(images)), before)


def test_normalizations_stay_where_they_are_wanted(rng):
    model, images = tiny(rng)
    plain = kr.inference_model(model, fold_batch_norm=False)
    assert norms(plain) == norms(model)
    assert_same(np.asarray(plain(images)), np.asarray(model(images)))


def network(*functions):
    """A network of one input, 8x8x4, through the functions."""
    x = inputs = keras.Input((8, 8, 4))
    for function in functions:
        x = function(x)
    return keras.Model(inputs, x)


SEVERAL = {
    "grouped, with biases": [kr.GroupedConv2D(6, 3, groups=2), layers.BatchNormalization()],
    "separable": [layers.SeparableConv2D(6, 3, depth_multiplier=2), layers.BatchNormalization()],
    "depthwise": [layers.DepthwiseConv2D(3, depth_multiplier=3, use_bias=False), layers.BatchNormalization()],
    "dense": [layers.Flatten(), layers.Dense(5), layers.BatchNormalization()],
    "two norms": [layers.Conv2D(6, 3), layers.BatchNormalization(), layers.BatchNormalization(epsilon=0.1)],
    "rescaling": [layers.Conv2D(6, 3), layers.Rescaling(0.3, offset=2), layers.BatchNormalization()],
    "channels first": [layers.Conv2D(6, 1, data_format="channels_first"), layers.BatchNormalization(axis=1)],
}


@pytest.mark.parametrize("kind", SEVERAL)
def test_it_folds_into(kind, rng):
    model = network(*(type(layer).from_config(layer.get_config()) for layer in SEVERAL[kind]))
    if kind == "channels first" and keras.backend.backend() == "tensorflow":
        pytest.skip("TensorFlow convolves channels first on accelerators alone.")
    train(model, rng)
    images = rng.normal(size=(2, 8, 8, 4)).astype("float32")
    folded = kr.inference_model(model)
    assert not norms(folded) and not any(isinstance(layer, layers.Rescaling) for layer in folded.layers)
    assert_same(np.asarray(folded(images)), np.asarray(model(images)))


def read_twice(x):
    x = layers.Conv2D(4, 1)(x)
    return layers.Add()([x, layers.BatchNormalization()(x)])


def called_twice(x):
    conv = layers.Conv2D(4, 1)
    return layers.BatchNormalization()(conv(conv(x)))


NOT_EXACT = {
    "activated": [layers.Conv2D(4, 1, activation="relu"), layers.BatchNormalization()],
    "of another axis": [layers.Conv2D(4, 1), layers.BatchNormalization(axis=1)],
    "read twice": [read_twice],
    "called twice": [called_twice],
    "ahead of the convolution": [layers.BatchNormalization(), layers.Conv2D(4, 1)],
}


@pytest.mark.parametrize("kind", NOT_EXACT)
def test_it_stays_where_folding_would_not_be_exact(kind, rng):
    model = network(*NOT_EXACT[kind])
    train(model, rng)
    images = rng.normal(size=(2, 8, 8, 4)).astype("float32")
    folded = kr.inference_model(model)
    assert norms(folded) == norms(model)
    assert_same(np.asarray(folded(images)), np.asarray(model(images)))


def test_a_map_that_is_an_output_too_stays(rng):
    inputs = keras.Input((8, 8, 4))
    x = layers.Conv2D(4, 1)(inputs)
    model = keras.Model(inputs, [x, layers.BatchNormalization()(x)])
    train(model, rng)
    images = rng.normal(size=(2, 8, 8, 4)).astype("float32")
    for found, expected in zip(kr.inference_model(model)(images), model(images), strict=True):
        assert_same(np.asarray(found), np.asarray(expected))


@pytest.mark.parametrize("around", ["sequential", "functional"])
def test_a_network_inside_another_is_folded_there(around, rng):
    inner = SmallResNet(include_top=False, input_shape=(16, 16, 3), survival_probability=0.5)
    head = [layers.GlobalAveragePooling2D(), layers.Dropout(0.5), layers.Dense(3)]
    if around == "sequential":
        model = keras.Sequential([keras.Input((16, 16, 3)), inner, *head])
    else:
        inputs = keras.Input((16, 16, 3))
        model = keras.Model(inputs, keras.Sequential(head)(inner(inputs)))
    train(model, rng)
    images = rng.normal(size=(2, 16, 16, 3)).astype("float32")
    folded = kr.inference_model(model)
    assert not norms(folded)
    assert_same(np.asarray(folded(images)), np.asarray(model(images)))


def test_the_maps_of_the_stages_are_folded_by_name(rng):
    model, images = trained("small resnext", rng)
    maps = kr.features(model)
    found, expected = kr.inference_model(maps)(images), maps(images)
    assert found.keys() == expected.keys()
    for level in expected:
        assert_same(np.asarray(found[level]), np.asarray(expected[level]))


def test_under_mixed_precision_weights_are_folded_in_float32(rng):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model, images = trained("resnet", rng)
        folded = kr.inference_model(model)
        assert folded.get_layer("stem_conv").compute_dtype == "bfloat16"
        found, expected = np.asarray(folded(images)), np.asarray(model(images))
    finally:
        keras.config.set_dtype_policy("float32")
    exact = kr.ResNet20(classes=7, input_shape=(16, 16, 3), classifier_activation=None, shortcut="A")
    exact.set_weights(model.get_weights())
    exact_outputs = np.asarray(exact(images))
    for variable, other in zip(folded.variables, kr.inference_model(exact).variables, strict=True):
        np.testing.assert_array_equal(np.asarray(variable), np.asarray(other))
    assert np.abs(found - exact_outputs).max() < 2 * np.abs(expected - exact_outputs).max()


def test_a_preprocessing_is_carried_over():
    model = SmallResNet()
    assert kr.inference_model(model).preprocessing is None
    model.preprocessing = kr.weights.Preprocessing()
    assert kr.inference_model(model).preprocessing == model.preprocessing


def test_a_model_whose_graph_nobody_knows_is_refused():
    class Mine(keras.Model):
        def call(self, x):
            return x

    for model in (Mine(name="mine"), keras.Sequential(name="mine")):
        with pytest.raises(ValueError, match="'mine' must be a functional model, or a Sequential one that is built"):
            kr.inference_model(model)
