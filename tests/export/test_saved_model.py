"""An export answers as the Keras model does, from a server's loader; what cannot be exported leaves nothing."""

import json
import os

import keras
import numpy as np
import pytest
import tensorflow as tf

import keras_resnets as kr
from keras_resnets.cli import main
from keras_resnets.evaluation.forward import flexible
from keras_resnets.export import check, saved_model, served
from keras_resnets.images import in_graph
from tests.data.pictures import encoded, png_that_promises, smooth
from tests.export.conftest import CLASSES, Server, small_network

PICTURES = [encoded(smooth(24, 40, seed), kind) for seed, kind in enumerate(("JPEG", "PNG", "JPEG", "PNG"))]
WAY = kr.weights.Preprocessing(size=16, resize=20)


def probabilities(model, images):
    return np.asarray(keras.ops.softmax(model(kr.preprocess_input(images, WAY))))


def test_signatures_have_names_and_free_batches(server):
    named = {
        signature: [
            {
                name: (tf.as_dtype(info.dtype).name, [d.size for d in info.tensor_shape.dim])
                for name, info in side.items()
            }
            for side in (definition.inputs, definition.outputs)
        ]
        for signature, definition in server.signatures.items()
        if not signature.startswith("__")
    }
    images = {"images": ("uint8", [-1, -1, -1, 3])}
    assert named == {
        "serving_default": [images, {"probabilities": ("float32", [-1, 4])}],
        "features": [images, {"features": ("float32", [-1, 6])}],
        "classify_bytes": [
            {"image_bytes": ("string", [-1])},
            {"classes": ("string", [-1, 4]), "scores": ("float32", [-1, 4]), "error": ("string", [-1])},
        ],
    }


@pytest.mark.parametrize("count, height, width", [(1, 16, 16), (3, 16, 16), (2, 40, 23)])
def test_images_of_any_number_and_size(count, height, width, exported, server):
    model, _ = exported
    images = np.array([smooth(height, width, seed) for seed in range(count)], np.uint8).reshape(-1, height, width, 3)
    found = server.ask("serving_default", images=images)["probabilities"]
    assert found.shape == (count, 4)
    # A pixel in some hundreds is resized to the neighbouring level of Pillow's.
    assert np.abs(found - probabilities(model, images)).max() < (1e-5 if height == width else 5e-3)
    assert np.ptp(found, axis=1).min() > 0.05


@pytest.mark.parametrize(
    "count, height, width, words",
    [(1, 0, 16, "must have pixels"), (0, 16, 16, "there must be images"), (1, 1, 300, "at most 100 times")],
)
def test_images_that_cannot_be_are_a_clear_status(count, height, width, words, server):
    with pytest.raises(tf.errors.InvalidArgumentError, match=words):
        server.ask("serving_default", images=np.zeros((count, height, width, 3), np.uint8))


def test_bytes_are_classified_as_evaluation_does(exported, server, tmp_path):
    model, _ = exported
    files = [tmp_path / str(k) for k in range(len(PICTURES))]
    for file, content in zip(files, PICTURES, strict=True):
        file.write_bytes(content)
    expected = kr.evaluation.predict(model, files, CLASSES, top=4, preprocessing=WAY)
    found = server.ask("classify_bytes", image_bytes=PICTURES)
    for k, prediction in enumerate(expected):
        assert [name for name, _ in prediction.classes] == list(found["classes"][k])
        assert np.allclose(
            [p for _, p in prediction.classes], found["scores"][k], atol=5e-3
        )  # some pixels differ by a level
    assert list(found["error"]) == [""] * 4


