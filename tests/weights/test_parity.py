"""Networks and weight imports against the logits that torchvision and timm give (tests/data/parity).

Each file holds a state dict's names and shapes and the logits, computed in float64, of two fixed images under the fixed
weights of tests/pattern.py.
"""

import json

import numpy as np
import pytest

import keras_resnets as kr
from tests import pattern
from tests.conftest import DATA

# Their file: our network and the options that make it theirs.
NETWORKS = {
    "timm_inception_resnet_v2": ("inception_resnet_v2", {}),
    "timm_resnetv2_50": ("preact_resnet50", {}),
    "torchvision_alexnet": ("alexnet", {}),
    "torchvision_densenet121": ("densenet121", {}),
    "torchvision_googlenet": ("googlenet", {"variant": "torchvision"}),
    "torchvision_inception_v3": ("inception_v3", {"variant": "torchvision"}),
    "torchvision_resnet18": ("resnet18", {}),
    "torchvision_resnet50": ("resnet50", {}),
    "torchvision_resnext50_32x4d": ("resnext50_32x4d", {}),
    "torchvision_vgg16": ("vgg16", {}),
    "torchvision_wide_resnet50_2": ("wide_resnet50_2", {}),
}


QUICK = {"torchvision_googlenet", "torchvision_resnet18"}


def assert_logits_are_theirs(file, compiled):
    facts = json.loads((DATA / "parity" / f"{file}.json").read_text())
    name, options = NETWORKS[file]
    model = kr.build(name, classifier_activation=None, **options)
    kr.load_torch_weights(model, pattern.state(facts))
    images, expected = pattern.image(facts["input_size"]), np.asarray(facts["logits"])
    logits = model.predict_on_batch(images) if compiled else np.asarray(model(images, training=False))
    assert np.linalg.norm(logits - expected) < 1e-3 * np.linalg.norm(expected[0] - expected[1])


@pytest.mark.parametrize("file", sorted(QUICK))
def test_logits_are_theirs(file):
    assert_logits_are_theirs(file, compiled=False)


@pytest.mark.slow
@pytest.mark.parametrize("file", NETWORKS)
def test_logits_of_every_network_are_theirs(file):
    assert_logits_are_theirs(file, compiled=True)
