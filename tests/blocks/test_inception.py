"""Inception modules against NumPy and the paper's sums."""

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.blocks.inception import Inception, naive, reduced

ROW = Inception(2, 3, 4, 2, 5, 3)
ROW_3A = Inception(64, 96, 128, 16, 32, 32)


def model_of(module, shape, row, **options):
    inputs = keras.Input(shape)
    return keras.Model(inputs, module(inputs, row, name="module", **options))


def windows(maps, size, outside):
    """`[batch, height, width, size, size, channels]`: what a window of `size` sees around each pixel."""
    side = size // 2
    padded = np.pad(maps, ((0, 0), (side, side), (side, side), (0, 0)), constant_values=outside)
    seen = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(1, 2))
    return np.moveaxis(seen, 3, -1)


def convolved(model, name, maps):
    """Convolution, bias, ReLU."""
    kernel, bias = model.get_layer(f"module_{name}").get_weights()
    return np.maximum(np.einsum("bhwxyi,xyio->bhwo", windows(maps, len(kernel), 0), kernel) + bias, 0)


@pytest.fixture
def maps(rng):
    return np.abs(rng.normal(size=(2, 6, 7, 4)).astype("float32"))


def with_biases(model, rng):
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    return model


@pytest.mark.parametrize("widest", [5, 3])
def test_the_reduced_module_is_its_four_branches(widest, maps, rng):
    model = with_biases(model_of(reduced, maps.shape[1:], ROW, widest=widest), rng)
    expected = [
        convolved(model, "1x1", maps),
        convolved(model, "3x3", convolved(model, "3x3_reduce", maps)),
        convolved(model, "5x5", convolved(model, "5x5_reduce", maps)),
        convolved(model, "pool_proj", windows(maps, 3, -np.inf).max(axis=(3, 4))),
    ]
    assert model.get_layer("module_5x5").kernel_size == (widest, widest)
    np.testing.assert_allclose(model(maps), np.concatenate(expected, axis=-1), rtol=1e-4, atol=1e-4)


def test_the_naive_module_joins_the_pool_as_it_is(maps, rng):
    model = with_biases(model_of(naive, maps.shape[1:], ROW), rng)
    expected = [convolved(model, name, maps) for name in ("1x1", "3x3", "5x5")]
    expected.append(windows(maps, 3, -np.inf).max(axis=(3, 4)))
    np.testing.assert_allclose(model(maps), np.concatenate(expected, axis=-1), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "module, channels, layers, multiply_accumulates",
    [
        (naive, 64 + 128 + 32 + 192, ["module_5x5"], [120_422_400]),
        (reduced, 64 + 128 + 32 + 32, ["module_5x5_reduce", "module_5x5"], [2_408_448, 10_035_200]),
    ],
)
def test_a_5x5_costs_a_tenth_behind_a_1x1(module, channels, layers, multiply_accumulates):
    """32 filters of 5x5 on 28x28x192: 120,422,400 multiply-accumulates, or 12,443,648 behind 16 filters of 1x1."""
    model = model_of(module, (28, 28, 192), ROW_3A)
    costs = {row.name: row.multiply_accumulates for row in kr.complexity(model).by_layer}
    assert [costs[name] for name in layers] == multiply_accumulates
    assert model.output_shape == (None, 28, 28, channels)


def test_a_reduced_module_costs_what_table_1_says_and_two_fifths_of_the_naive_one():
    """Inception 3a on 28x28x192, by Szegedy et al. 2014, Table 1 (128M) and by its sums of filter sizes."""
    costs = {
        module: kr.complexity(model_of(module, (28, 28, 192), ROW_3A)).multiply_accumulates
        for module in (naive, reduced)
    }
    assert costs[naive] == 784 * 192 * (64 + 9 * 128 + 25 * 32)
    assert costs[reduced] == 784 * (192 * (64 + 96 + 16 + 32) + 9 * 96 * 128 + 25 * 16 * 32)
    assert round(costs[reduced] / 1e6) == 128
    assert costs[reduced] / costs[naive] == pytest.approx(0.42, abs=0.005)
