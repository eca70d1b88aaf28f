"""Highway networks against the table of the authors' release."""

import keras
import pytest

import keras_resnets as kr
from keras_resnets.networks.abstract import abstract_init


def convolutions(model):
    return [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]


@pytest.mark.parametrize("name, layers", [("highway19", 19), ("highway32", 32)])
def test_the_layers_are_as_many_as_the_name_says(name, layers):
    with abstract_init():
        model = kr.build(name)
    gates = [layer for layer in convolutions(model) if layer.name.endswith("gate_conv")]
    assert len(convolutions(model)) - len(gates) + 1 == layers
    maps = [model.get_layer(f"stage{stage}_block1_conv").output.shape[1] for stage in (1, 2, 3)]
    assert maps == [32, 16, 8]
    assert [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)] == [0.2] * 4


def test_highway_32_alternates_kernels_and_is_thinner_than_highway_19():
    with abstract_init():
        deep, wide = kr.Highway32(), kr.Highway19()
    for stage in (1, 2, 3):
        sizes = [
            layer.kernel_size[0]
            for layer in convolutions(deep)
            if layer.name.startswith(f"stage{stage}") and "gate" not in layer.name
        ]
        assert sizes == [3, 1] * 5
    for thin, thick in zip(kr.feature_info(deep), kr.feature_info(wide), strict=True):
        assert thin.channels < thick.channels


def test_100_classes_widen_the_fully_connected_layer_alone():
    with abstract_init():
        assert kr.complexity(kr.Highway19(classes=100)).trainable == 2_265_928
    assert "satisfies the statement" in kr.Highway32.__doc__ and "1,244,646" in kr.Highway32.__doc__
