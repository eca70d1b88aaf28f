"""Networks as LiteRT files, run by its interpreter."""

import json
import re
import zipfile

import keras
import numpy as np
import pytest
from PIL import Image

import keras_resnets as kr
from keras_resnets.export import litert_file, prepare
from keras_resnets.images.with_pillow import center_crop, pixels_of
from tests.export.families import EVERY_FAMILY, tiny, trained

interpreters = pytest.importorskip("ai_edge_litert.interpreter")
pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="It converts TensorFlow's graphs.")


def outputs(file, images):
    """Of the images one by one, as a phone asks."""
    run = interpreters.Interpreter(model_path=str(file)).get_signature_runner()
    return np.concatenate([next(iter(run(images=image[None]).values())) for image in images])


def operations(file):
    return {tensor["op_name"] for tensor in interpreters.Interpreter(model_path=str(file))._get_ops_details()}


@EVERY_FAMILY
def test_every_family_is_what_it_is_in_keras(family, rng, tmp_path):
    model, images = trained(family, rng)
    made = kr.export_litert(model, tmp_path / "model.tflite", images=images)
    expected = model(images)
    expected = np.asarray(expected["main"] if isinstance(expected, dict) else expected)
    assert np.abs(outputs(made.path, images) - expected).max() < 1e-4 * np.abs(expected).max()
    assert made.largest_difference < 1e-4 and made.top1_agreement == 1 and made.images == 3
    assert not {"READ_VARIABLE", "TRANSPOSE"} & operations(made.path)
    assert not any(name.startswith("Flex") for name in operations(made.path))


@pytest.mark.slow
@pytest.mark.parametrize("quantize, smaller, difference", [("float16", 1.8, 5e-3), ("int8", 2.5, 0.1)])
def test_quantized_it_is_smaller_and_tells_what_changed(quantize, smaller, difference, rng, tmp_path):
    model, _ = trained("resnext", rng)
    images = rng.normal(size=(20, 16, 16, 3)).astype("float32")
    classes = model.predict_on_batch(images).argmax(axis=1)
    classes[:5] = (classes[:5] + 1) % 7
    options = {"representative": images} if quantize == "int8" else {}
    whole = kr.export_litert(model, tmp_path / "whole.tflite")
    made = kr.export_litert(model, tmp_path / "small.tflite", quantize=quantize, images=(images, classes), **options)
    assert made.bytes == made.path.stat().st_size < whole.bytes / smaller
    assert 0 < made.largest_difference < difference
    found = outputs(made.path, images).argmax(axis=1)
    right = model.predict_on_batch(images).argmax(axis=1)
    assert made.top1_agreement == pytest.approx((found == right).mean()) and made.top1_agreement > 0.8
    assert (made.top1_keras, made.top1_litert) == pytest.approx((0.75, (found == classes).mean()))
    assert re.search(rf"{quantize}, .* MB; on 20 images .* top-1 accuracy .* \(Keras 75.00 %\)", str(made))


@pytest.mark.parametrize("quantize, difference", [("float16", 5e-3), ("int8", 0.1)])
def test_quantized_a_small_network_tells_what_changed(quantize, difference, rng, tmp_path):
    model, images = tiny(rng)
    options = {"representative": images} if quantize == "int8" else {}
    made = kr.export_litert(model, tmp_path / "small.tflite", quantize=quantize, images=images, **options)
    found, expected = outputs(made.path, images), np.asarray(model(images))
    assert 0 < made.largest_difference < difference
    assert made.largest_difference == pytest.approx(np.abs(found - expected).max() / np.abs(expected).max(), rel=1e-3)
    assert made.top1_agreement == pytest.approx((found.argmax(axis=1) == expected.argmax(axis=1)).mean())


def test_representative_images_may_come_in_batches(rng, tmp_path):
    model, images = tiny(rng)
    batches = (images[i : i + 1] for i in range(3))
    assert kr.export_litert(model, tmp_path / "model.tflite", quantize="int8", representative=batches).images == 8


def test_pixels_are_standardized_and_the_file_says_so(rng, tmp_path):
    model, _ = tiny(rng, "softmax")
    way = kr.weights.Preprocessing(size=16, resize=18, channels="BGR", labels=tuple("abcdefg"))
    made = kr.export_litert(model, tmp_path / "model.tflite", preprocessing=way, include_preprocessing=True)
    pixels = rng.integers(0, 256, (5, 16, 16, 3), dtype=np.uint8)
    expected = model.predict_on_batch(kr.preprocess_input(pixels, way))
    np.testing.assert_allclose(outputs(made.path, pixels), expected, atol=1e-5)
    with zipfile.ZipFile(made.path) as archive:
        assert archive.read("labels.txt").decode().split() == list("abcdefg")
        said = json.loads(archive.read("metadata.json"))
    assert (said["network"], said["outputs"], said["preprocessing"]["included"]) == ("tiny", ["probabilities"], True)


def test_maps_have_no_classes_to_agree_on(rng, tmp_path):
    model, _ = trained("small resnext", rng)
    made = kr.export_litert(kr.features(model), tmp_path / "model.tflite")
    assert (made.top1_agreement, made.top1_keras) == (None, None)
    assert str(made).endswith("of Keras")


