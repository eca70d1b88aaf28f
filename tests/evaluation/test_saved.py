"""Networks by what a command line can say."""

import shutil

import keras
import numpy as np
import pytest
from PIL import Image

import keras_resnets as kr
from keras_resnets.evaluation import Classifier
from keras_resnets.runs import Run
from tests.small_networks import SmallResNet

WAY = kr.weights.keras_applications_preprocessing("torch", 32)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A network of five classes in each form, and the folder of all."""
    folder = tmp_path_factory.mktemp("saved")
    keras.utils.set_random_seed(3)
    model = SmallResNet(classes=5, shortcut="B", name="mine")
    model.compile()
    model.save(folder / "model.keras")
    run = Run(folder / "run")
    with run.locked():
        config = {"dataset": "digits", "image_shape": [32, 32, 3], "class_names": list("abcde")}
        run.begin(config, np.full((32, 32, 3), 0.25, "float32"))
        run.save(model, "last")
    return model, folder


def probabilities(classifier, image):
    return np.asarray(classifier.model(classifier.preprocessing.standardize(image[None])))[0]


def test_a_network_is_a_run_or_a_file(saved, rng):
    """Or a name with weights, see the tests of the classifier."""
    model, folder = saved
    image = rng.integers(0, 256, (32, 32, 3), dtype="uint8")
    with_mean = np.asarray(model(image[None] / 255 - np.float32(0.25)))[0]
    standard = np.asarray(model(WAY.standardize(image[None])))[0]
    for source in (folder / "run", folder / "run" / "last.keras"):
        opened = Classifier.open(source)
        np.testing.assert_allclose(probabilities(opened, image), with_mean, rtol=1e-4)
        assert (opened.origin.dataset, opened.class_names) == ("digits", tuple("abcde"))
    opened = Classifier.open(folder / "model.keras", preprocessing=WAY)
    np.testing.assert_allclose(probabilities(opened, image), standard, rtol=1e-4)


def test_predictions_take_other_class_names(saved, rng, tmp_path):
    _, folder = saved
    Image.fromarray(rng.integers(0, 256, (50, 40, 3), dtype="uint8")).save(tmp_path / "image.png")
    (own,) = kr.evaluation.predict(folder / "run", [tmp_path / "image.png"], protocol=10)
    (other,) = kr.evaluation.predict(folder / "run", [tmp_path / "image.png"], protocol=10, class_names=tuple("vwxyz"))
    assert [("vwxyz"["abcde".index(name)], p) for name, p in own.classes] == list(other.classes)


def test_images_to_judge_by_are_needed(saved):
    _, folder = saved
    with pytest.raises(ValueError, match="not runs of one data set"):
        kr.evaluate([folder / "run", folder / "model.keras"])


@pytest.mark.parametrize("source", ["run", "run/last.keras", "model.keras"])
def test_files_with_weights_that_are_not_finite_are_refused(source, saved, tmp_path):
    model, folder = saved
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    spoiled = keras.models.clone_model(model)
    spoiled.get_layer("head_dense").bias.assign([0, np.nan, 0, 0, 0])
    spoiled.compile()
    spoiled.save(tmp_path / "model.keras")
    Run(tmp_path / "run").save(spoiled, "last")
    with pytest.raises(ValueError, match=r"weights of '.*\.keras': 1 of \d+ arrays hold NaN .*: head_dense/bias"):
        Classifier.open(tmp_path / source)
