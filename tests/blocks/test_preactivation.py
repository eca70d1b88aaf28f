"""Pre-activation blocks against the paper's equations, spelled out with NumPy and the blocks' own convolutions."""

from functools import partial

import keras
import numpy as np
import pytest

from keras_resnets.blocks.preactivation import Shortcut, basic, bottleneck, connect, preactivated
from keras_resnets.blocks.residual import Drop

CHANNELS = {basic: 8, bottleneck: 32}


def model_of(shape, rng, **options):
    """A block, 8 filters, whose norms are none of them an identity."""
    inputs = keras.Input(shape)
    model = keras.Model(inputs, preactivated(inputs, 8, name="block", **options))
    for variable in model.trainable_variables:
        if len(variable.shape) == 1:
            variable.assign(rng.uniform(0.5, 1.5, variable.shape))
    return model


def pre(model, conv, x):
    """What the convolution `conv` reads: x normalized, then positive."""
    norm = model.get_layer(f"block_{conv}_pre_bn")
    variance = np.asarray(norm.moving_variance) + norm.epsilon
    return np.maximum((x - norm.moving_mean) / np.sqrt(variance) * norm.gamma + norm.beta, 0)


def convolved(model, conv, x):
    names = [layer.name for layer in model.layers]
    padded = f"block_{conv}_pad"
    return np.asarray(model.get_layer(f"block_{conv}")(model.get_layer(padded)(x) if padded in names else x))


def branch(model, x):
    """F(x): normalization, ReLU, convolution, as often as the block has them."""
    for conv in ("conv1", "conv2", "conv3"):
        if any(layer.name == f"block_{conv}" for layer in model.layers):
            x = convolved(model, conv, pre(model, conv, x))
    return x


@pytest.mark.parametrize("transform", [basic, bottleneck])
def test_an_identity_leaves_the_input_as_it_is(transform, rng):
    images = rng.normal(size=(2, 6, 7, CHANNELS[transform])).astype("float32")
    model = model_of(images.shape[1:], rng, transform=transform)
    np.testing.assert_allclose(np.asarray(model(images)), images + branch(model, images), atol=1e-4)


@pytest.mark.parametrize("transform", [basic, bottleneck])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_projection_reads_what_the_first_convolution_reads(transform, stride, rng):
    images = rng.normal(size=(2, 7, 6, 5)).astype("float32")
    model = model_of(images.shape[1:], rng, transform=transform, stride=stride)
    kernel = np.asarray(model.get_layer("block_shortcut").kernel)[0, 0]
    shortcut = pre(model, "conv1", images)[:, ::stride, ::stride] @ kernel
    found = np.asarray(model(images))
    assert found.shape == (2, -(-7 // stride), -(-6 // stride), CHANNELS[transform])
    np.testing.assert_allclose(found, shortcut + branch(model, images), atol=1e-4)


def test_the_first_block_of_a_network_has_its_identity_behind_the_first_activation(rng):
    images = rng.normal(size=(2, 6, 6, 8)).astype("float32")
    model = model_of(images.shape[1:], rng, transform=basic, shortcut=Shortcut(activated=True))
    expected = pre(model, "conv1", images) + branch(model, images)
    np.testing.assert_allclose(np.asarray(model(images)), expected, atol=1e-4)


@pytest.mark.parametrize("option, channels", [("A", 8), ("A", 5), ("B", 8)])
def test_shortcuts_without_parameters_keep_every_second_pixel_of_the_raw_input(option, channels, rng):
    images = rng.normal(size=(2, 5, 6, channels)).astype("float32")
    model = model_of(images.shape[1:], rng, transform=basic, stride=2, shortcut=Shortcut(option))
    shortcut = np.zeros((2, 3, 3, 8), "float32")
    shortcut[..., :channels] = images[:, ::2, ::2]
    np.testing.assert_allclose(np.asarray(model(images)), shortcut + branch(model, images), atol=1e-4)


def test_c_projects_everywhere_and_an_unknown_option_is_refused():
    x = keras.Input((8, 8, 16))
    assert connect(x, x, 16, 1, option="B", name="shortcut") is x
    assert connect(x, x, 16, 1, option="C", name="shortcut") is not x
    with pytest.raises(ValueError, match="did you mean 'C'"):
        connect(x, x, 16, 1, option="c", name="shortcut")


def test_biases_are_on_the_projection_and_the_last_convolution_only(rng):
    transform = partial(bottleneck, use_bias=True)
    model = model_of((8, 8, 5), rng, transform=transform, shortcut=Shortcut(use_bias=True))
    biased = {layer.name for layer in model.layers if getattr(layer, "use_bias", False)}
    assert biased == {"block_shortcut", "block_conv3"}


@pytest.mark.parametrize("downsample, strides", [("3x3", (1, 2, 1)), ("1x1", (2, 1, 1))])
def test_downsample_places_the_stride(downsample, strides, rng):
    model = model_of((8, 8, 5), rng, transform=partial(bottleneck, downsample=downsample), stride=2)
    found = tuple(model.get_layer(f"block_conv{i}").strides[0] for i in (1, 2, 3))
    assert found == strides


@pytest.mark.parametrize("transform, dilated", [(basic, {"conv1": 2, "conv2": 4}), (bottleneck, {"conv2": 2})])
def test_dilations_reach_the_3x3_convolutions(transform, dilated, rng):
    model = model_of((8, 8, 5), rng, transform=transform, dilations=(2, 4))
    assert {conv: model.get_layer(f"block_{conv}").dilation_rate[0] for conv in dilated} == dilated
    assert model.output_shape == (None, 8, 8, CHANNELS[transform])


def test_a_branch_that_always_survives_changes_nothing(rng):
    images = rng.normal(size=(2, 6, 6, 5)).astype("float32")
    model = model_of(images.shape[1:], rng, transform=basic)
    surviving = model_of(images.shape[1:], rng, transform=basic, drop=Drop(survival=1.0))
    theirs = {variable.path: variable for variable in model.trainable_variables}
    for variable in surviving.trainable_variables:
        variable.assign(theirs[variable.path])
    np.testing.assert_allclose(np.asarray(surviving(images)), np.asarray(model(images)), atol=1e-5)


def test_dropout_lies_between_the_convolutions_and_acts_in_training_alone(rng):
    images = rng.normal(size=(2, 6, 6, 8)).astype("float32")
    model = model_of(images.shape[1:], rng, transform=partial(basic, dropout=0.5))
    names = [layer.name for layer in model.layers]
    assert names[names.index("block_dropout") - 1 :][:3] == ["block_conv2_pre_relu", "block_dropout", "block_conv2"]
    np.testing.assert_allclose(np.asarray(model(images)), images + branch(model, images), atol=1e-4)
    first, second = (np.asarray(model(images, training=True)) for _ in range(2))
    assert np.abs(first - second).max() > 0.1
