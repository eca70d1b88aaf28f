"""PReLU-nets against their table, as far as it is known."""

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.networks.abstract import abstract_init
from tests.small_networks import SmallPReLUNet


@pytest.mark.parametrize(
    "build, layers, filters, slopes, vector",
    [
        (kr.PReLUNetA, 19, (256, 512, 512), 14_688, 32_256),
        (kr.PReLUNetB, 22, (256, 512, 512), 15_968, 32_256),
        (kr.PReLUNetC, 22, (384, 768, 896), 20_576, 56_448),
    ],
)
def test_layers_maps_and_slopes(build, layers, filters, slopes, vector):
    with abstract_init():
        model = build()
    assert sum(hasattr(layer, "kernel") for layer in model.layers) == layers
    for stage, (side, channels) in enumerate(zip((56, 28, 14), filters, strict=True), 1):
        assert model.get_layer(f"stage{stage}_block1_conv").output.shape == (None, side, side, channels)
    prelus = [layer for layer in model.layers if isinstance(layer, keras.layers.PReLU)]
    assert len(prelus) == layers - 1 and sum(np.prod(layer.alpha.shape) for layer in prelus) == slopes
    assert model.get_layer("head_dense1").kernel.shape == (vector, 4096)


def test_one_slope_a_layer():
    with abstract_init():
        model = kr.PReLUNetA(slopes="layer")
        assert kr.complexity(model).trainable == 178_017_384 + 18
        with pytest.raises(ValueError, match="Unknown slopes 'pixel': choose one of 'channel', 'layer'"):
            kr.PReLUNetA(slopes="pixel")


def test_images_of_any_size_under_mixed_precision(rng):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = SmallPReLUNet(input_shape=(None, None, 3), classes=4)
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.get_layer("stage1_block1_prelu").compute_dtype == "bfloat16"
    for size in (20, 47):
        scores = np.asarray(model(rng.normal(size=(2, size, size + 3, 3)).astype("float32"), training=False))
        assert scores.dtype == "float32" and scores.shape == (2, 4)
        np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=1e-5)
