"""Networks evaluated by crops, against their own predictions of each crop, one by one."""

import dataclasses
import json
import re

import keras
import numpy as np
import pytest
from PIL import Image

import keras_resnets as kr
from keras_resnets.evaluation import CROPS_144, MULTI_SCALE, ONE_CROP, TEN_CROPS
from keras_resnets.evaluation.batches import ahead, batches

WAY = kr.weights.Preprocessing(size=16, resize=18)
SHAPES = [(23, 31), (40, 22), (30, 30), (19, 47), (23, 31)]


def small(seed=0, classes=6, shape=(16, 16, 3), activation="softmax", name="small"):
    """A few layers that see where things are, and average in the end."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input(shape)
    x = keras.layers.Conv2D(8, 3, 2, activation="relu", name="conv")(inputs)
    x = keras.layers.Conv2D(8, 3, activation="relu", name="conv2")(x)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    start = keras.initializers.RandomNormal(stddev=3.0)
    x = keras.layers.Dense(classes, activation=activation, kernel_initializer=start, name="dense")(x)
    return keras.Model(inputs, x, name=name)


@pytest.fixture
def photographs(rng):
    images = [rng.integers(0, 256, (*shape, 3), dtype="uint8") for shape in SHAPES]
    return images, np.array([0, 3, 5, 3, 1])


def by_hand(models, images, protocol):
    """The mean of the models' probabilities of each crop, an image at a time."""
    found = []
    for image in images:
        each = []
        for model in models:
            softmax = model.layers[-1].activation is keras.activations.softmax
            for some in protocol.crops(image, 16, shorter=18, interpolation="bilinear"):
                inputs = np.stack([WAY.standardize(crop) for crop in some])
                for outputs in np.asarray(model(inputs, training=False), np.float64):
                    each.append(outputs if softmax else np.exp(outputs) / np.exp(outputs).sum())
        found.append(np.mean(each, axis=0))
    return np.array(found)


@pytest.mark.parametrize("protocol", [ONE_CROP, TEN_CROPS, CROPS_144, MULTI_SCALE, MULTI_SCALE.at(240, 300)], ids=str)
def test_probabilities_are_the_mean_over_crops_and_networks(protocol, photographs):
    images, labels = photographs
    free = (None, None, 3) if protocol.cut == "whole" else (16, 16, 3)
    models = [small(0, shape=free), small(1, shape=free, activation=None)]
    p = by_hand(models, images, protocol)
    found = kr.evaluate(models, (images, labels), protocol=protocol, preprocessing=WAY, batch_size=7)
    own = p[np.arange(5), labels]
    assert found.negative_log_likelihood == pytest.approx(-np.log(own).mean(), rel=1e-4)
    assert found.errors == (p.argmax(axis=1) != labels).sum()
    assert found.crops == protocol.crops_an_image
    confidence = p.max(axis=1)
    of = np.ceil(confidence * 15)
    surplus = [(confidence - (p.argmax(axis=1) == labels))[of == m].sum() for m in range(1, 16)]
    assert found.calibration_error == pytest.approx(100 * np.abs(surplus).sum() / 5, rel=1e-3)


def test_a_network_of_one_size_slides_over_larger_images(photographs):
    fixed, free = small(), small(shape=(None, None, 3))
    free.set_weights(fixed.get_weights())
    found = [kr.evaluate(model, photographs, protocol="multi_scale", preprocessing=WAY) for model in (fixed, free)]
    assert found[0].negative_log_likelihood == pytest.approx(found[1].negative_log_likelihood, rel=1e-5)
    assert fixed.input_shape == (None, 16, 16, 3)


def test_a_network_that_flattens_is_judged_by_crops_alone(photographs):
    inputs = keras.Input((16, 16, 3))
    model = keras.Model(inputs, keras.layers.Dense(6)(keras.layers.Flatten(name="flat")(inputs)), name="flattened")
    assert kr.evaluate(model, photographs, protocol=10, preprocessing=WAY).crops == 10
    with pytest.raises(ValueError, match="'flattened' takes only images of 16 x 16, as its layer 'flat' flattens"):
        kr.evaluate(model, photographs, protocol="multi_scale", preprocessing=WAY)


