"""Weights that come with the package: their checksums, what they carry, and what they answer on images made here."""

import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets._files import sha256
from keras_resnets.weights import bundled
from keras_resnets.weights.bundled import BUNDLED, bundled_file
from keras_resnets.weights.native import read_training

EVERY = [(network, dataset) for dataset, networks in BUNDLED.items() for network in networks]
MOST_BYTES = 6 << 20
ANSWERS = {  # to `pattern`, by the model of the run itself
    "resnet20": [
        ("bird", 0.9425),
        ("bird", 0.9972),
        ("automobile", 0.8393),
        ("bird", 0.4782),
        ("frog", 0.6370),
        ("frog", 0.8418),
    ]
}


def pattern(count=6, size=32):
    """Colored waves, uint8 [count, size, size, 3], the same everywhere."""
    rows, columns = np.mgrid[:size, :size] / size
    waves = [np.sin(2 * np.pi * (1 + i) * (rows * (c + 1) + columns * (3 - c))) for i in range(count) for c in range(3)]
    return np.uint8(127.5 + 127 * np.stack(waves, -1).reshape(size, size, count, 3).transpose(2, 0, 1, 3))


def test_all_together_are_small():
    assert sum(path.stat().st_size for path in bundled.FOLDER.glob("*.safetensors")) < MOST_BYTES
    names = {f"{network}-{dataset}.safetensors" for network, dataset in EVERY}
    assert {path.name for path in bundled.FOLDER.glob("*.safetensors")} == names


@pytest.mark.parametrize("network, dataset", EVERY)
def test_the_record_is_the_files(network, dataset):
    entry, path = BUNDLED[dataset][network], bundled_file(network, dataset)
    training = read_training(path)
    assert sha256(path) == entry.sha256
    assert (training["network"], training["dataset"], training["recipe"]["name"]) == (network, dataset, entry.recipe)
    assert training["result"]["test_error"] == pytest.approx(entry.test_error, abs=0.005)


@pytest.mark.parametrize("network, dataset", EVERY)
def test_it_names_what_it_sees(network, dataset):
    classifier = kr.Classifier.open(f"{network}@{dataset}")
    assert classifier.class_names[:2] == ("airplane", "automobile") and classifier.origin.dataset == dataset
    assert classifier.preprocessing.has_mean_image and classifier.preprocessing.size == 32
    found = [prediction.classes[0] for prediction in classifier.predict(list(pattern()), top=1)]
    assert [name for name, _ in found] == [name for name, _ in ANSWERS[network]]
    np.testing.assert_allclose([p for _, p in found], [p for _, p in ANSWERS[network]], atol=2e-3)


def test_a_network_without_weights_is_told_those_with():
    with pytest.raises(ValueError, match="no weights of 'plain20' trained on cifar10: choose one of resnet20"):
        kr.Plain20(weights="cifar10")


def test_a_damaged_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(bundled, "FOLDER", tmp_path)
    for content in (None, b"other"):
        if content:
            (tmp_path / "resnet20-cifar10.safetensors").write_bytes(content)
        with pytest.raises(ValueError, match="missing or damaged: install keras_resnets anew"):
            kr.ResNet20(weights="cifar10")
