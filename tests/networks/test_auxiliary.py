"""The main path of a network with auxiliary classifiers."""

import warnings

import keras
import numpy as np
import pytest
from PIL import Image

import keras_resnets as kr
from keras_resnets.networks.auxiliary import main_path
from keras_resnets.runs import Run
from tests import pattern

SHAPE = (79, 79, 3)


@pytest.fixture
def images():
    return pattern.image(79).astype("float32")


@pytest.fixture(scope="module")
def model():
    return kr.GoogLeNet(aux=True, input_shape=SHAPE, classes=3, name="mine")


def test_its_output_is_the_main_one_on_shared_weights(model, images):
    main = main_path(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Keras warns of an input of another structure
        found = np.asarray(main(images))
    np.testing.assert_array_equal(found, np.asarray(model(images)["main"]))
    assert (main.name, main.output_shape) == ("mine", (None, 3))
    assert not [layer.name for layer in main.layers if layer.name.startswith("aux")]
    assert main.get_layer("head_dense").kernel is model.get_layer("head_dense").kernel
    assert kr.complexity(main).trainable == kr.complexity(kr.GoogLeNet(input_shape=SHAPE, classes=3)).trainable


@pytest.fixture(scope="module")
def small():
    """A network of one convolution with a main and an auxiliary classifier, where GoogLeNet's depth proves nothing."""
    inputs = keras.Input(SHAPE)
    x = keras.layers.Flatten(name="flat")(keras.layers.Conv2D(2, 5, strides=20, name="conv")(inputs))
    heads = {name: keras.layers.Dense(3, "softmax", name=f"{name}_dense")(x) for name in ("main", "aux1")}
    return keras.Model(inputs, heads, name="small")


def test_of_a_loaded_model_too(small, images, tmp_path):
    small.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    main = main_path(loaded)
    np.testing.assert_array_equal(np.asarray(main(images)), np.asarray(small(images)["main"]))
    main.save(tmp_path / "main.keras")
    again = keras.saving.load_model(tmp_path / "main.keras")
    np.testing.assert_array_equal(np.asarray(again(images)), np.asarray(main(images)))


def test_a_network_of_one_output_is_its_own_main_path():
    model = kr.ResNet20()
    assert main_path(model) is model
    stages = kr.features(model)
    assert main_path(stages) is stages


def test_what_its_weights_expect_of_an_image_is_carried_over(model):
    model.preprocessing = kr.weights.Preprocessing()
    try:
        assert main_path(model).preprocessing == model.preprocessing
    finally:
        model.preprocessing = None
    assert main_path(model).preprocessing is None


def split(images):
    return kr.data.Split(np.uint8(128 + 30 * np.clip(images, -3, 3)), np.arange(len(images)))


def test_evaluation_judges_the_main_path(small, images):
    found = kr.evaluate(small, split(images))
    assert found == kr.evaluate(main_path(small), split(images))
    assert found.images == len(images)


def test_predictions_are_those_of_the_main_path(small, images, tmp_path):
    run = Run(tmp_path / "run")
    with run.locked():
        run.begin({"image_shape": SHAPE, "class_names": ["a", "b", "c"]}, np.zeros(SHAPE, "float32"))
        run.save(small, "last")
    pixels = split(images).images
    Image.fromarray(pixels[0]).save(tmp_path / "image.png")
    (found,) = kr.evaluation.predict(run.path, [tmp_path / "image.png"])
    expected = np.asarray(small(pixels[:1].astype("float32") / 255)["main"])[0]
    assert dict(found.classes) == pytest.approx(dict(zip("abc", expected, strict=True)), rel=1e-4)
