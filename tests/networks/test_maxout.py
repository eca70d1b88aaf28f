"""The maxout network and FitNets against their papers' counts and the authors' files."""

import math

import keras
import pytest

import keras_resnets as kr
from keras_resnets.networks.abstract import abstract_init
from keras_resnets.networks.registry import find

# pylearn2's cifar10.yaml: side and channels of the units' map, and side behind the pool.
RELEASE = {1: (33, 96, 16), 2: (15, 192, 7), 3: (9, 192, 5)}


def weights_without_biases(model):
    return sum(math.prod(layer.kernel.shape) for layer in model.layers if hasattr(layer, "kernel"))


def test_the_maps_are_those_of_the_release():
    with abstract_init():
        model = kr.Maxout()
    for stage, (side, units, pooled) in RELEASE.items():
        assert model.get_layer(f"stage{stage}_block1_maxout").output.shape == (None, side, side, units)
        pool = model.get_layer(f"stage{stage + 1}_pool" if stage < 3 else "tail_pool")
        assert pool.output.shape == (None, pooled, pooled, units)
    rates = [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    assert rates == [0.2, 0.5, 0.5, 0.5, 0.5]
    assert model.get_layer("head_dense").kernel.shape == (500, 10)


@pytest.mark.parametrize(
    "name, pieces, weights, parameters, multiply_accumulates",
    [
        ("maxout", 5, 16_244_360, 16_247_830, 732_290_696),
        ("maxout", 2, 9_044_360, None, 725_090_696),  # the teacher in Table 5: about 9M and 725M
        ("fitnet1", 2, 249_576, None, 30_150_024),  # the paper prints about 250K and 30M
        ("fitnet2", 2, 861_928, None, 107_775_880),  # 862K, 108M
        ("fitnet4", 2, 2_544_712, 2_548_602, 381_749_128),  # 2.5M, 382M
        ("fitnet4", 5, 2_736_712, 2_742_102, None),
    ],
)
def test_two_pieces_fit_what_the_papers_print(name, pieces, weights, parameters, multiply_accumulates):
    with abstract_init():
        model = kr.build(name, pieces=pieces)
        cost = kr.complexity(model)
    assert weights_without_biases(model) == weights
    assert parameters in (None, cost.trainable)
    assert multiply_accumulates in (None, cost.multiply_accumulates)


@pytest.mark.parametrize("name, depth", [("fitnet1", 11), ("fitnet2", 11), ("fitnet4", 19)])
def test_the_layers_are_as_many_as_table_7_says(name, depth):
    with abstract_init():
        model = kr.build(name)
    assert sum(hasattr(layer, "kernel") for layer in model.layers) == depth
    assert kr.feature_info(model)[1].stride == 2 and model.get_layer("stage3_block1_conv").output.shape[1] == 8


def test_the_pieces_are_counted():
    with pytest.raises(ValueError, match="pieces must be a positive integer, not 0"):
        kr.Maxout(pieces=0)
    assert find("maxout").func is kr.Maxout and kr.Maxout is not kr.layers.Maxout
