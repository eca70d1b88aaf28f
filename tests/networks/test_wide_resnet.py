"""Wide ResNets: the n and k of WRN-n-k."""

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.networks.abstract import abstract_init
from tests.networks import arithmetic
from tests.networks.test_networks import counted


def built(name):
    with abstract_init():
        return kr.build(name)


@pytest.mark.parametrize("depth, widen", [(16, 8), (40, 4), (28, 10)])
def test_n_convolutions_of_which_the_widest_have_64_k_filters(depth, widen):
    convolutions = [
        layer for layer in built(f"wide_resnet{depth}_{widen}").layers if isinstance(layer, keras.layers.Conv2D)
    ]
    assert len(convolutions) == depth
    assert [convolutions[0].filters, convolutions[-1].filters] == [16, 64 * widen]


@pytest.mark.parametrize("depth, blocks, widen", [(16, 2, 8), (40, 6, 4), (28, 4, 10)])
def test_cifar_networks_have_the_count_of_the_arithmetic(depth, blocks, widen):
    block = arithmetic.preactivated_basic
    expected = arithmetic.preactivated_network((blocks,) * 3, 16 * widen, block, (16, 3), 10)
    assert counted(f"wide_resnet{depth}_{widen}").trainable == expected


def test_the_imagenet_network_is_resnet50_with_3x3_convolutions_of_twice_the_width():
    wide, narrow = built("wide_resnet50_2"), built("resnet50")
    for layer in wide.layers:
        if isinstance(layer, keras.layers.Conv2D):
            doubled = layer.name.endswith(("_conv1", "_conv2"))
            assert layer.filters == (2 if doubled else 1) * narrow.get_layer(layer.name).filters


def test_dropout_is_in_every_block_and_changes_no_weights(rng):
    options = {"input_shape": (8, 8, 3), "classifier_activation": None}
    plain, dropping = kr.WideResNet16_8(**options), kr.WideResNet16_8(dropout=0.3, **options)
    dropouts = [layer for layer in dropping.layers if isinstance(layer, keras.layers.Dropout)]
    assert [layer.rate for layer in dropouts] == [0.3] * 6
    for layer in plain.layers:
        dropping.get_layer(layer.name).set_weights(layer.get_weights())
    images = rng.normal(size=(2, 8, 8, 3)).astype("float32")
    np.testing.assert_allclose(dropping(images, training=False), plain(images, training=False), atol=1e-5)


@pytest.mark.parametrize("dropout", [1, -0.1, "0.3", True])
def test_an_impossible_dropout_is_refused(dropout):
    with pytest.raises(ValueError, match="dropout must be at least 0 and less than 1, not "):
        kr.WideResNet16_8(dropout=dropout)
