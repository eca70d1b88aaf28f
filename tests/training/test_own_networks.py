"""Networks and images of one's own in `train`, the preprocessing that a saved model carries, and lost figures."""

import functools
import json
import shutil

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.layers import preprocessing_of
from keras_resnets.training import plan, recipes
from keras_resnets.training.config import network_name
from keras_resnets.training.from_arrays import as_dataset
from tests.data.pictures import folder
from tests.small_networks import OneBlock

RECIPE = recipes.Recipe(name="small", epochs=1, batch_size=8, learning_rate=0.01, optimizer="sgd")


def tiny(*, classes, input_shape, classifier_activation, width=2):
    inputs = keras.Input(input_shape)
    x = keras.layers.Conv2D(width, 3, strides=2, name="conv")(inputs)
    return keras.Model(inputs, keras.layers.Dense(classes, name="main")(keras.layers.Flatten(name="flat")(x)))


@pytest.fixture
def arrays():
    """Forty 8x8 images of two classes, their labels [n, 1]."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (40, 8, 8, 3)).astype("uint8"), np.arange(40)[:, None] % 2


def test_a_network_and_arrays_of_ones_own_are_trained_and_resumed(arrays, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    network = functools.partial(tiny, width=3)
    run = kr.train(network, arrays, recipe=RECIPE)
    config = run.read_config()
    assert str(run.path) == "runs/tiny-arrays"
    assert (config["network"], config["dataset"], config["class_names"]) == ("tiny", "arrays", ["0", "1"])
    assert (config["train_images"], config["test_images"]) == (32, 8)
    assert run.load().get_layer("conv").filters == 3
    assert [layer.name for layer in run.load().layers][1:] == ["conv", "flat", "main"]
    assert preprocessing_of(run.load()) is None  # which such an input cannot carry
    longer = recipes.override(RECIPE, {"network_options": {"width": 4}})
    with pytest.raises(ValueError, match=r"network_options\.width None there, 4 now|network_options"):
        kr.train(network, arrays, recipe=longer, existing="resume")
    again = kr.train(network, arrays, recipe=RECIPE, existing="resume")
    assert again.read_result() == run.read_result()


def test_a_network_of_another_size_than_the_data_is_refused_before_anything_is_written(arrays, tmp_path):
    with pytest.raises(ValueError, match=r"^'tiny' takes images of 16x16x3, but the data give 8x8x3: "):
        kr.train(tiny, arrays, recipe=RECIPE, network_options={"input_shape": (16, 16, 3)}, run_dir=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_arrays_with_their_own_test_images(arrays):
    images, labels = arrays
    found = as_dataset(((images[:30], labels[:30]), (images[30:], labels[30:])))
    assert (len(found.train), len(found.test), found.class_names) == (30, 10, ("0", "1"))
    np.testing.assert_array_equal(found.test.labels, labels[30:, 0])


def test_every_fifth_image_of_each_class_is_kept_for_the_test(arrays):
    images, labels = arrays
    found = as_dataset((images, labels))
    held_out = [8, 9, 18, 19, 28, 29, 38, 39]
    np.testing.assert_array_equal(found.test.images, images[held_out])
    np.testing.assert_array_equal(found.train.images, np.delete(images, held_out, axis=0))


@pytest.mark.parametrize("wrong", [None, 5, (1, 2, 3), {"images": []}])
def test_what_is_no_data_set_is_refused(wrong):
    with pytest.raises(TypeError, match=r"A data set is a name, a path, .*\(images, labels\)"):
        as_dataset(wrong)


def test_too_few_arrays_to_keep_some_for_the_test_are_refused(arrays):
    with pytest.raises(ValueError, match="No class has five images"):
        as_dataset((arrays[0][:6], arrays[1][:6]))


def test_names_of_networks():
    assert network_name("resnet20") == network_name(kr.ResNet20) == "resnet20"
    assert network_name(functools.partial(kr.ResNet20, shortcut="B")) == "resnet20"
    assert network_name(kr.ResNeXt50) == "ResNeXt50" or network_name(kr.ResNeXt50) == "resnext50_32x4d"
    assert network_name(functools.partial(tiny, width=3)) == "tiny"
    assert network_name(lambda **_: None) == "lambda"
    with pytest.raises(TypeError, match="A network is a name, a builder or a callable"):
        network_name(5)
    with pytest.raises(ValueError, match="did you mean 'resnet20'"):
        network_name("resnet21")


def subclassed(**_):
    class Model(keras.Model):
        def call(self, x):
            return x

    return Model()


def of_ten(*, input_shape, **options):
    return tiny(**{**options, "input_shape": input_shape, "classes": 10})


@pytest.mark.parametrize(
    "network, recipe, error, sentence",
    [
        (subclassed, RECIPE, TypeError, "'subclassed' must return a functional or Sequential keras.Model"),
        (of_ten, RECIPE, ValueError, r"output of 'of_ten' has the shape \(10,\), but the data have 2 classes"),
        (tiny, None, ValueError, "'tiny' has no recipe of its own here"),
        (
            tiny,
            recipes.override(RECIPE, {"network_options": {"depth": 3}}),
            ValueError,
            "builds its network with depth=3, and 'tiny' has no such option",
        ),
    ],
)
def test_networks_that_cannot_be_trained_are_refused(network, recipe, error, sentence, arrays, tmp_path):
    with pytest.raises(error, match=sentence):
        kr.train(network, arrays, recipe=recipe, run_dir=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_sequential_network_is_planned(arrays):
    def sequential(*, classes, input_shape, classifier_activation):
        return keras.Sequential([keras.Input(input_shape), keras.layers.Flatten(), keras.layers.Dense(classes)])

    found = plan(sequential, arrays, recipe=RECIPE)
    assert (found.network, found.dataset, found.parameters) == ("sequential", "arrays", 8 * 8 * 3 * 2 + 2)


def probabilities(source, images):
    return [prediction.classes for prediction in kr.Classifier.open(source).predict(images, top=2)]


@pytest.mark.parametrize("kind", ["arrays", pytest.param("files", marks=pytest.mark.slow)])
def test_a_copied_model_carries_the_preprocessing_of_its_run(kind, arrays, tmp_path):
    if kind == "arrays":
        dataset, recipe = arrays, RECIPE
    else:
        dataset = str(folder(tmp_path / "pets"))
        recipe = recipes.override(RECIPE, {"augmentation": "area 35 to 100 %, 16 crop, flip"})
    run = kr.train(functools.partial(OneBlock), dataset, recipe=recipe, run_dir=tmp_path / "run")
    (tmp_path / "elsewhere").mkdir()
    copy = shutil.copy(run.last, tmp_path / "elsewhere" / "model.keras")
    images = arrays[0][:3] if kind == "arrays" else sorted((tmp_path / "pets").rglob("*.jpg"))[:3]
    assert probabilities(copy, images) == probabilities(run.path, images)
    carried = kr.Classifier.open(copy)
    assert carried.class_names == tuple(run.read_config()["class_names"])
    np.testing.assert_allclose(carried.preprocessing.mean, np.squeeze(run.read_mean()), rtol=1e-6)
    assert preprocessing_of(run.load("best")) == carried.preprocessing


def test_a_figure_that_cannot_be_drawn_costs_no_run(arrays, tmp_path, monkeypatch, capsys):
    def fail(run, title):
        assert run.result.exists()
        raise RuntimeError("no\nfonts")

    monkeypatch.setattr("keras_resnets.training.trainer.draw_errors", fail)
    run = kr.train(tiny, arrays, recipe=RECIPE, run_dir=tmp_path / "run")
    assert run.read_result()["iterations"] == 4
    assert "Cannot draw errors.png: no fonts.\n" in capsys.readouterr().out
    events = [json.loads(line) for line in run.log.read_text().splitlines()]
    assert [event["event"] for event in events[-2:]] == ["not_drawn", "end"]
    assert events[-2]["message"] == "Cannot draw errors.png: no fonts."


def test_dollar_signs_in_a_name_are_drawn_as_they_are(tmp_path):
    from keras_resnets.training.figures import save_errors

    rows = [{"iteration": k, "train_error": 5.0, "test_error": 6.0} for k in (1, 2)]
    for title in (r"resnet20 on $\undefined$", "resnet20 on $5 and $", r"a\$b$"):
        (path,) = save_errors(rows, title, tmp_path / "errors.svg")
        assert path.stat().st_size > 1000