def test_the_preprocessing_of_the_weights_is_used(photographs):
    model = small()
    explicit = kr.evaluate(model, photographs, preprocessing=WAY)
    model.preprocessing = dataclasses.replace(WAY, size=32, resize=36)  # as for another size of the same weights
    assert kr.evaluate(model, photographs) == explicit
    assert kr.evaluate(model, photographs, mean=np.zeros(3)) != explicit


def test_every_batch_but_the_last_of_a_shape_is_full(rng):
    def crops():
        for index in range(9):
            for size in (4, 6):
                yield np.full(5, index), np.full((5, size, size, 3), index, "uint8")

    found = list(batches(crops(), 4, 8))
    assert [len(owners) for owners, _ in found if _.shape[1] == 4] == [8] * 5 + [5]
    assert [len(owners) for owners, _ in found if _.shape[1] == 6] == [3] * 15  # 8 crops of 4 x 4 have the pixels
    for owners, pixels in found:
        assert (pixels == owners[:, None, None, None]).all()


def test_what_is_read_ahead_keeps_its_order_and_its_errors():
    assert list(ahead(lambda k: k * k, range(20))) == [k * k for k in range(20)]
    with pytest.raises(ZeroDivisionError):
        list(ahead(lambda k: 1 / k, [2, 1, 0, 3]))


@pytest.fixture
def folder(tmp_path, photographs):
    """Five photographs in folders a class each, without loss."""
    for image, label, k in zip(*photographs, range(5), strict=True):
        path = tmp_path / "photographs" / "abcdef"[label] / f"{k}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    return tmp_path / "photographs"


def test_a_folder_is_as_good_as_arrays(folder, photographs):
    found = kr.evaluate(small(), folder, preprocessing=WAY, class_names=tuple("abcdef"))
    arrays = kr.evaluate(small(), photographs, preprocessing=WAY)
    assert found.errors == arrays.errors and found.data == "photographs"
    assert found.negative_log_likelihood == pytest.approx(arrays.negative_log_likelihood, rel=1e-6)
    assert [(row.name, row.images) for row in found.per_class] == [("a", 1), ("b", 1), ("d", 2), ("f", 1)]
    for name in "ce":
        (folder / name).mkdir()
    assert kr.evaluate(small(), folder, preprocessing=WAY) == found


def test_broken_files_are_named_and_not_counted(folder):
    whole = (folder / "a" / "0.png").read_bytes()
    (folder / "b" / "cut.png").write_bytes(whole[:60])
    (folder / "b" / "text.jpg").write_text("no image")
    found = kr.evaluate([small(), small(1)], folder, preprocessing=WAY, class_names=tuple("abcdef"), protocol=10)
    assert found.images == 5
    assert [path.rsplit("/", 1)[1] for path in found.broken] == ["cut.png", "text.jpg"]
    assert "2 files could not be read and are not counted" in found.table() and "cut.png" in found.table()
    for path in folder.glob("*/*"):
        path.write_text("no image")
    with pytest.raises(ValueError, match="Cannot read any of the 7 images"):
        kr.evaluate(small(), folder, preprocessing=WAY, class_names=tuple("abcdef"))


