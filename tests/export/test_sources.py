"""One network from every source that an export takes: the files must describe the same network."""

import json
import zipfile

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.runs import Run
from tests.export.conftest import small_network

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="It exports TensorFlow's graphs.")

NAMES = ("red", "green", "blue", "gray")
MEAN = np.linspace(0, 0.5, 16 * 16 * 3, dtype=np.float32).reshape(16, 16, 3)


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Each source, with what it lacks."""
    model = small_network()
    model.compile()
    run = Run(tmp_path_factory.mktemp("runs") / "run")
    with run.locked():
        run.begin({"dataset": "digits", "class_names": list(NAMES)}, MEAN)
        run.save(model, "last")
    preprocessing = kr.weights.Preprocessing.of_training(MEAN, size=16)
    return {
        "a run directory": (run.path, {}),
        "a classifier": (kr.Classifier(model, preprocessing, NAMES), {}),
        "a model with a mean": (model, {"mean": MEAN, "class_names": NAMES}),
        "a model with a preprocessing": (model, {"preprocessing": preprocessing, "class_names": NAMES}),
    }


def of_onnx(source, folder, given):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    made = kr.export_onnx(source, folder / "net.onnx", include_preprocessing=True, **given)
    found = {entry.key: json.loads(entry.value) for entry in onnx.load(made.path).metadata_props}
    assert found["labels"] == list(NAMES)
    return found


def of_litert(source, folder, given):
    pytest.importorskip("ai_edge_litert")
    made = kr.export_litert(source, folder / "net.tflite", include_preprocessing=True, **given)
    with zipfile.ZipFile(made.path) as archive:
        assert archive.read("labels.txt").decode().split() == list(NAMES)
        return json.loads(archive.read("metadata.json"))


def of_saved_model(source, folder, given):
    assets = kr.export_saved_model(source, folder / "net", **given).path / "assets"
    np.testing.assert_array_equal(np.load(assets / "mean.npy"), MEAN)
    assert (assets / "labels.txt").read_text().split() == list(NAMES)
    return json.loads((assets / "preprocessing.json").read_text())


@pytest.mark.parametrize("described", [of_onnx, of_litert, pytest.param(of_saved_model, marks=pytest.mark.slow)])
def test_files_of_every_source_have_the_same_metadata(described, sources, tmp_path, asked_here):
    found = {name: described(source, tmp_path / name, given) for name, (source, given) in sources.items()}
    expected = found["a run directory"]
    assert all(metadata == expected for metadata in found.values())
    if described is not of_saved_model:  # which describes a mean image by its file, compared above
        assert np.array_equal(np.float32(expected["preprocessing"]["mean"]), MEAN)


def test_labels_is_the_old_name_of_class_names(tmp_path):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    with pytest.warns(DeprecationWarning, match=r"^labels is now class_names\.$") as caught:
        made = kr.export_onnx(small_network(), tmp_path / "net.onnx", labels=NAMES)
    assert [one.filename for one in caught if "class_names" in str(one.message)] == [__file__]
    found = {entry.key: json.loads(entry.value) for entry in onnx.load(made.path).metadata_props}
    assert found["labels"] == list(NAMES)
