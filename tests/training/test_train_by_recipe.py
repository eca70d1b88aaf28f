"""Whole trainings of a few steps: every optimizer with every loss, and what surrounds the step."""

from dataclasses import replace
from functools import partial

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.training import recipes
from keras_resnets.training.compiling import compile_for
from keras_resnets.training.preemption import HandlePreemption

SGD = {"epochs": 3, "batch_size": 16, "learning_rate": 0.05, "optimizer": "sgd"}


@pytest.fixture(scope="module")
def images():
    """Forty-eight 6x6 images of three classes, each bright in a third of its own."""
    rng = np.random.default_rng(0)
    labels = np.arange(48) % 3
    pixels = rng.integers(0, 100, (48, 6, 6, 1))
    for image, label in zip(pixels, labels, strict=True):
        image[:, 2 * label : 2 * label + 2] += 120
    split = kr.data.Split(pixels.astype("uint8"), labels)
    return kr.data.ImageSet("thirds", ("left", "middle", "right"), split, split, kr.data.Augmentation(1, flip=False))


def small(*, classes, input_shape, classifier_activation, aux=False, norms=True):
    """A network that compiles in a second."""
    inputs = x = keras.Input(input_shape)
    x = keras.layers.Conv2D(6, 3, strides=2, name="conv")(x)
    x = keras.layers.BatchNormalization(momentum=0.5, name="norm")(x) if norms else x
    x = keras.layers.Flatten(name="flat")(keras.layers.ReLU(name="relu")(x))
    heads = {head: keras.layers.Dense(classes, name=head)(x) for head in ("main", "aux1", "aux2")}
    return keras.Model(inputs, heads if aux else heads["main"], name="small")


without_norms = partial(small, norms=False)


def trained(images, path, network=small, existing="refuse", **values):
    recipe = recipes.Recipe(name="small", **{**SGD, **values})
    return kr.train(network, images, recipe=recipe, run_dir=path, existing=existing)


LOSSES = ("cross_entropy", "smoothed", "binary_cross_entropy")
OPTIMIZERS = {
    "sgd": ({"kind": "sgd", "nesterov": True, "weight_decay": 1e-4}, 0.05),
    "decoupled": ({"kind": "sgd", "decay": "decoupled", "weight_decay": 1e-4}, 0.05),
    "rmsprop": ({"kind": "rmsprop", "momentum": 0.9, "epsilon": 1.0, "weight_decay": 1e-4}, 0.05),
    "adamw": ({"kind": "adamw", "exclude": ["norms"]}, 0.02),
    "lamb": ({"kind": "lamb", "exclude": ["norms", "biases"]}, 0.05),
    "lars": ({"kind": "lars", "trust": 0.05, "weight_decay": 1e-4}, 1.0),
}
QUICK = {("sgd", "cross_entropy"), ("lamb", "smoothed"), ("rmsprop", "binary_cross_entropy")}


