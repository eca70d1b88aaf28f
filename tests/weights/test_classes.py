"""Names of classes."""

import hashlib
import json

import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.weights import classes


def test_predictions_by_labels_of_ones_own():
    found = kr.decode_predictions(np.array([[0.1, 0.7, 0.2], [0.5, 0.5, 0.0]]), top=2, labels=["cat", "dog", "ship"])
    assert found == [[("1", "dog", 0.7), ("2", "ship", 0.2)], [("0", "cat", 0.5), ("1", "dog", 0.5)]]


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A list of classes where keras.applications keeps its own."""
    content = json.dumps({str(k): [f"n{k:08}", f"name{k}"] for k in range(1000)}).encode()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(classes, "CLASS_INDEX_MD5", hashlib.md5(content).hexdigest())
    (tmp_path / "models").mkdir()
    path = tmp_path / "models" / "imagenet_class_index.json"
    path.write_bytes(content)
    return path


def test_imagenets_labels_are_those_of_the_cached_file(index):
    scores = np.zeros((1, 1000))
    scores[0, [7, 30]] = 0.6, 0.4
    assert kr.decode_predictions(scores, top=2) == [[("n00000007", "name7", 0.6), ("n00000030", "name30", 0.4)]]


def test_the_address_and_the_digest_are_keras_own():
    """So the file is the one that keras.applications has downloaded."""
    from keras.src.applications import imagenet_utils

    assert imagenet_utils.CLASS_INDEX_PATH == classes.CLASS_INDEX_URL


def test_without_a_network_the_labels_are_told_how_to_come(index, monkeypatch):
    index.unlink()
    monkeypatch.setattr(classes, "CLASS_INDEX_URL", "http://127.0.0.1:1/imagenet_class_index.json")
    with pytest.raises(OSError, match=r"could not be downloaded.*put it, as imagenet_class_index\.json, into"):
        kr.decode_predictions(np.zeros((1, 1000)))


@pytest.mark.parametrize(
    "scores, options, words",
    [
        (np.zeros((1, 10)), {}, "Predictions of 10 classes need labels"),
        (np.zeros(10), {}, r"\[batch, classes\], not \(10,\)"),
        (np.zeros((1, 10)), {"labels": ["a", "b"]}, "one name for each of 10 classes, not 2"),
        (np.zeros((1, 2)), {"labels": ["a", "b"], "top": 0}, "top must be a positive integer"),
    ],
)
def test_predictions_that_are_none(scores, options, words):
    with pytest.raises(ValueError, match=words):
        kr.decode_predictions(scores, **options)
