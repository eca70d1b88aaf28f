"""Networks whose outputs are not finite: nothing is told of their errors and classes but that."""

import keras
import numpy as np
import pytest
from PIL import Image

import keras_resnets as kr
from keras_resnets.cli import main
from keras_resnets.evaluation import metrics

OVERFLOW = keras.initializers.Constant(3e38)


def network(bias=0.0, kernel="glorot_uniform", activation=None, name="spoiled"):
    """Classes 0 to 2 of the mean of an image's channels."""
    inputs = keras.Input((4, 4, 3))
    x = keras.layers.GlobalAveragePooling2D(name="pool")(inputs)
    dense = keras.layers.Dense(3, activation=activation, kernel_initializer=kernel, name="head_dense")
    model = keras.Model(inputs, dense(x), name=name)
    dense.bias.assign([0.0, bias, 0.0])
    return model


@pytest.fixture
def images(rng):
    """Ten images and their labels; the first three are black."""
    pixels = rng.integers(100, 256, (10, 4, 4, 3), dtype="uint8")
    pixels[:3] = 0
    return pixels, np.arange(10) % 3


@pytest.mark.parametrize("activation", [None, "softmax"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_spoiled_weight_is_named(value, activation, images):
    model = network(value, activation=activation)
    words = r"outputs of 'spoiled' are not finite for 10 of the first 10 images, for its weights 'head_dense/bias' are"
    with pytest.raises(FloatingPointError, match=words):
        kr.evaluate(model, images)


@pytest.mark.parametrize("batch_size", [2, 500])
@pytest.mark.parametrize("protocol, size", [("one_crop", 4), ("ten_crops", 6)])
def test_images_are_counted_where_the_weights_are_finite(protocol, size, batch_size, images):
    """Three channels of at least 100 / 255 overflow; black images do not."""
    pixels, labels = images
    pixels = np.pad(pixels, ((0, 0), (0, size - 4), (0, size - 4), (0, 0)), mode="edge")
    model = network(kernel=OVERFLOW)
    with pytest.raises(FloatingPointError, match="'spoiled' are not finite for 7 of 10 images, though its weights"):
        kr.evaluate(model, (pixels, labels), protocol=protocol, batch_size=batch_size)
    assert kr.evaluate(model, (pixels[:3], labels[:3])).images == 3


def test_one_spoiled_network_of_several_is_named(images):
    with pytest.raises(FloatingPointError, match="outputs of 'second' are not finite"):
        kr.evaluate([network(name="first"), network(float("nan"), name="second")], images)


def test_no_class_is_predicted(images, tmp_path):
    Image.fromarray(images[0][5]).save(tmp_path / "image.png")
    with pytest.raises(FloatingPointError, match="outputs of 'spoiled' are not finite for 1 of the first 1 images"):
        kr.evaluation.predict(network(float("nan")), [tmp_path / "image.png"])


def test_the_commands_tell_it_in_one_line(images, tmp_path, capsys):
    model = network(kernel=OVERFLOW)
    model.save(tmp_path / "model.keras")
    for name, pixels in zip("aab", images[0][4:7], strict=True):
        (tmp_path / "images" / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / "images" / name / f"{pixels.sum()}.png")
    (tmp_path / "images" / "c").mkdir()
    Image.fromarray(images[0][0]).save(tmp_path / "images" / "c" / "black.png")
    file = next((tmp_path / "images" / "a").iterdir())
    for command, words in (
        (["evaluate", tmp_path / "model.keras", "--dataset", tmp_path / "images"], "not finite for 3 of 4 images"),
        (["predict", tmp_path / "model.keras", file], "not finite for 1 of 1 images"),
    ):
        assert main([str(word) for word in command]) == 1
        told = capsys.readouterr()
        assert told.out == "" and words in told.err and told.err.count("\n") == 1


def test_a_label_of_outputs_that_are_not_numbers_has_no_rank():
    nan, inf = float("nan"), float("inf")
    log_p = np.array([[nan, nan, nan], [0.0, nan, -1.0], [inf, 0.0, 0.0], [0.0, -inf, -inf]])
    ranks = metrics.ranks(log_p, np.zeros(4, int))
    assert (ranks[:3] >= 5).all() and ranks[3] == 0


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_predictions_that_are_not_finite_are_not_decoded(value):
    with pytest.raises(ValueError, match="those of 1 of 2 images are not"):
        kr.decode_predictions(np.array([[0.5, 0.5], [value, 0.5]]), 1, ["a", "b"])
