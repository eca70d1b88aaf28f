"""What a network expects of an image travels with it."""

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.layers import ExpectedInput, preprocessing_of
from keras_resnets.weights import Preprocessing

WAY = Preprocessing(32, 36, "bicubic", mean=(0.1, 0.2, 0.3), channels="BGR", labels=("cat", "dog"))


@pytest.fixture(scope="module")
def model():
    model = kr.build("resnet20", classes=2)
    model.preprocessing = WAY
    return model


def test_it_survives_save_and_load(model, tmp_path):
    model.save(tmp_path / "model.keras")
    assert keras.saving.load_model(tmp_path / "model.keras", safe_mode=True).preprocessing == WAY


@pytest.mark.slow
def test_it_survives_save_and_load_in_a_fresh_process(model, tmp_path, fresh_python):
    model.save(tmp_path / "model.keras")
    told = fresh_python(
        "import sys, keras_resnets, keras\n"
        "model = keras.saving.load_model(sys.argv[1], safe_mode=True)\n"
        "print(model.preprocessing.to_config())",
        tmp_path / "model.keras",
    )
    assert eval(told) == WAY.to_config()


def test_a_mean_image_survives_to_the_bit(tmp_path, rng):
    mean = rng.random((32, 32, 3), np.float32)
    model = kr.build("resnet20")
    model.preprocessing = Preprocessing.of_training(mean, size=32)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras").preprocessing
    np.testing.assert_array_equal(loaded.mean, mean)
    assert loaded.mean.dtype == np.float32 and loaded == model.preprocessing


@pytest.mark.parametrize(
    "made",
    [
        keras.models.clone_model,
        kr.inference_model,
        kr.features,
        lambda model: keras.Model(model.input, model.layers[-2].output),
        lambda model: keras.Sequential([keras.Input((32, 32, 3)), model, keras.layers.Dense(3)]),
    ],
    ids=["clone", "folded", "features", "cut by hand", "nested"],
)
def test_it_goes_along_into(made, model):
    assert preprocessing_of(made(model)) == WAY


def test_the_layer_is_part_of_no_arithmetic(model, rng):
    images = keras.ops.convert_to_tensor(rng.normal(size=(2, 32, 32, 3)).astype("float32"))
    layer = next(layer for layer in model.layers if isinstance(layer, ExpectedInput))
    assert layer(images) is images and not layer.weights


def test_a_model_without_one(model):
    other = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten()])
    assert preprocessing_of(other) is None
    other.preprocessing = WAY
    assert preprocessing_of(other) is WAY
