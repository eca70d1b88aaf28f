"""Blocks against NumPy and the papers' sums."""

import keras
import numpy as np
import pytest

from keras_resnets.blocks.residual import basic, bottleneck, connect, plain, residual
from keras_resnets.layers import IdentityShortcut, conv


def model_of(block, shape, **options):
    inputs = keras.Input(shape)
    return keras.Model(inputs, block(inputs, name="block", **options))


def test_identity_shortcut_keeps_every_second_pixel_and_adds_zero_channels(rng):
    images = rng.normal(size=(2, 5, 6, 3)).astype("float32")
    shortcut = IdentityShortcut((1, 2), stride=2)
    found = np.asarray(shortcut(images))
    expected = np.zeros((2, 3, 3, 6), "float32")
    expected[..., 1:4] = images[:, ::2, ::2]
    np.testing.assert_array_equal(found, expected)
    assert shortcut.compute_output_shape((None, None, 6, 3)) == (None, None, 3, 6)
    again = IdentityShortcut.from_config(shortcut.get_config())
    np.testing.assert_array_equal(np.asarray(again(images)), expected)


@pytest.mark.parametrize("option, before", [("A", 0), ("A-centered", 2)])
def test_option_a_puts_zero_channels_behind_or_around(option, before, rng):
    images = rng.normal(size=(2, 4, 4, 3)).astype("float32")
    found = np.asarray(model_of(connect, (4, 4, 3), channels=7, stride=2, option=option)(images))
    expected = np.zeros((2, 2, 2, 7), "float32")
    expected[..., before : before + 3] = images[:, ::2, ::2]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("arguments", [((-1, 0), 1), ((0, 1), 0)])
def test_identity_shortcut_refuses_negative_padding(arguments):
    with pytest.raises(ValueError, match="at least"):
        IdentityShortcut(*arguments)


@pytest.mark.parametrize("size, stride, length", [(3, 2, 7), (3, 2, 8), (7, 2, 9), (1, 2, 7), (3, 1, 5)])
def test_padding_is_symmetric(size, stride, length, rng):
    """A convolution with a kernel of one channel, against the definition with `size // 2` zeros on every side."""
    image = rng.normal(size=(length, length)).astype("float32")
    inputs = keras.Input((length, length, 1))
    model = keras.Model(inputs, conv(inputs, 1, size, stride, name="conv"))
    kernel = rng.normal(size=(size, size)).astype("float32")
    model.set_weights([kernel[:, :, None, None]])

    padded = np.pad(image, size // 2)
    count = (length - 1) // stride + 1
    expected = [
        [(padded[i * stride : i * stride + size, j * stride : j * stride + size] * kernel).sum() for j in range(count)]
        for i in range(count)
    ]
    np.testing.assert_allclose(np.asarray(model(image[None, ..., None]))[0, ..., 0], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("option", ["A", "B"])
def test_nothing_changes_where_no_shape_changes(option):
    inputs = keras.Input((8, 8, 16))
    assert connect(inputs, 16, 1, option=option, name="shortcut") is inputs


def test_c_projects_even_there():
    inputs = keras.Input((8, 8, 16))
    assert connect(inputs, 16, 1, option="C", name="shortcut") is not inputs


@pytest.mark.parametrize("transform, channels", [(basic, 8), (bottleneck, 32)])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_residual_block_is_the_plain_one_before_its_relu_plus_the_shortcut(transform, channels, stride, rng):
    images = rng.normal(size=(2, 7, 8, 8)).astype("float32")
    with_shortcut = model_of(residual, images.shape[1:], transform=transform, filters=8, stride=stride, shortcut="A")
    branch = model_of(transform, images.shape[1:], filters=8, stride=stride)
    without = model_of(plain, images.shape[1:], transform=transform, filters=8, stride=stride)
    for model in (branch, without):
        model.set_weights(with_shortcut.get_weights())
    shortcut = np.zeros(branch(images).shape, "float32")
    shortcut[..., :8] = images[:, ::stride, ::stride]
    f = np.asarray(branch(images))
    assert f.shape == (2, -(-7 // stride), -(-8 // stride), channels)
    np.testing.assert_allclose(np.asarray(with_shortcut(images)), np.maximum(f + shortcut, 0), atol=1e-5)
    np.testing.assert_allclose(np.asarray(without(images)), np.maximum(f, 0), atol=1e-5)
