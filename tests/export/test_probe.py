"""The search of an export finds what servers lack, and the process that asks it has no Keras."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_resnets.export import check
from keras_resnets.export.probe import faults


def saved(function, path):
    module = tf.Module()
    traced = tf.function(function, input_signature=[tf.TensorSpec([None, 8, 8, 4], name="images")])
    tf.saved_model.save(module, str(path), signatures={"serving_default": traced.get_concrete_function()})
    return path


def test_stock_grouped_convolutions_are_found(tmp_path):
    layer = keras.layers.Conv2D(4, 3, groups=2)
    layer.build((None, 8, 8, 4))
    module = tf.Module()
    module.kept = [variable.value for variable in layer.variables]
    traced = tf.function(lambda images: {"y": layer(images)}, input_signature=[tf.TensorSpec([None, 8, 8, 4])])
    tf.saved_model.save(module, str(tmp_path), signatures=traced.get_concrete_function())
    assert any("_XlaMustCompile" in fault for fault in faults(tmp_path))


@pytest.mark.parametrize(
    "function, words",
    [
        (lambda images: {"y": tf.numpy_function(np.sin, [images], tf.float32)}, "servers do not have, PyFunc"),
        (lambda images: {"y": images, "z": tf.io.read_file("/home/someone/labels.txt")}, "/home/someone/labels"),
    ],
)
def test_python_and_paths_are_found(function, words, tmp_path):
    assert [fault for fault in faults(saved(function, tmp_path)) if words in fault]


def test_paths_in_assets_are_found(tmp_path):
    saved(lambda images: {"y": images}, tmp_path)
    (tmp_path / "assets" / "provenance.json").write_text('{"source": "he_cifar, https://x.org/home/a", "a": "T/top"}')
    assert faults(tmp_path) == []
    (tmp_path / "assets" / "provenance.json").write_text('{"source": "/home/someone/run"}')
    assert len(faults(tmp_path)) == 1


@pytest.mark.slow
def test_an_export_that_does_not_load_is_told(tmp_path):
    saved(lambda images: {"y": images}, tmp_path)
    (tmp_path / "saved_model.pb").write_bytes(b"\x08\x01")
    with pytest.raises(ValueError, match="cannot be loaded and run by TensorFlow alone: "):
        check.asked(tmp_path, {})


@pytest.mark.parametrize("difference", [2e-5, float("nan"), float("inf")])
def test_a_difference_is_refused(difference):
    check.refuse({"scores": 1e-6}, {"scores": 1e-5})
    with pytest.raises(ValueError, match="its scores by"):
        check.refuse({"scores": difference}, {"scores": 1e-5})


@pytest.mark.parametrize("found, expected", [([1, np.nan], [1, 2]), ([1, 2], [1, np.nan])])
def test_no_difference_hides_what_is_not_finite(found, expected):
    assert max(0.5, check.largest(np.array(found, float), np.array(expected, float))) == np.inf