def test_a_bad_image_is_an_error_of_its_own(server):
    bad = [b"", b"no image", png_that_promises(60_000, 60_000), PICTURES[0][:300], b"GIF89a" + bytes(20)]
    mixed = server.ask("classify_bytes", image_bytes=[PICTURES[0], *bad, PICTURES[1]])
    assert [bool(error) for error in mixed["error"]] == [False, *[True] * 5, False]
    assert not mixed["scores"][1:-1].any() and set(mixed["classes"][1:-1].ravel()) == {""}
    for place, picture in ((0, PICTURES[0]), (-1, PICTURES[1])):
        alone = server.ask("classify_bytes", image_bytes=[picture])
        assert list(mixed["classes"][place]) == list(alone["classes"][0])
        assert np.allclose(mixed["scores"][place], alone["scores"][0], atol=1e-6)


def test_features_are_what_the_classifier_reads(exported, server):
    model, _ = exported
    image = smooth(16, 16)[None]
    expected = keras.Model(model.inputs[0], model.layers[-1].input)(kr.preprocess_input(image, WAY))
    assert np.allclose(server.ask("features", images=image)["features"], expected, rtol=1e-5)


def test_what_lies_beside(exported):
    _, export = exported
    assets = export.path / "assets"
    assert (assets / "labels.txt").read_text().split() == list(CLASSES)
    told = json.loads((assets / "preprocessing.json").read_text())
    assert (told["shorter_side"], told["centre"], told["order"], told["mean"]) == (20, 16, "RGB", list(WAY.mean))
    origin = json.loads((assets / "provenance.json").read_text())
    assert origin["network"] == "small" and origin["with"]["tensorflow"] == tf.__version__
    assert origin["differences"] == export.differences and set(export.differences) == set(check.allowed(_subject()))
    assert sorted(path.name for path in export.path.parent.iterdir() if path.name != ".lock") == [
        "1",
        "batching.config",
        "models.config",
    ]
    assert 'name: "small"' in (export.path.parent / "models.config").read_text()
    assert (export.version, os.fspath(export), export.name) == (1, str(export.path), "small")
    printed = str(export)
    assert f'-v "{export.path.parent}:/models/small:ro"' in printed and "v1/models/small:predict" in printed


def _subject():
    return served.served(kr.Classifier(small_network()))


@pytest.mark.slow
def test_folded_for_floats_at_another_size(tmp_path, asked_here):
    """One export with every option: a network that gives probabilities, folded, of gray images, at another size."""
    model = small_network(channels=1)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.moving_mean.assign(np.linspace(-0.5, 0.5, 6))
            layer.moving_variance.assign(np.linspace(0.5, 2, 6))
    out = kr.export_saved_model(
        model, tmp_path / "net", mean=np.full(1, 0.3), size=24, dtype="float32", fold_batch_norm=True, top=2
    )
    assert out.differences["probabilities"] <= 1e-5
    server = Server(out)
    images = np.random.default_rng(0).uniform(0, 255, (2, 24, 24, 1)).astype(np.float32)
    found = server.ask("serving_default", images=images)["probabilities"]
    assert np.abs(found - flexible(model)(images / 255 - 0.3)).max() < 1e-5
    assert [list(row) for row in np.argsort(-found)[:, :2].astype(str)] == [
        list(row) for row in server.ask("classify_bytes", image_bytes=_pngs(images))["classes"]
    ]
    ops = {op.type for op in server.session.graph.get_operations()}
    assert not any("BatchNorm" in op for op in ops)
    described = json.loads((out.path / "assets" / "preprocessing.json").read_text())
    assert (described["mean"], described["scale"], described["order"]) == ([0.3], 1 / 255, "L")


def _pngs(images):
    return [encoded(image[..., 0].round().astype(np.uint8), "PNG") for image in images]


@pytest.mark.slow
def test_the_command_exports_the_next_version(tmp_path, asked_here, capsys):
    small_network().save(tmp_path / "small.keras")
    (tmp_path / "names.txt").write_text("\n".join(CLASSES))
    (tmp_path / "net" / "41").mkdir(parents=True)
    command = ["export", str(tmp_path / "small.keras"), str(tmp_path / "net"), "--top", "2", "--fold-batch-norm"]
    assert main([*command, "--class-names", str(tmp_path / "names.txt"), "--preprocessing", "tf"]) == 0
    assert capsys.readouterr().out.startswith(
        f"{tmp_path / 'net' / '42'}: serving_default, classify_bytes, features.\n"
    )
    about = json.loads((tmp_path / "net" / "42" / "assets" / "provenance.json").read_text())
    assert (about["source"], about["top"], about["fold_batch_norm"]) == ("small.keras", 2, True)


