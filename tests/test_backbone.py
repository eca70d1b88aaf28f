"""Maps of the stages and frozen stages, on every network of the registry."""

import math
import re

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.networks.abstract import abstract_init
from tests.small_networks import SmallPreActCifar, SmallResNet, SmallWideResNet

NAMES = kr.list_models()
# Half a second to minutes to build, siblings of others.
DEEP = re.compile(
    "1202|1001|[12]\\d\\d|44|56|34|wide.*(28|40)|(plain|resnet)32|_(2x|4x|8x14|8x6)|resnet_v2|densenet40|highway32"
)
SIZE, CHANNELS = 512, 4


def assert_levels_are_the_stages(name):
    with abstract_init():
        model = kr.build(name, include_top=False, input_shape=(SIZE, SIZE, CHANNELS))
    info, maps = kr.feature_info(model), kr.features(model).output
    assert [each.level for each in info] == [f"stage{i}" for i in range(1, len(info) + 1)] == list(maps)
    for each in info:
        _, height, width, channels = maps[each.level].shape
        assert channels == each.channels
        # Margins that are not padded take less than what rounds to another power of two.
        assert each.stride == 2 ** round(math.log2(SIZE / height)) == 2 ** round(math.log2(SIZE / width))
    assert info[-1].channels == model.output.shape[-1]
    first = next(layer for layer in model.layers if layer.weights)
    assert first.kernel.shape[2] == CHANNELS


@pytest.mark.parametrize("name", [name for name in NAMES if not DEEP.search(name)])
def test_levels_and_input_channels_of_every_network(name):
    assert_levels_are_the_stages(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if DEEP.search(name)])
def test_levels_and_input_channels_of_deep_networks(name):
    assert_levels_are_the_stages(name)


@pytest.mark.parametrize(
    "name, channels, strides",
    [
        ("resnet18", [64, 128, 256, 512], [4, 8, 16, 32]),
        ("resnet20", [16, 32, 64], [1, 2, 4]),
        ("vgg16", [64, 128, 256, 512, 512], [1, 2, 4, 8, 16]),
        ("googlenet", [480, 832, 1024], [8, 16, 32]),
    ],
)
def test_info_by_name_is_the_papers(name, channels, strides):
    info = kr.feature_info(name)
    assert [each.channels for each in info] == channels
    assert [each.stride for each in info] == strides


def test_info_by_name_makes_no_weights(monkeypatch):
    monkeypatch.setattr(keras.Variable, "_initialize", lambda *_: pytest.fail("a variable got a value"))
    assert kr.feature_info("vgg19")[0] == kr.FeatureInfo("stage1", "stage1_block2_conv_relu", 64, 1)


def test_dilated_networks_keep_their_stride():
    with abstract_init():
        model = kr.ResNet50(output_stride=8)
    assert [info.stride for info in kr.feature_info(model)] == [4, 8, 8, 8]


def test_levels_by_name_and_number_share_the_weights(rng):
    model = kr.ResNet20(input_shape=(None, None, 3), classifier_activation=None)
    images = rng.normal(size=(2, 20, 28, 3)).astype("float32")
    maps = kr.features(model, (3, "stage1")).predict_on_batch(images)
    assert {level: each.shape for level, each in maps.items()} == {"stage1": (2, 20, 28, 16), "stage3": (2, 5, 7, 64)}
    scores = maps["stage3"].mean((1, 2)) @ np.asarray(model.get_layer("head_dense").kernel)
    np.testing.assert_allclose(scores, model.predict_on_batch(images), atol=1e-5 * np.abs(scores).max())
    assert list(kr.features(model, 2).output) == ["stage2"]


@pytest.mark.parametrize(
    "build",
    [
        *[SmallResNet, SmallPreActCifar],
        *(pytest.param(name, marks=pytest.mark.slow) for name in (kr.ResNet20, kr.PreActResNet18, kr.GoogLeNet)),
    ],
)
def test_maps_survive_save_and_load(build, tmp_path, rng):
    model = build(input_shape=(None, None, 3))
    images = rng.normal(size=(2, 75, 80, 3)).astype("float32")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert kr.feature_info(loaded) == kr.feature_info(model)
    before, after = (kr.features(each).predict_on_batch(images) for each in (model, loaded))
    for level, expected in before.items():
        assert np.abs(expected[0] - expected[1]).max() > 0
        np.testing.assert_array_equal(after[level], expected)


def test_preprocessing_goes_along():
    model = kr.ResNet20()
    assert kr.features(model).preprocessing is None
    model.preprocessing = kr.weights.Preprocessing(size=32, resize=36)
    assert kr.features(model).preprocessing == model.preprocessing


SMALL = {"input_shape": (16, 16, 3), "classes": 3}
NETWORKS = {
    "blocks": lambda: SmallWideResNet(**SMALL),
    "branches that survive": lambda: kr.ResNet20(survival=0.999, **SMALL),
}


@pytest.mark.parametrize("network", NETWORKS)
def test_frozen_stages_hold_still_in_fit_and_later_ones_move(network, rng):
    model = NETWORKS[network]()
    kr.freeze(model, until="stage2")
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", run_eagerly=True)
    before = {variable.path: np.array(variable) for variable in model.variables}
    model.fit(rng.normal(size=(12, 16, 16, 3)).astype("float32"), np.arange(12) % 3, batch_size=4, verbose=0)
    moved = {path for variable in model.variables if (np.array(variable) != before[path := variable.path]).any()}
    weights = {path for path in before if "seed_generator" not in path}
    held = {path for path in weights if part_of(path) in ("stem", "stage1", "stage2")}
    assert not moved & held
    assert moved & weights == weights - held
    assert any("moving_mean" in path for path in held) and any("moving_mean" in path for path in moved)


def part_of(path):
    return path.split("_")[0]


def trainable_parts(model):
    return {part_of(variable.path) for variable in model.trainable_variables}


def test_the_last_call_decides_alone():
    model = SmallWideResNet(**SMALL)
    kr.freeze(model)
    assert trainable_parts(model) == set()
    kr.freeze(model, until=3)
    assert trainable_parts(model) == {"head"}
    kr.freeze(model, until="stage1")
    assert trainable_parts(model) == {"stage2", "stage3", "tail", "head"}
    kr.freeze(model, until="stem")
    assert trainable_parts(model) == {"stage1", "stage2", "stage3", "tail", "head"}
    kr.unfreeze(model)
    assert trainable_parts(model) == {"stem", "stage1", "stage2", "stage3", "tail", "head"}


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: kr.feature_info("resnet21"), "did you mean 'resnet20'"),
        (lambda: kr.feature_info(keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])), "named after a stage"),
        (lambda: kr.features(kr.ResNet20(), ("stage1", "stag2")), "did you mean 'stage2'"),
        (lambda: kr.features(kr.ResNet20(), 4), "Unknown level 4: choose one of 'stage1', 'stage2', 'stage3'"),
        (lambda: kr.features(kr.ResNet20(), ()), "at least one level"),
        (lambda: kr.freeze(kr.ResNet20(), until="stage7"), "choose one of 'stem', 'stage1', 'stage2', 'stage3'"),
    ],
)
def test_errors_say_what_is_allowed(call, words):
    with pytest.raises(ValueError) as caught:
        call()
    assert words in str(caught.value)
