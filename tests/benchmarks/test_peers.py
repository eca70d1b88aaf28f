"""The networks that ours are compared with have as many parameters."""

import runpy

import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.networks.abstract import abstract_init
from tests.benchmarks.test_grouped_conv import ROOT

PEERS = runpy.run_path(ROOT / "benchmarks" / "peers.py")


@pytest.mark.parametrize("network", [*PEERS["IN_TORCH"], *PEERS["TORCHVISION"]])
def test_the_networks_in_pytorch_are_ours(network):
    pytest.importorskip("torch")
    if network in PEERS["TORCHVISION"]:
        pytest.importorskip("torchvision")
    model = PEERS["torch_network"](network)
    with abstract_init():
        ours = kr.complexity(PEERS["our_network"](network, PEERS["size_of"](network))).trainable
    assert sum(p.numel() for p in model.parameters()) == ours


def test_stock_layers_compute_the_same(rng):
    shallow = {"depths": (1, 1, 1, 1), "filters": 16, "cardinality": 4, "base_width": 4}
    model = kr.ResNeXt50(classes=3, input_shape=(32, 32, 3), **shallow)
    stock = PEERS["in_stock_layers"](model)
    stock.set_weights(model.get_weights())
    ours = (kr.GroupedConv2D, kr.layers.FusedBatchNormalization, kr.layers.PointwiseConv2D)
    assert not any(isinstance(layer, ours) for layer in stock.layers)
    images = rng.normal(size=(2, 32, 32, 3)).astype("float32")
    np.testing.assert_allclose(stock.predict_on_batch(images), model.predict_on_batch(images), rtol=1e-3)
    assert stock.count_params() == model.count_params()