def refused(tmp_path, error, words, model, **options):
    with pytest.raises(error, match=words):
        kr.export_saved_model(model, tmp_path / "models" / "net", **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_difference_leaves_nothing(tmp_path, monkeypatch, asked_here):
    monkeypatch.setattr(in_graph, "standardize", lambda pixels, expected: pixels / 128)
    refused(tmp_path, ValueError, "differs from the model: its probabilities by .* it was deleted", small_network())


@pytest.mark.slow
def test_what_servers_lack_leaves_nothing(tmp_path):
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(6, 3, groups=3, name="grouped")(inputs)
    outputs = keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(x))
    refused(tmp_path, ValueError, "would not run on a server: .* compiled by XLA", keras.Model(inputs, outputs))


def test_interrupted_it_leaves_nothing(tmp_path, monkeypatch):
    def stop(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "check", stop)
    refused(tmp_path, KeyboardInterrupt, "^$", small_network())


def unbuilt():
    return keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2)], name="unbuilt")


def of_any_size():
    inputs = keras.Input((None, None, 3))
    return keras.Model(inputs, keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(inputs)), name="free")


@pytest.mark.parametrize(
    "model, options, error, words",
    [
        (unbuilt, {}, ValueError, "'unbuilt' is not built: give it a keras.Input"),
        (lambda: kr.ResNet20(include_top=False), {}, ValueError, "build it with its top"),
        (lambda: "resnet21@torchvision", {}, ValueError, "did you mean 'resnet20'"),
        (lambda: "nowhere", {}, FileNotFoundError, "'nowhere' holds no run"),
        (lambda: 3, {}, TypeError, "a run directory, a .keras file or NETWORK@WEIGHTS, not 3"),
        (of_any_size, {}, ValueError, "None x None: give size="),
        (small_network, {"top": 0}, ValueError, "top must be a positive integer, not 0"),
        (small_network, {"most_pixels": 100}, ValueError, "most_pixels must be at least 2,304, not 100"),
        (small_network, {"dtype": "uint16"}, ValueError, "did you mean 'uint8'"),
        (small_network, {"class_names": ["a"]}, ValueError, "1 class names, but 'small' has 4 classes"),
        (
            small_network,
            {"size": 20, "mean": np.zeros((16, 16, 3))},
            ValueError,
            "A mean image of 16 x 16 pixels",
        ),
        (lambda: small_network(channels=5), {}, ValueError, "images of 5 channels"),
        (lambda: small_network(activation="relu"), {}, ValueError, "ends in 'relu'"),
    ],
)
def test_what_cannot_be_exported_is_told_in_a_sentence(model, options, error, words, tmp_path):
    refused(tmp_path, error, words, model(), **options)


@pytest.mark.parametrize(
    "name, words", [("3", "would be a version"), ("my net", "must be of letters, .*, not 'my net'")]
)
def test_a_directory_is_named_as_a_model(name, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        saved_model.export_saved_model(small_network(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_training_s_classifiers_are_not_exported():
    model = kr.build("googlenet", aux=True, classes=3, input_shape=(79, 79, 3), classifier_activation=None)
    subject = served.served(kr.Classifier(model))
    assert set(subject.outputs.output) == {"outputs", "features"}
    assert not any(layer.name.startswith("aux") for layer in subject.outputs.layers)
    assert subject.labels == ("0", "1", "2")


@pytest.mark.slow
def test_outputs_that_are_not_finite_leave_nothing(tmp_path, asked_here):
    model = small_network()
    model.get_layer("head_dense").bias.assign([0, np.nan, 0, 0])
    refused(tmp_path, FloatingPointError, r"outputs of 'small' are not finite .*'head_dense/bias' are not", model)
