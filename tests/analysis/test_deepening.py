"""Deeper networks that compute what the shallower ones do."""

from functools import partial

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.networks import preact_resnet, resnet
from keras_resnets.networks.assemble import assemble
from keras_resnets.networks.registry import builder
from tests.analysis.conftest import jolted, tiny


def outputs(model, images):
    return keras.ops.convert_to_numpy(model(images[0].astype("float32") / 255, training=False))


@pytest.mark.parametrize(
    "kind, options, depths",
    [
        ("residual", {}, (4, 2, 3)),
        ("residual", {"survival_probability": 0.5}, (3, 3, 3)),
        ("preactivated", {}, (3, 3, 4)),
    ],
)
def test_the_deeper_network_computes_exactly_the_same(kind, options, depths, pictures):
    model = tiny(kind, **options)
    before = model.get_weights()
    deeper = kr.deepen(model, depths)
    np.testing.assert_array_equal(outputs(deeper, pictures), outputs(model, pictures))
    blocks = kr.analysis.surgery.residual_blocks(deeper)
    assert blocks == tuple(f"stage{s}_block{b}" for s, d in enumerate(depths, 1) for b in range(1, d + 1))
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def residual(depth):
    return builder(
        f"ResNet{depth}", partial(resnet.basic_cifar, f"resnet{depth}", depth // 6), "He et al. 2015, sec. 4.2"
    )


@pytest.mark.parametrize("depths", [(14, 20), pytest.param((20, 56), marks=pytest.mark.slow)])
def test_a_deeper_resnet_has_the_layers_of_that_depth_and_its_weights_load_there(depths, pictures, tmp_path):
    shallow, deep = map(residual, depths)
    shallow = jolted(shallow(input_shape=(8, 8, 3)))
    deeper = kr.deepen(shallow, 3 * (depths[1] // 6,), name=f"resnet{depths[1]}")
    target = deep(input_shape=(8, 8, 3))
    assert [(w.path, w.shape) for w in deeper.weights] == [(w.path, w.shape) for w in target.weights]
    deeper.save(tmp_path / "deeper.keras")
    loaded = deep(input_shape=(8, 8, 3), weights=tmp_path / "deeper.keras")
    np.testing.assert_array_equal(outputs(loaded, pictures), outputs(shallow, pictures))


def test_blocks_that_come_behind_the_new_ones_are_renumbered(pictures):
    """In keras.applications' form the last block of a stage halves the map: new ones come ahead of it."""
    design = preact_resnet.bottleneck_imagenet("tiny", (2, 3, 1), variant="keras_applications")
    model = jolted(assemble(design, input_shape=(64, 64, 3), classes=3))
    deeper = kr.deepen(model, (2, 5, 1))
    images = np.random.default_rng(0).normal(size=(2, 64, 64, 3)).astype("float32")
    np.testing.assert_array_equal(*(keras.ops.convert_to_numpy(each(images)) for each in (deeper, model)))
    last = model.get_layer("stage2_block3_conv1").get_weights()[0]
    np.testing.assert_array_equal(deeper.get_layer("stage2_block5_conv1").get_weights()[0], last)


@pytest.mark.parametrize("kind", ["residual", "preactivated"])
def test_new_blocks_learn(kind, pictures):
    """The branch gives zero, and its last layer still gets a gradient."""
    deeper = kr.deepen(tiny(kind), (3, 2, 2))
    name = "stage1_block3_conv2" + ("_bn" if kind == "residual" else "")
    before = deeper.get_layer(name).get_weights()[0]
    assert not before.any()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    deeper.compile(keras.optimizers.SGD(0.1), loss, run_eagerly=True)
    deeper.train_on_batch(pictures[0].astype("float32") / 255, pictures[1])
    assert deeper.get_layer(name).get_weights()[0].any()


def test_what_cannot_be_done_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="would have to learn to be the identity"):
        kr.deepen(tiny("plain"), (3, 3, 3))
    with pytest.raises(ValueError, match=r"has \(2, 2, 2\) blocks in its 3 stages"):
        kr.deepen(tiny(), (3, 1, 2))
    with pytest.raises(ValueError, match="give as many numbers"):
        kr.deepen(tiny(), (3, 3))
    with pytest.raises(ValueError, match="Cannot deepen stage 2 of 'tiny'"):
        kr.deepen(tiny(n=1), (1, 2, 1))
    with pytest.raises(ValueError, match="Cannot deepen stage 1 of 'tiny'"):
        kr.deepen(tiny(shortcut="C"), (3, 2, 2))
    with pytest.raises(TypeError, match=r"must be a keras\.Model"):
        kr.deepen("resnet20", (9, 9, 9))
