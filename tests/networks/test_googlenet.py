"""GoogLeNet against Table 1 of its paper, torchvision's counts and its own training."""

import importlib.util
import json

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.networks.abstract import abstract_init
from tests import pattern
from tests.conftest import DATA

HEADS = ("main", "aux1", "aux2")
LEAST_WITH_AUX = (79, 79, 3)

# Szegedy et al. 2014, Table 1. The paper counts weights without biases, in units of 1,024, and operations in millions.
# fmt: off
#        row   block           side inputs  1x1  r3x3 3x3  r5x5 5x5  pool   K     M
TABLE_1 = (
        ("3a", "stage1_block1", 28, 192,  ( 64,  96, 128, 16,  32,  32),  159, 128),
        ("3b", "stage1_block2", 28, 256,  (128, 128, 192, 32,  96,  64),  380, 304),
        ("4a", "stage2_block1", 14, 480,  (192,  96, 208, 16,  48,  64),  364,  73),
        ("4b", "stage2_block2", 14, 512,  (160, 112, 224, 24,  64,  64),  437,  88),
        ("4c", "stage2_block3", 14, 512,  (128, 128, 256, 24,  64,  64),  463, 100),
        ("4d", "stage2_block4", 14, 512,  (112, 144, 288, 32,  64,  64),  580, 119),
        ("4e", "stage2_block5", 14, 528,  (256, 160, 320, 32, 128, 128),  840, 170),
        ("5a", "stage3_block1",  7, 832,  (256, 160, 320, 32, 128, 128), 1072,  54),
        ("5b", "stage3_block2",  7, 832,  (384, 192, 384, 48, 128, 128), 1388,  71),
)
# What Table 1 prints more than one unit from what its own filters make, and what they make.
MISPRINTED_PARAMETERS = {  # 366.8, 497.5, 590.5, 847.0, 1018.0 and 1409.0 K
    "4a": 375_552, "4c": 509_440, "4d": 604_672, "4e": 867_328, "5a": 1_042_432, "5b": 1_442_816,
}
MISPRINTED_OPERATIONS = {"5a": 51_079_168}
# fmt: on


def counted(**options):
    """The complexity of a network whose variables never get a value."""
    with abstract_init():
        return kr.complexity(kr.GoogLeNet(**options))


@pytest.fixture(scope="module")
def rows():
    """(weights without biases, multiply-accumulates) of the paper's network, by the beginning of a layer's name."""
    cost = counted()

    def of(*names):
        found = [row for row in cost.by_layer if row.multiply_accumulates and row.name.startswith(names)]
        weights = sum(row.parameters - row.output_shape[-1] for row in found)
        return weights, sum(row.multiply_accumulates for row in found)

    return of


@pytest.mark.parametrize("row, block, side, inputs, filters, kilo, mega", TABLE_1, ids=[row[0] for row in TABLE_1])
def test_modules_cost_what_table_1_says(row, block, side, inputs, filters, kilo, mega, rows):
    ones, reduce_threes, threes, reduce_fives, fives, pool_proj = filters
    by_hand = inputs * (ones + reduce_threes + reduce_fives + pool_proj)
    by_hand += 9 * reduce_threes * threes + 25 * reduce_fives * fives
    weights, operations = rows(f"{block}_")
    assert (weights, operations) == (by_hand, by_hand * side * side)
    assert weights == MISPRINTED_PARAMETERS.get(row, weights)
    assert operations == MISPRINTED_OPERATIONS.get(row, operations)
    assert (abs(weights / 1024 - kilo) <= 1) == (row not in MISPRINTED_PARAMETERS)
    assert (abs(operations / 1e6 - mega) <= 1) == (row not in MISPRINTED_OPERATIONS)


def test_the_other_rows_cost_what_table_1_says(rows):
    weights, operations = rows("stem_conv2", "stem_conv3")
    assert (round(weights / 1024), round(operations / 1e6)) == (112, 360)
    weights, operations = rows("head_dense")
    assert (weights / 1024, round(operations / 1e6)) == (1000, 1)
    # Table 1 prints 2.7K and 34M, of a 7x7 in two steps of 7 weights for each colour: 2 * 7 * 3 * 64 = 2,688.
    assert rows("stem_conv1") == (9_408, 118_013_952)


@pytest.mark.parametrize(
    "options, parameters",
    [
        ({}, 6_998_552),  # the modules of Table 1 with their biases, derived
        ({"aux": True}, 13_378_280),  # two heads of 1x1, 128; 2048 x 1024; 1024 x 1000 more
        ({"local_response": True}, 6_998_552),
        ({"variant": "torchvision", "aux": True}, 13_004_888),  # torchvision 0.28
        ({"variant": "torchvision"}, 6_624_904),  # torchvision 0.28, aux_logits=False
        ({"variant": "torchvision", "batch_norm": True}, 6_624_904),
        ({"batch_norm": True}, 7_005_832),  # 7,280 channels: a beta for each bias, and a gamma
    ],
)
def test_parameters(options, parameters):
    assert counted(**options).trainable == parameters


