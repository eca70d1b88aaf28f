"""The same builders on Keras's JAX backend, in a process of its own."""

import importlib.util

import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets import layers
from tests.small_networks import SmallResNet

pytestmark = pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed (extra 'test')")

PREDICT_AND_TRAIN = """
import sys, keras, numpy as np, keras_resnets as kr
assert keras.backend.backend() == "jax" and "tensorflow" not in sys.modules
folder, name, options = sys.argv[1], sys.argv[2], eval(sys.argv[3])
model = kr.build(name, weights=f"{folder}/model.weights.h5", **options)
images = np.load(f"{folder}/images.npy")
np.save(f"{folder}/outputs.npy", model.predict(images, verbose=0))
sgd = kr.training.CoupledSGD(0.01, 0.9, coupled_weight_decay=1e-4)
model.compile(sgd, "sparse_categorical_crossentropy")
before = [np.array(w) for w in model.get_weights()]
losses = model.fit(images, np.arange(len(images)) % 3, epochs=2, verbose=0).history["loss"]
assert np.isfinite(losses).all(), losses
assert all((old != new).any() for old, new in zip(before, model.get_weights()))
model.save(f"{folder}/trained.keras")
again = keras.saving.load_model(f"{folder}/trained.keras")
np.testing.assert_allclose(again.predict(images, verbose=0), model.predict(images, verbose=0), atol=1e-5)
"""


SMALL = """
import functools, sys, keras, numpy as np
from keras_resnets.blocks.residual import basic, residual
from keras_resnets.networks import resnet
from keras_resnets.networks.assemble import assemble
folder = sys.argv[1]
assert keras.backend.backend() == "jax" and "tensorflow" not in sys.modules
block = functools.partial(residual, transform=basic, shortcut="A")
model = assemble(resnet.cifar("small", block, (1, 1), filters=8), input_shape=(None, None, 1), classes=3)
model.load_weights(f"{folder}/model.weights.h5")
np.save(f"{folder}/outputs.npy", model.predict(np.load(f"{folder}/images.npy"), verbose=0))

from keras_resnets import layers
maps = np.load(f"{folder}/maps.npy")
made = [getattr(layers, name)(**options)(maps) for name, options, _ in eval(sys.argv[2])]
np.savez(f"{folder}/outputs.npz", *made)
"""
UNOPTIMIZED = {"JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}  # an optimized initializer compiles for seconds, for each shape
LAYERS = [  # class, options, and the largest relative difference that rounding explains
    ("AdaptiveAveragePooling", {"size": 4}, 1e-5),
    ("LocalResponseNormalization", {}, 1e-5),
    ("LocalResponseNormalization", {"alpha": 0.5}, 1e-5),
    ("Maxout", {"pieces": 3}, 0),
    ("SpatialPyramidPooling", {"levels": (7, 3, 2, 1)}, 0),
]


def test_a_small_network_and_layers_agree_with_tensorflow(tmp_path, rng, fresh_python):
    """In one process, whose imports take longest."""
    model = SmallResNet(input_shape=(None, None, 1), classes=3)
    images = rng.normal(size=(6, 16, 16, 1)).astype("float32")
    model.save_weights(tmp_path / "model.weights.h5")
    np.save(tmp_path / "images.npy", images)
    maps = 30 * rng.normal(size=(2, 7, 9, 6)).astype("float32")
    np.save(tmp_path / "maps.npy", maps)
    fresh_python(SMALL, tmp_path, LAYERS, KERAS_BACKEND="jax", **UNOPTIMIZED)
    expected = np.asarray(model(images, training=False))
    np.testing.assert_allclose(np.load(tmp_path / "outputs.npy"), expected, atol=1e-4)
    assert expected.std(axis=0).max() > 1e-4
    on_jax = np.load(tmp_path / "outputs.npz").values()
    for (name, options, difference), found in zip(LAYERS, on_jax, strict=True):
        on_tensorflow = getattr(layers, name)(**options)(maps)
        np.testing.assert_allclose(found, on_tensorflow, rtol=difference, atol=difference / 10, err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name, options",
    [
        ("resnet20", {"input_shape": (None, None, 1), "classes": 3}),
        ("preact_resnet18", {"input_shape": (16, 16, 3), "classes": 3}),
        ("resnext29_8x64d", {"cardinality": 8, "base_width": 8, "classes": 3, "input_shape": (16, 16, 3)}),
    ],
)
def test_outputs_agree_with_tensorflow_and_training_runs(name, options, tmp_path, rng, fresh_python):
    model = kr.build(name, **options)
    channels = options["input_shape"][-1]
    images = rng.normal(size=(6, 16, 16, channels)).astype("float32")
    model.save_weights(tmp_path / "model.weights.h5")
    np.save(tmp_path / "images.npy", images)
    fresh_python(PREDICT_AND_TRAIN, tmp_path, name, options, KERAS_BACKEND="jax")
    expected = model.predict(images, verbose=0)
    np.testing.assert_allclose(np.load(tmp_path / "outputs.npy"), expected, atol=1e-4)
    assert expected.std(axis=0).max() > 1e-4


EVALUATE = """
import sys, keras, numpy as np, keras_resnets as kr
assert keras.backend.backend() == "jax"
model = kr.build("resnet20", weights=sys.argv[1] + "/model.weights.h5", classes=3)
images = np.load(sys.argv[1] + "/images.npy")
for protocol in (kr.evaluation.TEN_CROPS, kr.evaluation.MULTI_SCALE.at(320)):
    found = kr.evaluate(model, (images, np.arange(5) % 3), protocol=protocol, progress=False, batch_size=10)
    print(found.negative_log_likelihood)
assert "tensorflow" not in sys.modules
"""


@pytest.mark.slow
def test_evaluation_agrees_with_tensorflow(tmp_path, rng, fresh_python):
    model = kr.ResNet20(classes=3)
    images = rng.integers(0, 256, (5, 32, 36, 3), dtype="uint8")
    model.save_weights(tmp_path / "model.weights.h5")
    np.save(tmp_path / "images.npy", images)
    found = map(float, fresh_python(EVALUATE, tmp_path, KERAS_BACKEND="jax").split())
    for protocol, likelihood in zip((kr.evaluation.TEN_CROPS, kr.evaluation.MULTI_SCALE.at(320)), found, strict=True):
        expected = kr.evaluate(model, (images, np.arange(5) % 3), protocol=protocol)
        assert likelihood == pytest.approx(expected.negative_log_likelihood, rel=1e-4)
