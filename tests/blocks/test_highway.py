"""The highway layer against its equation."""

import keras
import numpy as np

from keras_resnets.blocks.highway import highway


def convolved(x, kernel, bias):
    """3x3 with a margin of 1."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    height, width = x.shape[1:3]
    windows = (padded[:, i : i + height, j : j + width] @ kernel[i, j] for i in range(3) for j in range(3))
    return sum(windows) + bias


def test_it_is_the_equation(rng):
    inputs = keras.Input((5, 6, 4))
    model = keras.Model(inputs, highway(inputs, name="block"))
    values = {}
    for variable in model.variables:
        values[variable.path] = rng.normal(size=variable.shape).astype("float32")
        variable.assign(values[variable.path])
    x = rng.normal(size=(2, 5, 6, 4)).astype("float32")
    transform, gate = (
        convolved(x, values[f"{name}/kernel"], values[f"{name}/bias"])
        for name in ("block_transform_conv", "block_gate_conv")
    )
    share = 1 / (1 + np.exp(-gate))
    np.testing.assert_allclose(model(x), np.maximum(transform, 0) * share + x * (1 - share), rtol=1e-4, atol=1e-5)


def test_it_begins_as_a_carry():
    inputs = keras.Input((5, 6, 4))
    model = keras.Model(inputs, highway(inputs, size=1, name="block"))
    assert model.get_layer("block_gate_conv").kernel_size == (1, 1)
    np.testing.assert_array_equal(model.get_layer("block_gate_conv").bias, -2)
    np.testing.assert_array_equal(model.get_layer("block_transform_conv").bias, 0)
    bound = np.sqrt(3 / 4)
    assert 0.5 * bound < np.abs(model.get_layer("block_gate_conv").kernel).max() <= bound
