"""The trained network in saved_models/ classifies the 64 test images that are kept here as its record says.

tests/data/fashion_mnist_64.npz: images of Fashion-MNIST's test split drawn by NumPy's generator of seed 0
(Xiao et al. 2017, arXiv 1708.07747, github.com/zalandoresearch/fashion-mnist, MIT licence).
"""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_resnets.export import probe
from tests.data.pictures import encoded
from tests.export import rest
from tests.export.conftest import Server

ROOT = Path(__file__).parents[2]
NAME = "resnet20_fashion_mnist"
MODEL = ROOT / "saved_models" / NAME
VERSION = MODEL / "1"
SERVING = ROOT / "examples" / "serving"


@pytest.fixture(scope="module")
def shirts():
    with np.load(ROOT / "tests" / "data" / "fashion_mnist_64.npz") as file:
        return file["images"], file["labels"]


@pytest.fixture(scope="module")
def trained():
    return Server(VERSION)


@pytest.fixture(scope="module")
def url(trained):
    with rest.serving(NAME, trained) as address:
        yield address


@pytest.fixture
def client(monkeypatch):
    monkeypatch.syspath_prepend(SERVING)
    import client

    return client


def test_it_meets_the_accuracy_of_its_record(trained, shirts):
    images, labels = shirts
    names = (VERSION / "assets" / "labels.txt").read_text().splitlines()
    found = trained.ask("classify_bytes", image_bytes=[encoded(image[..., 0], "PNG") for image in images])
    right = sum(row[0] == names[label] for row, label in zip(found["classes"], labels, strict=True))
    record = json.loads((VERSION / "assets" / "provenance.json").read_text())
    assert record["run"]["result"]["test_error"] == pytest.approx(6.98)
    assert right == 62  # 96.9 %; of all 10,000 it has 93.02 %
    probabilities = trained.ask("serving_default", images=images)["probabilities"]
    assert np.allclose(probabilities.max(1), found["scores"][:, 0], atol=1e-6)


def test_it_is_small_whole_and_free_of_this_machine():
    assert sum(path.stat().st_size for path in MODEL.rglob("*") if path.is_file()) < 3_000_000
    assert probe.faults(VERSION) == []
    assert {path.name for path in MODEL.iterdir()} >= {"1", "models.config", "batching.config"}


def test_the_client_asks_over_rest(url, client, shirts, tmp_path, monkeypatch, capsys):
    images, _ = shirts
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    Image.fromarray(images[0][..., 0]).save(good)
    bad.write_bytes(b"no image")
    monkeypatch.setattr(sys, "argv", ["client.py", str(good), str(bad), str(good), "--url", url, "--model", NAME])
    assert client.main() == 1
    first, second, third = capsys.readouterr().out.splitlines()
    assert first == third and first.startswith(f"{good}: ") and first.endswith(" %")
    assert second == f"{bad}: no JPEG or PNG by its first bytes"
    with pytest.raises(OSError, match="status 404"):
        client.classify(url, "another", [good.read_bytes()])


def test_the_load_test_counts(url, client, shirts, tmp_path, monkeypatch, capsys):
    import load_test

    Image.fromarray(shirts[0][0][..., 0]).save(tmp_path / "shirt.png")
    options = ["--url", url, "--model", NAME, "--clients", "2", "--seconds", "0.5", "--batch", "3"]
    monkeypatch.setattr(sys, "argv", ["load_test.py", str(tmp_path / "shirt.png"), *options])
    assert load_test.main() == 0
    assert "requests of 3 in" in (out := capsys.readouterr().out) and " 0 errors" in out and "images/s" in out
    (tmp_path / "shirt.png").write_bytes(b"no image")
    assert load_test.main() == 1
    assert "the first error: no JPEG or PNG" in capsys.readouterr().out
