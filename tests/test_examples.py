"""The examples run, on folders that are made here."""

import re
import runpy
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

import keras_resnets as kr
from keras_resnets import cli

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


def test_fine_tune_says_what_it_takes(monkeypatch, capsys):
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, "fine_tune.py", "--help")
    assert ended.value.code == 0 and "--weights" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("with_weights", [False, True])
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
    tuned = kr.Classifier.open(tmp_path / "tuned.keras")
    assert tuned.class_names == ("bright", "dark")
    assert (tuned.preprocessing.lengths, tuned.preprocessing.mean) == ((16, 16), kr.weights.Preprocessing().mean)
    # 20 images, of which Keras has kept 4 by its own seed: what it printed is what the opened file gives for them.
    kept = keras.utils.image_dataset_from_directory(
        folder, image_size=(20, 24), validation_split=0.2, subset="validation", seed=0
    )
    images, labels = next(iter(kept))
    found = kr.evaluate(tuned, (np.uint8(images), np.asarray(labels)))
    assert f"kept for validation: {(4 - found.errors) / 4:.1%}" in printed
    assert kr.evaluate(tmp_path / "tuned.keras", folder).images == 20


@pytest.mark.slow
def test_what_fine_tune_has_saved_is_opened_by_the_commands(folder, tmp_path, monkeypatch, capsys):
    pytest.importorskip("onnxruntime")
    file = tmp_path / "tuned.keras"
    run(monkeypatch, "fine_tune.py", folder, "--network", "resnet20", "--size", 16, "--epochs", 1, "--output", file)
    capsys.readouterr()
    assert cli.main(["predict", str(file), str(folder / "dark" / "0.png")]) == 0
    assert re.search(r"0\.png: (bright|dark) [\d.]+ %, (bright|dark) [\d.]+ %", capsys.readouterr().out)
    assert cli.main(["evaluate", str(file), "--dataset", str(folder)]) == 0
    assert "of 20)" in capsys.readouterr().out
    made = tmp_path / "tuned.onnx"
    assert cli.main(["export", str(file), str(made), "--format", "onnx", "--include-preprocessing"]) == 0
    assert made.is_file()
