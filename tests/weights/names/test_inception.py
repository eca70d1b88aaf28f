"""torchvision's state dicts have an auxiliary classifier; our model may or may not."""

import json

import numpy as np
import pytest

import keras_resnets as kr
from tests import pattern
from tests.conftest import DATA


@pytest.mark.slow
def test_an_auxiliary_classifier_takes_its_weights_where_there_is_one():
    facts = json.loads((DATA / "parity" / "torchvision_inception_v3.json").read_text())
    state = pattern.state(facts)
    model = kr.InceptionV3(variant="torchvision", aux=True)
    kr.load_torch_weights(model, state)
    dense, conv = model.get_layer("aux1_dense"), model.get_layer("aux1_conv2")
    np.testing.assert_array_equal(dense.kernel, state["AuxLogits.fc.weight"].T)
    np.testing.assert_array_equal(conv.kernel, state["AuxLogits.conv1.conv.weight"].transpose(2, 3, 1, 0))
    np.testing.assert_array_equal(model.get_layer("aux1_conv1_bn").beta, state["AuxLogits.conv0.bn.bias"])
