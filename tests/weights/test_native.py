"""Weights files of this package: what they carry, and what they refuse."""

import dataclasses
import json

import keras
import numpy as np
import pytest
import safetensors
from safetensors.numpy import load_file, save_file

import keras_resnets as kr
from keras_resnets.weights.native import MEAN, design, is_native, load_native, save_native
from keras_resnets.weights.reading import read_safetensors
from tests.small_networks import SmallDenseNet

NAMES = tuple("abcdefghij")


@pytest.fixture(scope="module")
def model():
    model = kr.ResNet20()
    keras.utils.set_random_seed(1)
    for layer in model.layers:
        layer.set_weights([np.random.uniform(0.5, 1.5, weights.shape) for weights in layer.get_weights()])
    return model


@pytest.fixture(scope="module")
def preprocessing():
    mean = np.random.default_rng(0).uniform(size=(32, 32, 3)).astype(np.float32)
    return dataclasses.replace(kr.weights.Preprocessing.of_training(mean, size=32), labels=NAMES)


@pytest.fixture
def file(model, preprocessing, tmp_path):
    save_native(model, tmp_path / "x.safetensors", preprocessing, {"dataset": "cifar10"})
    return tmp_path / "x.safetensors"


def rewritten(file, **changes):
    """Write the file again with other metadata; None leaves an entry out."""
    metadata = {key: value for key, value in (metadata_of(file) | changes).items() if value is not None}
    save_file(load_file(file), file, metadata)


def metadata_of(file):
    with safetensors.safe_open(file, framework="np") as opened:
        return opened.metadata()


def test_it_carries_weights_preprocessing_and_names(model, preprocessing, file):
    loaded = kr.ResNet20(weights=file)
    for ours, theirs in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert loaded.preprocessing == preprocessing
    classifier = kr.Classifier.open(f"resnet20@{file}")
    assert classifier.class_names == NAMES and classifier.origin.dataset == "cifar10"


def test_a_classifier_is_saved_as_one(model, preprocessing, tmp_path):
    path = kr.Classifier(model, preprocessing).save(tmp_path / "x.safetensors")
    assert is_native(path) and kr.Classifier.open(f"resnet20@{path}").class_names == NAMES
    with pytest.raises(ValueError, match=r"saved as a \.keras or \.safetensors file, not 'x\.h5'"):
        kr.Classifier(model, preprocessing).save("x.h5")


def test_the_arrays_have_our_names_and_layout(model, file):
    arrays = load_file(file)
    assert arrays["stem_conv/kernel"].shape == (3, 3, 3, 16) and arrays[MEAN].shape == (32, 32, 3)
    assert len(arrays) == len(model.weights) + 1
    assert not is_native(file.with_suffix(".npz"))


def test_another_head_keeps_its_values_and_none_is_left_out(model, file, capsys):
    other = kr.ResNet20(weights=file, classes=3)
    assert "have 10 classes, the model 'resnet20' has 3: its head starts from random values" in capsys.readouterr().out
    np.testing.assert_array_equal(other.get_layer("stem_conv").kernel, model.get_layer("stem_conv").kernel)
    bare = kr.ResNet20(weights=file, include_top=False)
    np.testing.assert_array_equal(bare.get_layer("stem_conv").kernel, model.get_layer("stem_conv").kernel)
    assert not capsys.readouterr().out


@pytest.mark.parametrize(
    "build, words",
    [
        (kr.Plain20, "another network than 'plain20': only one of the two has the layers stage1_block1_add"),
        (lambda **weights: kr.ResNet20(shortcut="A-centered", **weights), r"has padding=\[0, 16\], not \[8, 8\]"),
        (lambda **weights: kr.ResNet20(shortcut="B", **weights), "only one of the two has the layers .*shortcut_bn"),
        (lambda **weights: kr.ResNet20(survival=0.8, **weights), "has survival=None, not 0."),
        (lambda **weights: kr.ResNet20(input_shape=(32, 32, 1), **weights), r"stem_conv/kernel \(3, 3, 3, 16\), not"),
        pytest.param(kr.ResNet50, "only one of the two has", marks=pytest.mark.slow),
    ],
)
def test_another_function_is_refused(build, words, file):
    """The first four take the same arrays."""
    with pytest.raises(ValueError, match=words):
        build(weights=file)


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"preprocessing": "{"}, "Cannot read the description"),
        ({"preprocessing": None}, "Cannot read the description"),
        ({"preprocessing": json.dumps({"size": 32})}, "Cannot read the description"),
        ({"design": "[]"}, "Cannot read the description"),
        ({"design": "{}"}, "only one of the two has the layers"),
    ],
)
def test_a_damaged_description_changes_nothing(changes, words, model, file):
    rewritten(file, **changes)
    fresh = kr.ResNet20()
    before = fresh.get_weights()
    with pytest.raises(ValueError, match=words):
        load_native(fresh, file)
    for old, new in zip(before, fresh.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_file_cut_short_and_one_of_nan_are_refused(model, preprocessing, file):
    arrays = dict(load_file(file))
    arrays["stem_conv/kernel"] = np.full_like(arrays["stem_conv/kernel"], np.nan)
    save_file(arrays, file, metadata_of(file))
    with pytest.raises(ValueError, match=r"1 of .* arrays hold NaN"):
        load_native(kr.ResNet20(), file)
    file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(ValueError, match="damaged or cut short"):
        read_safetensors(file)
    with pytest.raises(ValueError, match="damaged or cut short"):
        kr.ResNet20(weights=file)


def test_layers_of_one_name_are_refused(preprocessing, tmp_path):
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, name="same")], name="inner")
    outer = keras.Sequential([keras.Input((4,)), inner, keras.layers.Dense(2, name="same")])
    with pytest.raises(ValueError, match="several layers of the same name"):
        save_native(outer, tmp_path / "x.safetensors", preprocessing)


def test_recomputation_is_no_difference():
    small = {"input_shape": (32, 32, 3), "classes": 2}
    assert design(SmallDenseNet(memory_efficient=True, **small)) == design(SmallDenseNet(**small))
