"""AlexNet of 2012 against its paper."""

import keras
import pytest

import keras_resnets as kr
from keras_resnets.layers import LocalResponseNormalization
from keras_resnets.networks.abstract import abstract_init

# Krizhevsky et al. 2012, Figure 2: channels of both GPUs, groups, side of the map.
FIGURE_2 = {
    "stem_conv": (96, 1, 55),
    "stage1_block1_conv": (256, 2, 27),
    "stage2_block1_conv": (384, 1, 13),
    "stage2_block2_conv": (384, 2, 13),
    "stage2_block3_conv": (256, 2, 13),
}


@pytest.fixture(scope="module")
def model():
    with abstract_init():
        return kr.AlexNet(variant="2012")


def test_the_maps_are_those_of_figure_2(model):
    found = {
        layer.name: (layer.filters, layer.groups, layer.output.shape[1])
        for layer in model.layers
        if isinstance(layer, keras.layers.Conv2D)
    }
    assert found == FIGURE_2
    assert all(isinstance(model.get_layer(name), kr.GroupedConv2D) for name in found if found[name][1] > 1)
    assert model.get_layer("tail_pool").output.shape == (None, 6, 6, 256)


def test_responses_are_normalized_between_relu_and_pool(model):
    for part, pool in (("stem", "stage1_pool"), ("stage1_block1", "stage2_pool")):
        norm = model.get_layer(f"{part}_norm")
        assert isinstance(norm, LocalResponseNormalization)
        assert (norm.size, norm.k, norm.alpha, norm.beta) == (5, 2, 1e-4, 0.75)
        assert norm.input is model.get_layer(f"{part}_conv_relu").output
        assert model.get_layer(pool).input is norm.output
    order = [layer.name for layer in model.layers if layer.name.startswith("head")]
    assert order.index("head_dense1_relu") < order.index("head_dropout1") < order.index("head_dense2")


def test_the_count_is_the_one_of_caffe_s_network(model):
    """BVLC's "AlexNet" and "CaffeNet", of the same shapes, are counted so in many tables."""
    cost = kr.complexity(model)
    assert (cost.trainable, cost.multiply_accumulates) == (60_965_224, 724_406_816)


def test_another_year_is_refused():
    with pytest.raises(ValueError, match="Unknown variant '2013': choose one of '2014', '2012'"):
        kr.AlexNet(variant="2013")