def test_multiply_accumulates_of_torchvision_are_those_of_the_main_path():
    assert counted(variant="torchvision").multiply_accumulates == 1_498_376_192


@pytest.mark.parametrize("variant", ["paper", "torchvision"])
def test_maps_are_halved_as_in_table_1(variant):
    shapes = {row.name: row.output_shape for row in counted(variant=variant, aux=True).by_layer}
    names = ["stem_conv1", "stem_pool1", "stem_pool2", "stage2_pool", "stage3_pool", "aux1_pool", "aux2_pool"]
    assert [shapes[name] for name in names] == [
        (112, 112, 64),
        (56, 56, 64),
        (28, 28, 192),
        (14, 14, 480),
        (7, 7, 832),
        (4, 4, 512),
        (4, 4, 528),
    ]


def test_variants_differ_where_torchvision_does():
    with abstract_init():
        paper, torchvision = (kr.GoogLeNet(variant=variant) for variant in ("paper", "torchvision"))
    for model, widest, pool, dropout in ((paper, 5, 3, 0.4), (torchvision, 3, 2, 0.2)):
        assert model.get_layer("stage1_block1_5x5").kernel_size == (widest, widest)
        assert model.get_layer("stage3_pool").pool_size == (pool, pool)
        assert model.get_layer("head_dropout").rate == dropout
    assert torchvision.get_layer("stage1_block1_5x5_bn").epsilon == 1e-3
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in paper.layers)


def test_channels_of_the_naive_modules_grow():
    shapes = {row.name: row.output_shape for row in counted(module="naive").by_layer}
    assert shapes["stage1_block1_concat"] == (28, 28, 64 + 128 + 32 + 192)
    assert shapes["stage1_block2_concat"] == (28, 28, 128 + 192 + 96 + 416)
    assert shapes["head_dense"] == (1000,)


def test_local_response_stands_where_the_release_has_it():
    with abstract_init():
        model = kr.GoogLeNet(local_response=True)
    assert model.get_layer("stem_norm1").input is model.get_layer("stem_pool1").output
    assert model.get_layer("stem_norm2").input is model.get_layer("stem_conv3_relu").output
    assert model.get_layer("stem_pool2_pad").input is model.get_layer("stem_norm2").output


def test_any_size_gives_what_the_fixed_size_gives(rng):
    fixed, free = kr.GoogLeNet(input_shape=(45, 64, 3), classes=3), kr.GoogLeNet(input_shape=(None, None, 3), classes=3)
    free.set_weights(fixed.get_weights())
    images = rng.normal(size=(2, 45, 64, 3)).astype("float32")
    np.testing.assert_allclose(free(images), fixed(images), atol=1e-5)


@pytest.mark.parametrize(
    "options, words",
    [
        ({"aux": True, "input_shape": (None, None, 3)}, "input_shape without None, or aux=False"),
        ({"aux": True, "input_shape": (224, 78, 3)}, "at least 79x79 pixels with its auxiliary classifiers"),
        ({"aux": True, "include_top": False}, "Auxiliary classifiers need include_top=True"),
        ({"input_shape": (30, 31, 3)}, "at least 31x31 pixels, not 30x31"),
        ({"aux": True, "variant": "torchvision", "input_shape": (14, 14, 3)}, "at least 15x15 pixels"),
        ({"variant": "torch"}, "did you mean 'torchvision'"),
        ({"module": "reduce"}, "did you mean 'reduced'"),
    ],
)
def test_errors_say_what_was_given_and_what_is_allowed(options, words):
    with pytest.raises(ValueError) as caught:
        kr.GoogLeNet(**options)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "options, least",
    [
        ({}, 31),
        ({"aux": True}, 79),
        ({"variant": "torchvision"}, 15),
        ({"variant": "torchvision", "aux": True}, 15),
    ],
)
def test_the_smallest_images_build(options, least):
    with abstract_init():
        outputs = kr.GoogLeNet(input_shape=(least, least, 3), classes=3, **options).output
    for output in outputs.values() if options.get("aux") else [outputs]:
        assert output.shape == (None, 3)


def test_heads_compute_in_float32_under_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = kr.GoogLeNet(aux=True, input_shape=LEAST_WITH_AUX, classes=3)
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.get_layer("aux1_conv").compute_dtype == "bfloat16"
    assert {name: output.dtype for name, output in model.output.items()} == dict.fromkeys(HEADS, "float32")


def test_the_network_without_normalization_starts_at_a_scale_that_trains():
    """The initial logits are of order 1: kernels of variance 2 / filters would make them hundreds."""
    keras.utils.set_random_seed(0)
    model = kr.GoogLeNet(aux=True, input_shape=(96, 96, 3), classes=4, classifier_activation=None)
    outputs = model.predict_on_batch(pattern.image(96, 4).astype("float32"))
    for name in HEADS:
        assert 0.01 < np.sqrt(np.mean(np.square(outputs[name]))) < 10, name