def test_a_wrong_file_is_refused_and_what_was_there_stays(rng, tmp_path, monkeypatch):
    file = tmp_path / "model.tflite"
    file.write_text("the file of yesterday")
    monkeypatch.setattr(prepare.ExportModel, "expected", lambda self, images: [np.zeros((len(images), 7)) + 1])
    with pytest.raises(ValueError, match=r"LiteRT differs from Keras by .* of the largest output of 'tiny'"):
        kr.export_litert(tiny(rng)[0], file)
    assert [path.name for path in tmp_path.iterdir()] == ["model.tflite"]
    assert file.read_text() == "the file of yesterday"


@pytest.mark.parametrize(
    "options, says",
    [
        ({"quantize": "int4"}, "Unknown quantization 'int4': choose one of 'float16', 'int8'; did you mean 'int8'?"),
        ({"quantize": "int8"}, 'Give representative images, some hundred, with quantize="int8" and only with it'),
        (
            {"representative": np.zeros((1, 16, 16, 3))},
            'Give representative images, some hundred, with quantize="int8" and only with it',
        ),
        ({"images": np.zeros((1, 8, 16, 3))}, "Images must be [n, 16, 16, 3], not of the shape (1, 8, 16, 3)."),
        ({"images": (np.zeros((2, 16, 16, 3)), [1])}, "There are 2 images, but their classes are of the shape (1,)."),
        ({"include_preprocessing": True}, "'tiny' has no preprocessing to include"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(options, says, rng, tmp_path):
    with pytest.raises(ValueError, match=re.escape(says)):
        kr.export_litert(tiny(rng)[0], tmp_path / "model.tflite", **options)
    assert not list(tmp_path.iterdir())


def test_images_of_any_size_are_refused(tmp_path):
    model = kr.ResNet20(input_shape=(None, None, 3))
    with pytest.raises(ValueError, match="images of one size: build 'resnet20' with an input_shape"):
        kr.export_litert(model, tmp_path / "model.tflite")


def test_a_missing_package_is_named(rng, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(ImportError, match=r"need the package ai-edge-litert: pip install 'keras_resnets\[litert\]'"):
        kr.export_litert(tiny(rng)[0], tmp_path / "model.tflite")


def test_a_directory_is_no_file_and_one_that_is_missing_is_made(rng, tmp_path):
    with pytest.raises(IsADirectoryError, match="is a directory: name a file"):
        kr.export_litert(tiny(rng)[0], tmp_path)
    assert kr.export_litert(tiny(rng)[0], tmp_path / "new" / "model").path.is_file()


@pytest.mark.parametrize("quantize", [None, "int8"])
def test_outputs_that_are_not_finite_are_refused(quantize, rng, tmp_path):
    model, images = tiny(rng)
    model.get_layer("head_dense").bias.assign([0, np.nan, 0, 0, 0, 0, 0])
    options = {"representative": images} if quantize else {}
    with pytest.raises(FloatingPointError, match=r"outputs of 'tiny' are not finite for 3 .*'head_dense/bias' are not"):
        kr.export_litert(model, tmp_path / "model.tflite", quantize=quantize, images=images, **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("found, expected", [([1, np.nan], [1, 2]), ([1, 2], [1, np.nan]), ([1, 2], [np.inf, 2])])
def test_no_difference_hides_what_is_not_finite(found, expected):
    found, expected = (np.array([values], "float32") for values in (found, expected))
    assert prepare.largest_difference([found], [expected]) == np.inf


def test_representative_images_may_be_a_folder(rng, tmp_path, monkeypatch):
    for name in ("a/0.png", "a/1.png", "b/0.png", "top.png"):
        (tmp_path / "pets" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)).save(tmp_path / "pets" / name)
    model, _ = tiny(rng)
    way = kr.weights.Preprocessing(size=16, resize=18)
    read = []
    monkeypatch.setattr(
        litert_file, "_one_by_one", lambda _, images: ([read.append(image) or image] for image in images)
    )
    kr.export_litert(
        model, tmp_path / "pets.tflite", quantize="int8", representative=tmp_path / "pets", preprocessing=way
    )
    first = way.standardize(center_crop(pixels_of(tmp_path / "pets/top.png", 3), way)[None])
    np.testing.assert_array_equal(read[0], first)
    assert [images.shape for images in read] == 4 * [(1, 16, 16, 3)]


def test_what_is_no_folder_of_images_is_refused(rng, tmp_path):
    model, _ = tiny(rng)
    for folder, sentence in ((tmp_path / "none", "Cannot find folder"), (tmp_path, "has no image files")):
        with pytest.raises(ValueError, match=sentence):
            kr.export_litert(model, tmp_path / "net.tflite", quantize="int8", representative=folder)
    Image.new("RGB", (16, 16)).save(tmp_path / "0.png")
    with pytest.raises(ValueError, match="'tiny' has no preprocessing for image files: give"):
        kr.export_litert(model, tmp_path / "net.tflite", quantize="int8", representative=tmp_path)