@pytest.mark.parametrize(
    "change, words",
    [
        ({"protocol": "ten_crop"}, "did you mean 'ten_crops'"),
        ({"models": [small(), small(classes=7, name="other")]}, "'small' has 6 and 'other' 7"),
        ({"models": []}, "Give at least one network"),
        ({"labels": np.array([0, 1, 2, 3, 6])}, "labels reach 6, but 'small' has the classes 0 to 5"),
        ({"labels": np.array([0, 1, 2, 3, -1])}, "Labels must be at least 0, not -1"),
        ({"labels": np.arange(4)}, "5 images, but the labels have the shape"),
        ({"protocol": TEN_CROPS.at(200)}, "crop of 16 pixels is larger than an image whose shorter side is 14"),
        ({"mean": np.zeros(3)}, "a mean or a preprocessing, not both"),
        ({"class_names": ("a", "b", "c")}, "has 3 classes, but 'small' has 6"),
        ({"models": small(activation="sigmoid")}, "ends in 'sigmoid'"),
        ({"batch_size": 0}, "batch_size must be a positive integer"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(change, words, photographs):
    images, labels = photographs
    given = {"models": small(), "protocol": "one_crop", "preprocessing": WAY, **change}
    with pytest.raises(ValueError, match=words):
        kr.evaluate(images=(images, given.pop("labels", labels)), **given)


def test_folders_that_do_not_fit_are_named(folder, tmp_path):
    with pytest.raises(ValueError, match="did you mean 'dogs'"):
        (folder / "d").rename(folder / "dog")
        kr.evaluate(small(), folder, preprocessing=WAY, class_names=["a", "b", "c", "dogs", "e", "f"])
    with pytest.raises(ValueError, match="has 4 classes, but 'small' has 6: give class_names"):
        kr.evaluate(small(), folder, preprocessing=WAY)
    with pytest.raises(FileNotFoundError, match=r"Folder '.*nowhere' does not exist"):
        kr.evaluate(small(), tmp_path / "nowhere")
    with pytest.raises(ValueError, match="no subfolders with images"):
        kr.evaluate(small(), folder / "a")


def test_a_bar_counts_the_images_of_all_networks(photographs, capsys):
    kr.evaluate([small(), small(1)], photographs, preprocessing=WAY, progress=True)
    assert re.search(r"100%\|.*\| 10/10 \[\d\d:\d\d<00:00, .* images/s\]\n", capsys.readouterr().err)
    kr.evaluate(small(), photographs, preprocessing=WAY)
    assert capsys.readouterr().err == ""


def test_results_are_a_table_json_and_a_line_of_a_file(photographs, tmp_path):
    found = kr.evaluate([small(), small(1)], photographs, preprocessing=WAY, protocol="ten_crops")
    table = found.table()
    assert table.startswith("small + small on images, ten_crops (256), 10 forward passes an image")
    assert f"({found.errors} of 5), 95 % interval {found.interval[0]:.2f} to" in table

    found.write_json(tmp_path / "found.json")
    read = json.loads((tmp_path / "found.json").read_text())
    assert read["top1_error"] == found.top1_error and read["calibration_error"] == found.calibration_error
    confusion = np.zeros((6, 6), int)
    for label, taken, images in read["confusion"]:
        confusion[label, taken] = images
    np.testing.assert_array_equal(confusion, found.confusion)
    assert found.confusion.sum() == 5 and found.confusion.trace() == 5 - found.errors

    results = tmp_path / "results.jsonl"
    for command in ("first", "second"):
        found.append_to(results, command=command)
    rows = kr.evaluation.read_results(results)
    assert [row["command"] for row in rows] == ["first", "second"]
    lines = kr.evaluation.results_table(rows).splitlines()
    assert len(lines) == 4 and lines[2] == lines[3]
    assert lines[2].startswith(f"| small + small | images, 5 | ten_crops (256) | 10 | {found.top1_error:.2f} % (")
    results.write_text("{}\n")
    with pytest.raises(ValueError, match=r"Line 1 .* is not the result"):
        kr.evaluation.read_results(results)


def test_images_are_named_by_several_networks(folder, photographs):
    files = sorted(folder.glob("*/*.png"), key=lambda path: path.name)
    models = [small(), small(1)]
    p = by_hand(models, photographs[0], TEN_CROPS)
    found = kr.evaluation.predict(models, files, tuple("abcdef"), protocol=10, preprocessing=WAY, top=2)
    for prediction, row in zip(found, p, strict=True):
        assert prediction.classes[0] == ("abcdef"[row.argmax()], pytest.approx(row.max(), rel=1e-4))
    with pytest.raises(ValueError, match="one name for each of 6 classes, not 3"):
        kr.evaluation.predict(models, files, ("a", "b", "c"), preprocessing=WAY)