@pytest.mark.parametrize(
    "name, loss",
    [
        pytest.param(name, loss, marks=() if (name, loss) in QUICK else pytest.mark.slow)
        for name in OPTIMIZERS
        for loss in LOSSES
    ],
)
def test_every_optimizer_learns_by_every_loss(name, loss, images):
    """Every loss among the quick ones, every pair among the slow ones; the optimizers have tests of their own."""
    optimizer, rate = OPTIMIZERS[name]
    loss = {"kind": "cross_entropy", "label_smoothing": 0.1} if loss == "smoothed" else loss
    values = {"iterations": 24, "batch_size": 16, "learning_rate": rate, "optimizer": optimizer, "loss": loss}
    keras.utils.set_random_seed(0)
    model = small(classes=3, input_shape=(6, 6, 1), classifier_activation=None)
    compile_for(recipes.Recipe(name="small", **values), model)
    pixels = (images.train.images / 255 - 0.5).astype("float32")
    history = model.fit(pixels, images.train.labels, 16, 8, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert history["accuracy"][-1] > 0.67


@pytest.mark.parametrize(
    "loss",
    [
        "binary_cross_entropy",
        pytest.param({"kind": "cross_entropy", "label_smoothing": 0.1}, marks=pytest.mark.slow),
    ],
)
def test_what_is_recorded_is_what_the_saved_weights_give(loss, images, tmp_path, monkeypatch):
    """Whatever the loss, the test loss is the cross-entropy; and a step is traced once, whatever creates variables."""
    traced, step = [], keras.Model.train_step

    def counted(self, batch):
        traced.append(batch)
        return step(self, batch)

    monkeypatch.setattr(keras.Model, "train_step", counted)
    run = trained(images, tmp_path / "run", loss=loss)
    assert len(traced) == 1
    row = run.read_metrics()[-1]
    found = kr.evaluate(run.load("last"), images.test, mean=run.read_mean())
    assert found.top1_error == pytest.approx(row["test_error"], abs=1e-3)
    assert found.negative_log_likelihood == pytest.approx(row["test_loss"], rel=1e-3)


def test_the_total_loss_weighs_the_auxiliary_ones(images, tmp_path):
    run = trained(images, tmp_path / "run", auxiliary=[0.3, 0.3], network_options={"aux": True})
    model = run.load("last")
    pixels = (images.test.images / 255 - run.read_mean()).astype("float32")
    labels = dict.fromkeys(model.output, images.test.labels)
    logs = model.evaluate(pixels, labels, batch_size=48, verbose=0, return_dict=True)
    total = logs["main_loss"] + 0.3 * logs["aux1_loss"] + 0.3 * logs["aux2_loss"]
    assert logs["loss"] == pytest.approx(total, rel=1e-5)
    row = run.read_metrics()[-1]
    assert row["test_loss"] == pytest.approx(logs["main_loss"], rel=1e-3)
    judged = kr.evaluate(model, images.test, mean=run.read_mean())
    assert judged.negative_log_likelihood == pytest.approx(row["test_loss"], rel=1e-3)


@pytest.mark.parametrize("weights, options", [((0.3, 0.3), {}), ((0.4,), {"aux": True}), ((), {"aux": True})])
def test_auxiliary_weights_must_fit_the_network(weights, options, images, tmp_path):
    with pytest.raises(ValueError, match=f"weighs {len(weights)} auxiliary losses, but 'small' is built with"):
        trained(images, tmp_path / "run", auxiliary=weights, network_options=options)
    assert not (tmp_path / "run").exists()


def weights_of(run, which="last"):
    return run.load(which).get_weights()


def assert_same(weights, others, tolerance=0.0):
    for ours, theirs in zip(weights, others, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


def test_parts_of_a_batch_add_up_to_the_batch(images, tmp_path):
    still = replace(images, augmentation=kr.data.Augmentation(0, flip=False))
    plain = {"schedule": {"kind": "steps", "at": [2]}, "batch_size": 48}
    whole = trained(still, tmp_path / "whole", without_norms, **plain)
    parts = trained(still, tmp_path / "parts", without_norms, accumulation=3, **plain)
    assert [row["iteration"] for row in parts.read_metrics()] == [1, 2, 3]
    assert_same(weights_of(whole), weights_of(parts), 1e-5)


PLATEAU = {"schedule": {"kind": "plateau", "factor": 0.5, "patience": 1}, "learning_rate": 1e-6, "epochs": 5}


def test_the_average_is_tested_and_kept_while_the_training_goes_on_from_its_own(images, tmp_path, monkeypatch):
    seen = []

    class Watching(HandlePreemption):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(keras.ops.convert_to_numpy(self.model.get_layer("conv").kernel).copy())

    monkeypatch.setattr("keras_resnets.training.trainer.HandlePreemption", Watching)
    plain = trained(images, tmp_path / "plain")
    own, seen = seen, []
    run = trained(images, tmp_path / "run", ema=0.7)
    np.testing.assert_allclose(seen, own, rtol=1e-5, atol=1e-6)
    average = own[0]
    for weights in own[1:]:
        average = 0.7 * average + 0.3 * weights
    np.testing.assert_allclose(run.load("last").get_layer("conv").get_weights()[0], average, rtol=1e-4, atol=1e-6)
    row = run.read_metrics()[-1]
    assert row["test_loss"] != plain.read_metrics()[-1]["test_loss"]
    for which, recorded in (("last", row["test_error"]), ("best", run.read_result()["best_test_error"])):
        found = kr.evaluate(run.load(which), images.test, mean=run.read_mean())
        assert found.top1_error == pytest.approx(recorded, abs=1e-3)


def test_the_learning_rate_falls_on_a_plateau_and_another_recipe_is_no_resumption(images, tmp_path):
    rows = trained(images, tmp_path / "run", without_norms, **PLATEAU).read_metrics()
    found = [row["learning_rate"] for row in rows]
    expected = plateau_rates([row["test_error"] for row in rows], 1e-6, factor=0.5, patience=1)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert found[-1] < found[0]
    other = {**PLATEAU, "optimizer": {"kind": "sgd", "momentum": 0.8}}
    with pytest.raises(ValueError, match=r"optimizer\.momentum 0\.9 there, 0\.8 now"):
        trained(images, tmp_path / "run", without_norms, existing="resume", **other)


def plateau_rates(errors, rate, factor, patience):
    """The rate of each epoch, straight from the definition."""
    best, waited, rates = np.inf, 0, []
    for error in errors:
        rates.append(rate)
        best, waited = (error, 0) if error < best else (best, waited + 1)
        if waited == patience:
            rate, waited = rate * factor, 0
    return rates


def test_an_augmentation_that_is_not_there_is_refused(images, tmp_path):
    with pytest.raises(ValueError, match=r"RandAugment.*keep their size.*augmentation=dataset"):
        kr.train("resnet50", images, recipe="rsb_a1", run_dir=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_network_without_the_recipes_options_is_refused(images, tmp_path):
    recipe = recipes.override(recipes.GOOGLENET, {"augmentation": "dataset"})
    with pytest.raises(
        ValueError, match="'googlenet' builds its network with aux=True, and 'vgg16' has no such option"
    ):
        kr.train("vgg16", images, recipe=recipe, run_dir=tmp_path / "run")


@pytest.mark.slow
def test_the_configuration_holds_a_recipe_that_trains_again(images, tmp_path):
    run = trained(images, tmp_path / "run", ema=0.5, clipping={"threshold": 1.0})
    again = recipes.Recipe(**run.read_config()["recipe"])
    twin = kr.train(small, images, recipe=again, run_dir=tmp_path / "twin")
    assert_same(weights_of(run), weights_of(twin), 1e-6)
