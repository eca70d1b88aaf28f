"""Errors, ranks and predictions against plain NumPy."""

import keras
import numpy as np
import pytest
from PIL import Image

import keras_resnets as kr
from keras_resnets.evaluation.metrics import log_probabilities
from tests.small_networks import OneBlock


def table_model(rows, activation=None):
    """A model that answers image k, a single pixel of value k, with row k of a table."""
    inputs = keras.Input((1, 1, 1))
    x = keras.layers.Rescaling(255.0)(keras.layers.Flatten()(inputs))
    x = keras.layers.Embedding(len(rows), len(rows[0]), weights=[np.asarray(rows, "float32")])(x)
    x = keras.layers.Flatten()(x)
    outputs = keras.layers.Activation(activation or "linear")(x)
    return keras.Model(inputs, outputs)


def split_of(labels):
    return kr.data.Split(np.arange(len(labels), dtype="uint8").reshape(-1, 1, 1, 1), np.asarray(labels))


@pytest.mark.parametrize("activation", [None, "softmax"])
def test_errors_and_likelihood_by_hand(activation, rng):
    logits, labels = rng.normal(size=(40, 8)), rng.integers(0, 8, 40)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    rank = (logits > logits[np.arange(40), labels][:, None]).sum(axis=1)
    found = kr.evaluate(table_model(logits, activation), split_of(labels), batch_size=7)
    assert found.images == 40
    assert found.errors == (logits.argmax(axis=1) != labels).sum() == (rank > 0).sum()
    assert found.top1_error == pytest.approx(100 * (rank > 0).mean())
    assert found.top5_error == pytest.approx(100 * (rank >= 5).mean())
    assert 0 < found.top5_error < found.top1_error
    expected = -np.log(p[np.arange(40), labels]).mean()
    assert found.negative_log_likelihood == pytest.approx(expected, rel=1e-5)


def test_ties_go_to_the_first_class_as_argmax_has_it():
    found = kr.evaluate(table_model([[1.0, 1.0], [1.0, 1.0]]), split_of([0, 1]))
    assert found.errors == 1


def test_large_logits_do_not_overflow():
    model = table_model([[0.0, 0.0]])
    found = log_probabilities(model, np.array([[1e4, 0.0]]))
    np.testing.assert_allclose(found, [[0.0, -1e4]])


def test_the_mean_is_subtracted():
    model = table_model([[1.0, 0.0], [0.0, 1.0]])
    shifted = kr.evaluate(model, split_of([0, 0]), mean=np.zeros((1, 1, 1), "float32"))
    assert shifted.errors == 1
    one = np.full((1, 1, 1), 1 / 255, "float32")
    assert kr.evaluate(model, kr.data.Split(np.ones((1, 1, 1, 1), "uint8"), np.array([0])), mean=one).errors == 0


def test_labels_beyond_the_classes_are_refused():
    with pytest.raises(ValueError, match="labels reach 2"):
        kr.evaluate(table_model([[1.0, 0.0]]), split_of([2]))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A small network that has seen the digits once."""
    values = {"recipe": "he_cifar", "epochs": 1, "learning_rate": 0.02}
    return kr.train(OneBlock, "digits", run_dir=tmp_path_factory.mktemp("digits") / "run", **values)


def test_a_run_is_evaluated_on_its_own_test_images(run):
    found = kr.evaluate(run.path)
    assert found.images == 355
    assert found.top1_error == pytest.approx(run.read_result()["test_error"], abs=1e-3)


def test_predictions_are_the_models_own(run, tmp_path):
    images = kr.data.load("digits").test
    paths = []
    for index in range(3):
        paths.append(tmp_path / f"{index}.png")
        Image.fromarray(images.images[index, :, :, 0]).save(paths[-1])
    found = kr.evaluation.predict(run.path, paths, top=2)
    logits = run.load("last").predict_on_batch(images.images[:3] / 255 - run.read_mean())
    for prediction, path, row in zip(found, paths, np.asarray(logits), strict=True):
        assert prediction.file == path
        assert [int(name) for name, _ in prediction.classes] == list(np.argsort(-row)[:2])
        assert prediction.classes[0][1] == pytest.approx(np.exp(row.max()) / np.exp(row).sum(), rel=1e-3)


def test_images_are_made_upright_and_gray_or_rgb(tmp_path):
    pixels = np.zeros((8, 8, 3), "uint8")
    pixels[:4, :, 0] = 255
    image = Image.fromarray(pixels)
    image.save(tmp_path / "plain.png")
    exif = Image.Exif()
    exif[0x0112] = 3  # rotated by 180 degrees
    image.save(tmp_path / "turned.png", exif=exif)
    plain, turned = (kr.evaluation.read_image(tmp_path / f"{name}.png", (8, 8, 3)) for name in ("plain", "turned"))
    np.testing.assert_array_equal(plain, pixels)
    np.testing.assert_array_equal(turned, pixels[::-1, ::-1])
    for mode in ("L", "CMYK", "RGBA", "P", "I;16"):
        path = tmp_path / f"{mode[0]}.tiff"
        Image.new(mode, (20, 10)).save(path)
        for channels in (1, 3):
            assert kr.evaluation.read_image(path, (5, 6, channels)).shape == (5, 6, channels)


def test_what_is_no_image_is_named(run, tmp_path):
    whole = tmp_path / "whole.png"
    Image.new("L", (64, 64)).save(whole)
    (tmp_path / "cut.png").write_bytes(whole.read_bytes()[:60])
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no image")
    for name in ("cut.png", "empty.png", "text.png", "missing.png"):
        with pytest.raises(ValueError, match=name):
            kr.evaluation.predict(run.path, [whole, tmp_path / name])


def test_what_is_no_run_is_named(tmp_path):
    for call in (
        lambda: kr.evaluate(tmp_path),
        lambda: kr.evaluation.predict(tmp_path, ["a.png"]),
    ):
        with pytest.raises(FileNotFoundError, match="holds no run"):
            call()


def test_weights_are_last_or_best(run):
    with pytest.raises(ValueError, match="choose one of 'best', 'last'"):
        run.load("latest")
