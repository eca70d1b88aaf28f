"""Generated from the registry: a new network is tested by being there."""

import functools
import re
from typing import NamedTuple

import keras
import numpy as np
import pytest
from keras import ops

import keras_resnets as kr
from keras_resnets.complexity import Complexity
from keras_resnets.networks.abstract import abstract_init
from tests.conftest import published_counts
from tests.networks import arithmetic
from tests.small_networks import (
    SmallDenseNet,
    SmallDenseNetBC,
    SmallFitNet,
    SmallHighway,
    SmallPlain,
    SmallPreActCifar,
    SmallPreActResNet,
    SmallPReLUNet,
    SmallResNet,
    SmallVGG_BN,
    SmallWideResNet,
)

NAMES = kr.list_models()
CIFAR = re.compile(
    r"(plain|resnet)(20|32|44|56|110|1202)$|resnext29|preact_resnet(110|164|1001)|wide_resnet(16|28|40)|densenet(40|100|_bc)"
    r"|nin|dsn|highway|maxout|fitnet"
)
INCEPTION = re.compile(r"inception_(resnet_)?v[23]$")
# Smaller images leave nothing of the map before the classifier.
SMALLEST = {
    "maxout": 8,
    "alexnet": 63,
    "alexnet, two groups": 63,
    "inception_v2": 75,
    "inception_v3": 75,
    "inception_resnet_v2": 75,
}
# The deepest rows of each table and some of their siblings: the others are built by the same builders.
DEEPEST = re.compile(
    "1202|1001|152|200|164|201|264|250|190|110|44|plain56|100_24|1(61|69)|101_([1248]x|64|32x8)|50_[248]x|preact_resnet101"
    "|wide_resnet101|fitnet2|zfnet_b|net_[bc]$"
)
# A small member of each family, which the quick tests train and save; every network of the registry is a slow test.
MEMBERS = {
    "plain": SmallPlain,
    "resnet": SmallResNet,
    "resnet, projections": functools.partial(SmallResNet, shortcut="B"),
    "resnet, stochastic depth": functools.partial(SmallResNet, survival_probability=1),
    "resnext": functools.partial(kr.ResNeXt29, depths=(1, 1, 1), filters=8, cardinality=2, base_width=4),
    "resnext, summed": functools.partial(
        kr.ResNeXt29, depths=(1, 1, 1), filters=8, cardinality=2, base_width=4, form="a"
    ),
    "resnext, ImageNet": functools.partial(
        kr.ResNeXt50, depths=(1, 1, 1, 1), filters=8, cardinality=2, base_width=4, downsample="1x1"
    ),
    "preact_resnet": SmallPreActCifar,
    "preact_resnet, ImageNet": SmallPreActResNet,
    "wide_resnet": SmallWideResNet,
    "densenet": functools.partial(SmallDenseNet, memory_efficient=True),
    "densenet, bottleneck": SmallDenseNetBC,
    "vgg": SmallVGG_BN,
    "alexnet": kr.AlexNet,
    "nin": kr.NIN,
    "highway": SmallHighway,
    "maxout": kr.Maxout,
    "fitnet": SmallFitNet,
    "prelu_net": SmallPReLUNet,
    "prelu_net, slopes of layers": functools.partial(SmallPReLUNet, slopes="layer"),
}
DEPTHS = {"50": (3, 4, 6, 3), "101": (3, 4, 23, 3), "29": (3, 3, 3)}


def marks_of(name):
    return pytest.mark.slow if DEEPEST.search(name) else ()


class Description(NamedTuple):
    """What the tests ask of a network whose variables never get a value."""

    name: str
    input_shape: tuple
    output_shape: tuple
    cost: Complexity


@functools.cache
def described(name, **options):
    """Build a network once for all the tests of its shapes and counts: the deepest take seconds."""
    with abstract_init():
        model = kr.build(name, **options)
        return Description(model.name, model.input_shape, model.output_shape, kr.complexity(model))


def counted(name, **options):
    return described(name, **options).cost


@pytest.mark.parametrize("name", [pytest.param(name, marks=marks_of(name)) for name in NAMES])
def test_shapes_of_every_network(name):
    found = described(name)
    size, classes = (32, 10) if CIFAR.match(name) else (299 if INCEPTION.match(name) else 224, 1000)
    assert found.input_shape == (None, size, size, 3)
    assert found.output_shape == (None, classes)
    assert found.name == name


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=row["name"], marks=marks_of(row["name"])) for row in published_counts()]
)
def test_counts_are_the_published_ones(row):
    cost = counted(row["name"])
    assert cost.trainable == int(row["trainable_parameters"])
    if row["multiply_accumulates"]:
        assert cost.multiply_accumulates == int(row["multiply_accumulates"])