@pytest.fixture(scope="module")
def trained():
    """A model after four steps on two images, its losses before, those of each step, the images and the targets."""
    keras.utils.set_random_seed(0)
    model = kr.GoogLeNet(aux=True, input_shape=LEAST_WITH_AUX, classes=2)
    images, labels = pattern.image(79).astype("float32"), np.array([0, 1])
    targets = dict.fromkeys(HEADS, labels)
    model.compile(
        keras.optimizers.SGD(0.001, 0.9),
        loss=dict.fromkeys(HEADS, "sparse_categorical_crossentropy"),
        loss_weights={"main": 1, "aux1": 0.3, "aux2": 0.3},
        run_eagerly=True,  # a graph of the network takes longer to make than four steps take
    )
    before = model.evaluate(images, targets, verbose=0, return_dict=True)
    history = model.fit(images, targets, epochs=4, verbose=0).history
    return model, before, history, images, targets


def test_the_loss_is_the_main_one_and_three_tenths_of_each_auxiliary_one(trained):
    model, before, history, images, targets = trained
    after = model.evaluate(images, targets, verbose=0, return_dict=True)
    for losses in (before, history, after):
        main, aux1, aux2 = (np.array(losses[f"{name}_loss"]) for name in HEADS)
        np.testing.assert_allclose(losses["loss"], main + 0.3 * aux1 + 0.3 * aux2, rtol=1e-5)
    assert after["loss"] < before["loss"]


@pytest.mark.parametrize("name", HEADS)
def test_gradients_of_each_head_reach_the_stem_and_no_other_head(name, trained):
    import tensorflow as tf

    model, _, _, images, _ = trained
    kernels = {head: model.get_layer(f"{head.replace('main', 'head')}_dense").kernel.value for head in HEADS}
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.math.log(model(images, training=False)[name][:, 0]))
    stem, gradients = tape.gradient(loss, (model.get_layer("stem_conv1").kernel.value, kernels))
    assert np.abs(stem).max() > 0
    assert [head for head in HEADS if gradients[head] is not None] == [name]


def test_auxiliary_arrays_of_torch_are_loaded_or_left_out():
    """A state dict with auxiliary classifiers goes into a network with them and into one without."""
    facts = json.loads((DATA / "parity" / "torchvision_googlenet.json").read_text())
    state = pattern.state(facts)
    full, plain = (kr.GoogLeNet(variant="torchvision", aux=aux, classifier_activation=None) for aux in (True, False))
    kr.load_torch_weights(full, state)
    kr.load_torch_weights(plain, state)
    images = pattern.image(facts["input_size"])
    map_of_aux2 = full.get_layer("aux2_conv_relu").output
    outputs, inner = (
        keras.tree.map_structure(np.asarray, each)
        for each in keras.Model(full.input, (full.output, map_of_aux2))(images, training=False)
    )
    np.testing.assert_allclose(outputs["main"], plain(images, training=False), rtol=1e-4, atol=1e-4)

    flat = inner.transpose(0, 3, 1, 2).reshape(2, -1)  # as PyTorch flattens, channels first
    hidden = np.maximum(flat @ state["aux2.fc1.weight"].T + state["aux2.fc1.bias"], 0)
    expected = hidden @ state["aux2.fc2.weight"].T + state["aux2.fc2.bias"]
    np.testing.assert_allclose(outputs["aux2"], expected, rtol=1e-3, atol=1e-3)


ON_JAX = """
import sys, keras, numpy as np, keras_resnets as kr
assert keras.backend.backend() == "jax" and "tensorflow" not in sys.modules
folder, options = sys.argv[1], eval(sys.argv[2])
model = kr.GoogLeNet(weights=f"{folder}/model.weights.h5", **options)
images = np.load(f"{folder}/images.npy")
np.savez(f"{folder}/outputs.npz", **model.predict(images, verbose=0))
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile("sgd", dict.fromkeys(model.output, loss))
before = [np.array(w) for w in model.get_weights()]
loss = model.fit(images, dict.fromkeys(model.output, np.arange(len(images))), verbose=0).history["loss"]
assert np.isfinite(loss).all(), loss
assert all((old != new).any() for old, new in zip(before, model.get_weights()))
"""


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed (extra 'test')")
@pytest.mark.slow
@pytest.mark.parametrize("options", [{"local_response": True}, {"variant": "torchvision"}])
def test_outputs_on_jax_are_those_on_tensorflow_and_training_runs(options, tmp_path, fresh_python):
    options = {"aux": True, "input_shape": LEAST_WITH_AUX, "classes": 3, "classifier_activation": None, **options}
    keras.utils.set_random_seed(0)
    model = kr.GoogLeNet(**options)
    images = pattern.image(79).astype("float32")
    model.save_weights(tmp_path / "model.weights.h5")
    np.save(tmp_path / "images.npy", images)
    fresh_python(ON_JAX, tmp_path, options, KERAS_BACKEND="jax")
    expected, found = model.predict(images, verbose=0), np.load(tmp_path / "outputs.npz")
    for name in HEADS:
        spread = np.linalg.norm(expected[name][0] - expected[name][1])
        assert np.linalg.norm(found[name] - expected[name]) < 1e-4 * spread, name
