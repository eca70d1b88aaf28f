"""Losses that are no longer finite: the step, the layer, and what is left."""

import json
from functools import partial

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.cli import main
from keras_resnets.runs import Run
from keras_resnets.training import recipes
from keras_resnets.training.nan_guard import first_not_finite, origin


@keras.saving.register_keras_serializable(package="tests")
class NaNAbove(keras.layers.Layer):
    """Its inputs, or NaN if one of them is above 0.9 and this is training."""

    def call(self, x, training=False):
        return keras.ops.where((keras.ops.max(x) > 0.9) & training, float("nan"), x)


@keras.saving.register_keras_serializable(package="tests")
class NaNInTheGradient(keras.layers.Layer):
    """Its inputs; their gradient is 0 times infinity."""

    def call(self, x):
        return x + keras.ops.sqrt(0 * x)


def network(*, classes, input_shape, classifier_activation, first=NaNAbove, second=keras.layers.ReLU):
    inputs = x = keras.Input(input_shape)
    x = keras.layers.Dropout(0.2, name="dropout")(x)
    x = keras.layers.Flatten(name="flat")(first(name="culprit")(x))
    x = keras.layers.BatchNormalization(name="norm")(keras.layers.Dense(4, name="hidden")(x))
    x = second(name="second")(x)
    return keras.Model(inputs, keras.layers.Dense(classes, name="main")(x), name="small")


@pytest.fixture
def images():
    """Ninety-six images in six batches; number 50 alone is bright."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 100, (96, 4, 4, 1)).astype("uint8")
    pixels[50] = 255
    split = kr.data.Split(pixels, np.arange(96) % 3)
    return kr.data.ImageSet("one bright", ("a", "b", "c"), split, split, kr.data.Augmentation(0, flip=False))


def trained(network, images, path, **options):
    recipe = recipes.Recipe(name="small", epochs=3, batch_size=16, learning_rate=0.05, optimizer="sgd")
    return kr.train(network, images, recipe=recipe, run_dir=path, **options)


def batch_of_the_bright_image(images):
    for number, (pixels, _) in enumerate(kr.data.training_batches(images.train, 16, augmentation=images.augmentation)):
        if float(np.max(pixels)) == 1:
            return number


@pytest.mark.parametrize("often", [1, pytest.param(100, marks=pytest.mark.slow)])
def test_the_first_layer_is_named_at_the_step(often, images, tmp_path):
    batch = batch_of_the_bright_image(images)
    with pytest.raises(FloatingPointError) as caught:
        trained(network, images, tmp_path / "run", checkpoint_every=often)
    told = str(caught.value)
    assert f"The loss was nan at iteration {batch + 1}: the weights were finite before this step" in told
    assert "layer 'culprit' gave the first such value" in told
    run = Run(tmp_path / "run")
    assert json.loads(run.log.read_text().splitlines()[-1])["event"] == "not_finite"
    if often == 1:
        assert "last.keras is whole and from before" in told
        model, moment = run.checkpoints.load("last")
        assert moment.batches == batch and first_not_finite(model) is None
    else:
        assert "nothing was saved yet" in told


@pytest.fixture
def dark(images):
    """The same without the bright one."""
    images.train.images[50] = 0
    return images


def test_weights_that_an_update_has_spoiled_are_told_from_a_layers_fault(dark, tmp_path):
    with pytest.raises(FloatingPointError) as caught:
        trained(partial(network, second=NaNInTheGradient), dark, tmp_path / "run")
    told = str(caught.value)
    assert "The loss was nan at iteration 2: the weights were not finite before this step already, 'hidden/" in told


def test_spoiled_weights_are_never_saved(dark, tmp_path):
    """The first batch's loss is finite, and its update is not."""
    with pytest.raises(FloatingPointError, match=r"were not finite at iteration 1: every layer's output was finite"):
        trained(partial(network, second=NaNInTheGradient), dark, tmp_path / "run", checkpoint_every=1)
    assert not Run(tmp_path / "run").checkpoints.exists()


@pytest.mark.slow
def test_the_command_tells_it(tmp_path, capsys):
    network = ["resnext29_8x64d", "--set", "network_options={depths: [1, 1, 1], cardinality: 2, base_width: 4}"]
    settings = ["--dataset", "digits", "--set", "learning_rate=1e25", "--run-dir", str(tmp_path / "run")]
    assert main(["train", *network, *settings]) == 1
    error = capsys.readouterr().err
    assert "keras-resnets: The loss was" in error and "A lower learning rate" in error


def test_origin_finds_nothing_where_all_is_finite():
    model = kr.ResNet20(input_shape=(8, 8, 1))
    images = np.zeros((2, 8, 8, 1), "float32")
    before = [np.array(weights) for weights in model.weights]
    assert origin(model, images) is None
    for weights, same in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weights, same)  # no moving statistic has moved


def test_origin_looks_at_the_images_and_at_the_weights_first():
    model = kr.ResNet20(input_shape=(8, 8, 1))
    assert origin(model, np.full((2, 8, 8, 1), np.inf, "float32")) == "the images of this batch are not finite"
    kernel = model.get_layer("stage2_block1_conv1").kernel
    kernel.assign(keras.ops.full(kernel.shape, np.nan))
    assert f"{kernel.path!r} first" in origin(model, np.zeros((2, 8, 8, 1), "float32"))
    assert first_not_finite(model) == kernel.path


def test_origin_follows_the_network_and_not_the_names():
    model = kr.ResNet20(input_shape=(8, 8, 1))
    model.get_layer("stage3_block1_conv1").kernel.assign(keras.ops.full((3, 3, 32, 64), 3e38))
    found = origin(model, np.random.default_rng(0).normal(size=(2, 8, 8, 1)).astype("float32"))
    assert (
        found == "the weights were finite before this step, and layer 'stage3_block1_conv1' gave the first such value"
    )


@keras.saving.register_keras_serializable(package="tests")
class NaNInTests(keras.layers.Layer):
    """Its inputs in training; elsewhere NaN if one of them is above 0.6."""

    def call(self, x, training=False):
        return x if training else keras.ops.where(keras.ops.max(x) > 0.6, float("nan"), x)


def test_a_test_loss_that_is_not_finite_ends_the_training_unrecorded(images, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "keras_resnets.training.trainer.cause", lambda *_: pytest.fail("No batch of the training did it.")
    )
    with pytest.raises(
        FloatingPointError, match=r"^The .+ on the test images was nan at iteration 6; nothing was saved"
    ):
        trained(partial(network, first=NaNInTests), images, tmp_path / "run")
    run = Run(tmp_path / "run")
    assert not (run.best.exists() or run.last.exists() or run.metrics.exists() or run.result.exists())
