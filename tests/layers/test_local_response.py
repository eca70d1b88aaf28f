"""Local response normalization against its definition, channel by channel."""

import keras
import numpy as np
import pytest

from keras_resnets.layers import LocalResponseNormalization

SETTINGS = [{}, {"size": 3, "k": 1.0, "alpha": 0.5, "beta": 0.75}, {"size": 9, "k": 0.5, "alpha": 2.0, "beta": 1.5}]


def definition(a, size=5, k=2.0, alpha=1e-4, beta=0.75):
    """Krizhevsky et al. 2012, sec. 3.3."""
    b, channels = np.empty_like(a), a.shape[-1]
    for i in range(channels):
        neighbours = range(max(0, i - size // 2), min(channels - 1, i + size // 2) + 1)
        b[..., i] = a[..., i] / (k + alpha * sum(a[..., j] ** 2 for j in neighbours)) ** beta
    return b


@pytest.mark.parametrize("settings", SETTINGS)
def test_it_is_the_definition(settings, rng):
    maps = 30 * rng.normal(size=(2, 3, 4, 7)).astype("float32")
    layer = LocalResponseNormalization(**settings)
    np.testing.assert_allclose(layer(maps), definition(maps, **settings), rtol=1e-5)
    again = LocalResponseNormalization.from_config(layer.get_config())
    np.testing.assert_array_equal(again(maps), layer(maps))
    assert layer.compute_output_shape((None, None, 4, 7)) == (None, None, 4, 7)


def test_large_activations_do_not_overflow_in_float32_nor_meet_a_16_bit_layer(rng):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        import keras_resnets as kr

        model = kr.GoogLeNet(local_response=True, input_shape=(32, 32, 3), classes=2)
    finally:
        keras.config.set_dtype_policy("float32")
    layer = model.get_layer("stem_norm1")
    assert model.get_layer("stem_conv1").compute_dtype == "float16"
    maps = np.full((1, 1, 1, 64), 1000, "float16")  # whose square is beyond float16
    np.testing.assert_allclose(layer(maps), definition(maps.astype("float32")), rtol=1e-5)


@pytest.mark.parametrize("size", [4, 0, -3, 5.0])
def test_a_window_needs_a_middle(size):
    with pytest.raises(ValueError, match=f"odd positive integer, not {size}"):
        LocalResponseNormalization(size)
