"""The examples run, on folders that are made here."""

import runpy
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

import keras_resnets as kr

EXAMPLES = Path(kr.__file__).parents[1] / "examples"


@pytest.fixture
def folder(tmp_path, rng):
    """Ten images of each of two classes, dark ones and bright ones."""
    for name, low in (("bright", 128), ("dark", 0)):
        (tmp_path / "images" / name).mkdir(parents=True)
        for index in range(10):
            pixels = rng.integers(low, low + 128, (20, 24, 3)).astype("uint8")
            Image.fromarray(pixels).save(tmp_path / "images" / name / f"{index}.png")
    return tmp_path / "images"


def run(monkeypatch, program, *arguments):
    monkeypatch.setattr(sys, "argv", [program, *map(str, arguments)])
    runpy.run_path(str(EXAMPLES / program), run_name="__main__")


@pytest.mark.parametrize("with_weights", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_fine_tune(with_weights, folder, tmp_path, monkeypatch, capsys):
    weights = []
    if with_weights:
        kr.ResNet20(include_top=False).save_weights(tmp_path / "body.weights.h5")
        weights = ["--weights", tmp_path / "body.weights.h5"]
    options = ("--network", "resnet20", "--size", 16, "--epochs", 1, "--output", tmp_path / "tuned.keras")
    run(monkeypatch, "fine_tune.py", folder, *options, *weights)
    printed = capsys.readouterr().out
    assert ("starts from random ones" in printed) != with_weights
    assert "kept for validation: " in printed
    model = keras.saving.load_model(tmp_path / "tuned.keras")
    assert model.predict_on_batch(np.zeros((3, 16, 16, 3))).shape == (3, 2)
