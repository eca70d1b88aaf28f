"""One small export that the tests of this folder share, and ways to ask a SavedModel."""

import os

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_resnets as kr
from keras_resnets.export import check, probe

CLASSES = ("red", "green", "blue", "gray")


def small_network(size=16, channels=3, activation="softmax"):
    """Two convolutions and a classifier, whose outputs an image changes much."""
    keras.utils.set_random_seed(0)
    x = inputs = keras.Input((size, size, channels), name="images")
    for block in (1, 2):
        x = keras.layers.Conv2D(6, 3, 2, use_bias=False, name=f"conv{block}")(x)
        x = keras.layers.BatchNormalization(name=f"bn{block}")(x)
        x = keras.layers.ReLU(name=f"relu{block}")(x)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = keras.layers.Rescaling(9.0, name="sharper")(x)
    return keras.Model(inputs, keras.layers.Dense(4, activation, name="head_dense")(x), name="small")


class Server:
    """A SavedModel loaded as TensorFlow Serving loads it: a session, and tensors by the names of its signatures."""

    def __init__(self, path):
        self.session = tf.compat.v1.Session(graph=tf.Graph())
        with self.session.graph.as_default():
            loaded = tf.compat.v1.saved_model.loader.load(self.session, ["serve"], os.fspath(path))
        self.signatures = loaded.signature_def

    def ask(self, signature, **inputs):
        """The outputs by name; strings are decoded."""
        definition = self.signatures[signature]
        fed = {definition.inputs[name].name: value for name, value in inputs.items()}
        found = self.session.run({name: info.name for name, info in definition.outputs.items()}, fed)
        return {name: np.vectorize(bytes.decode)(v) if v.dtype == object else v for name, v in found.items()}


@pytest.fixture
def asked_here(monkeypatch):
    """Ask exports in this process: another one takes seconds to import TensorFlow."""

    def asked(path, requests):
        assert probe.faults(path) == []
        return probe.answers(str(path), requests)

    monkeypatch.setattr(check, "asked", asked)


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """(the Keras model, its export)."""
    model = small_network(activation=None)
    where = tmp_path_factory.mktemp("models") / "small"
    way = kr.weights.Preprocessing(size=16, resize=20)
    return model, kr.export_saved_model(model, where, class_names=CLASSES, preprocessing=way, top=9)


@pytest.fixture(scope="session")
def server(exported):
    return Server(exported[1].path)