@pytest.mark.parametrize("name", [pytest.param(name, marks=marks_of(name)) for name in kr.list_models("resnext*")])
def test_every_resnext_has_the_count_of_the_arithmetic(name):
    depth, cardinality, width = re.match(r"resnext(\d+)_(\d+)x(\d+)d", name).groups()
    block = arithmetic.bottleneck(int(cardinality), int(width))
    stem, classes = (3, 10) if depth == "29" else (7, 1000)
    expected = arithmetic.residual_network(DEPTHS[depth], 64, block, stem, classes)
    assert counted(name).trainable == expected


@pytest.mark.parametrize("depth, depths", [(18, (2, 2, 2, 2)), (34, (3, 4, 6, 3))])
def test_plain_networks_are_the_residual_ones_without_projections(depth, depths):
    residual = arithmetic.residual_network(depths, 64, arithmetic.basic, 7, 1000)
    projections = sum(arithmetic.conv(c, 2 * c, 1) for c in (64, 128, 256))
    assert counted(f"resnet{depth}").trainable == residual
    assert counted(f"plain{depth}").trainable == residual - projections


@pytest.mark.parametrize(
    "depth", [20, 32, *(pytest.param(depth, marks=pytest.mark.slow) for depth in (44, 56, 110, 1202))]
)
def test_cifar_plain_and_option_a_have_the_same_parameters(depth):
    assert counted(f"plain{depth}").trainable == counted(f"resnet{depth}").trainable


def gradients_of(model, rng):
    import tensorflow as tf

    size = model.input_shape[1]
    with tf.GradientTape() as tape:
        outputs = model(rng.normal(size=(4, size, size, 3)).astype("float32"), training=True)
        loss = ops.sum(outputs * rng.normal(size=outputs.shape).astype("float32"))
    return tape.gradient(loss, [variable.value for variable in model.trainable_variables])


def assert_trains_and_survives(build, size, tmp_path, rng):
    """Its gradients, and its outputs: compiled and eagerly, before saving and after loading."""
    model = build(input_shape=(size, size, 3), classes=5, classifier_activation=None)
    for variable, gradient in zip(model.trainable_variables, gradients_of(model, rng), strict=True):
        assert gradient is not None, variable.path
        assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0, variable.path

    images = rng.normal(size=(2, size, size, 3)).astype("float32")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    eager, after = (ops.convert_to_numpy(each(images, training=False)) for each in (model, loaded))
    np.testing.assert_array_equal(eager, after)
    compiled = loaded.predict_on_batch(images)
    np.testing.assert_allclose(compiled, eager, rtol=1e-2, atol=1e-3 * np.abs(eager).max())
    assert np.abs(eager[0] - eager[1]).max() > 0


def test_63_pixels_are_the_least_that_alexnet_takes():
    """11x11 with a margin of 2, stride 4, leaves 15; three pools leave 7, 3 and 1."""
    with abstract_init():
        assert kr.AlexNet(input_shape=(63, 63, 3), include_top=False).output_shape == (None, 1, 1, 256)
        with pytest.raises(ValueError):
            kr.AlexNet(input_shape=(62, 62, 3), include_top=False)


@pytest.mark.parametrize("member", MEMBERS)
def test_every_variable_gets_a_gradient_and_survives_save_and_load(member, tmp_path, rng):
    assert_trains_and_survives(MEMBERS[member], SMALLEST.get(member, 32), tmp_path, rng)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_in_every_network_of_the_registry_too(name, tmp_path, rng):
    # Without shortcuts, batch normalization makes gradients grow exponentially with depth (Yang et al. 2019, arXiv
    # 1902.08129): those of 1,202 plain layers exceed float32, which is a property of the network, not of its code.
    keras.config.set_dtype_policy("float64" if name == "plain1202" else "float32")
    try:
        assert_trains_and_survives(functools.partial(kr.build, name), SMALLEST.get(name, 32), tmp_path, rng)
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet20", "resnext29_8x64d", "preact_resnet110"])
def test_a_fresh_process_loads_and_compiles_it(name, rng, loaded_elsewhere):
    options = {"cardinality": 4, "base_width": 16} if "resnext" in name else {}
    model = kr.build(name, **options)
    images = rng.normal(size=(2, 32, 32, 3)).astype("float32")
    np.testing.assert_allclose(loaded_elsewhere(model, images), model.predict_on_batch(images), atol=1e-6)


@pytest.mark.slow
def test_1202_layers_load_in_a_fresh_process(tmp_path, fresh_python):
    kr.ResNet1202().save(tmp_path / "model.keras")
    count = fresh_python(
        "import sys, keras_resnets, keras; print(keras.saving.load_model(sys.argv[1]).count_params())",
        tmp_path / "model.keras",
    )
    assert int(count) > 19_421_274
