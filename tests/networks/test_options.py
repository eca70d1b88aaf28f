"""The builders' options mean what `keras.applications` means by them."""

import inspect

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.networks.abstract import abstract_init
from keras_resnets.networks.registry import find
from tests.small_networks import SmallResNet


def channels_of(model):
    return [layer.output.shape[-1] for layer in model.layers if layer.name.endswith("_relu")]


@pytest.mark.parametrize("pooling, shape", [(None, (None, 4, 4, 64)), ("avg", (None, 64)), ("max", (None, 64))])
def test_without_the_top(pooling, shape):
    with abstract_init():
        model = kr.ResNet20(include_top=False, input_shape=(16, 16, 3), pooling=pooling)
    assert model.output_shape == shape


def test_any_size_and_one_channel(rng):
    model = SmallResNet(input_shape=(None, None, 1), classes=3)
    for size in (17, 32):
        scores = model.predict_on_batch(rng.normal(size=(2, size, size + 5, 1)).astype("float32"))
        assert scores.shape == (2, 3)
        np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=1e-5)


def test_any_size_gives_what_the_fixed_size_gives(rng):
    small = {"depths": (1, 1, 1, 1), "filters": 8, "cardinality": 2, "base_width": 4}
    fixed, free = (kr.ResNeXt50(input_shape=shape, **small) for shape in ((33, 47, 3), (None, None, 3)))
    free.set_weights(fixed.get_weights())
    images = rng.normal(size=(1, 33, 47, 3)).astype("float32")
    np.testing.assert_allclose(fixed.predict_on_batch(images), free.predict_on_batch(images), rtol=1e-5)


def test_input_tensor_is_built_upon():
    inputs = keras.Input((20, 20, 1))
    model = kr.ResNet20(input_tensor=keras.layers.Concatenate()([inputs] * 3))
    assert model.inputs[0] is inputs
    assert model.output_shape == (None, 10)


def test_weights_from_a_file(tmp_path, rng):
    model = SmallResNet()
    model.save_weights(tmp_path / "x.weights.h5")
    loaded = SmallResNet(weights=tmp_path / "x.weights.h5")
    for ours, theirs in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_logits_and_name(rng):
    model = SmallResNet(classifier_activation=None, name="mine")
    assert model.name == "mine"
    assert model.predict_on_batch(rng.normal(size=(2, 32, 32, 3)).astype("float32")).min() < 0


def test_common_options_can_be_given_by_position():
    assert kr.ResNet20(False).output_shape == (None, 8, 8, 64)


def test_signature_and_docstring_show_every_option():
    for title in ("ResNet20", "ResNet50", "ResNeXt50", "Plain18"):
        build = getattr(kr, title)
        for name in inspect.signature(build).parameters:
            assert f"    {name}: " in build.__doc__
    assert "downsample" not in inspect.signature(kr.ResNet18).parameters
    assert inspect.signature(kr.ResNeXt50).parameters["cardinality"].default == 32


def test_names_of_layers_are_stable():
    with abstract_init():
        first, second = ([layer.name for layer in kr.ResNet50().layers] for _ in range(2))
    assert first == second
    assert "stage2_block1_conv2" in first
    assert first[0] == "images" and first[-1] == "head_dense"


def test_downsample_moves_the_stride():
    with abstract_init():
        later, paper = kr.ResNet50(), kr.ResNet50(downsample="1x1")
    assert later.get_layer("stage2_block1_conv2").strides == (2, 2)
    assert paper.get_layer("stage2_block1_conv1").strides == (2, 2)
    assert paper.get_layer("stage2_block1_conv2").strides == (1, 1)


@pytest.mark.parametrize("option, projections", [("A", 0), ("B", 3), ("C", 8)])
def test_shortcuts_project_where_the_paper_does(option, projections):
    with abstract_init():
        names = [layer.name for layer in kr.ResNet18(shortcut=option).layers]
    assert sum(name.endswith("_shortcut_bn") for name in names) == projections


def test_zero_gamma_starts_every_block_as_its_shortcut():
    model = kr.ResNet18(zero_gamma=True)
    last = [layer for layer in model.layers if layer.name.endswith("_conv2_bn")]
    assert len(last) == 8
    assert all(not np.any(layer.gamma) for layer in last)
    assert np.all(model.get_layer("stage1_block1_conv1_bn").gamma == 1)


def test_mixed_precision_computes_the_head_in_float32():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = kr.ResNeXt29(cardinality=2, base_width=8)
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.get_layer("stage1_block1_conv2").compute_dtype == "bfloat16"
    assert model.get_layer("head_pool").compute_dtype == "float32"
    assert model.output.dtype == "float32"


def test_the_layout_does_not_follow_a_global_setting():
    keras.config.set_image_data_format("channels_first")
    try:
        assert SmallResNet().output_shape == (None, 10)
        assert kr.ResNet18(include_top=False).output_shape == (None, 7, 7, 512)
    finally:
        keras.config.set_image_data_format("channels_last")


@pytest.mark.parametrize(
    "call, error, words",
    [
        (lambda: kr.build("resnext50_32x4"), ValueError, "did you mean 'resnext50_32x4d'"),
        (lambda: kr.build("VGG99"), ValueError, "Unknown network 'VGG99'"),
        (lambda: kr.ResNet50(shortcuts="A"), TypeError, "did you mean 'shortcut'"),
        (lambda: kr.ResNet18(downsample="1x1"), TypeError, "Unknown option of ResNet18 'downsample'"),
        (lambda: kr.ResNet50(shortcut="b"), ValueError, "did you mean 'B'"),
        (lambda: kr.ResNet50(downsample="1"), ValueError, "choose one of '1x1', '3x3'"),
        (lambda: kr.ResNeXt50(form="d"), ValueError, "Unknown form 'd'"),
        (lambda: kr.ResNeXt50(cardinality=0), ValueError, "cardinality must be a positive integer, not 0"),
        (lambda: kr.ResNeXt50(base_width=2.5), ValueError, "base_width must be a positive integer, not 2.5"),
        (lambda: kr.ResNet20(pooling="mean"), ValueError, "choose one of 'avg', 'max'"),
        (lambda: kr.ResNet20(input_shape=(32, 32)), ValueError, "not (32, 32)"),
        (lambda: kr.ResNet20(input_shape=(32, 32, None)), ValueError, "input_shape must be"),
        (lambda: kr.ResNet50(input_shape=(3, 224, 224)), ValueError, "channels-last, (height, width, channels)"),
        (lambda: kr.ResNet20(input_shape=(1, 28, 28)), ValueError, "give (28, 28, 1), not (1, 28, 28)"),
        (lambda: kr.build("resnet50d"), ValueError, "names (`keras-resnets list` lists them), such as 'resnet50', "),
        (lambda: kr.ResNet20(classes=0), ValueError, "classes must be a positive integer, not 0"),
        (lambda: kr.ResNet20(weights="nowhere.keras"), ValueError, "Cannot find a file 'nowhere.keras'"),
        (lambda: kr.ResNet20(input_tensor=np.zeros((1, 32, 32, 3))), ValueError, "not ndarray"),
        (lambda: kr.ResNet20(input_tensor=keras.Input((3,))), ValueError, "[batch, height, width, channels]"),
    ],
)
def test_errors_say_what_was_given_and_what_is_allowed(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)


def test_a_low_image_is_no_image_of_channels_first():
    assert kr.ResNet20(input_shape=(3, 40, 4), include_top=False).input_shape == (None, 3, 40, 4)


@pytest.mark.parametrize("title, name", [("ResNet20", "resnet20"), ("ResNeXt29", "resnext29_8x64d")])
def test_networks_are_built_by_the_name_of_their_builder_too(title, name):
    with abstract_init():
        assert kr.build(title).name == name
    assert title not in kr.list_models()


def test_every_builder_is_found_by_its_name():
    builders = [name for name in kr.networks.__all__ if name not in ("build", "list_models")]
    assert len(builders) == 70
    for name in builders:
        assert find(name).func is getattr(kr, name)


def test_list_models_in_natural_order():
    assert kr.list_models("resnext29*") == ["resnext29_8x64d", "resnext29_16x64d"]
    assert kr.list_models("resnet1?") == ["resnet18"]
    assert kr.list_models("nothing*") == []


def test_a_smaller_resnext_keeps_the_rules_of_the_paper():
    """Depth 9n + 2; a path is `base_width` wide in the first stage whatever the stem's channels, and doubles."""
    model = kr.ResNeXt29(cardinality=3, base_width=5, depths=(2, 2, 2), filters=24, input_shape=(8, 8, 1))
    assert model.name == "resnext20_3x5d"
    widths = [model.get_layer(f"stage{stage}_block1_conv2").output.shape[-1] for stage in (1, 2, 3)]
    assert widths == [15, 30, 60]
    assert model.get_layer("stem_conv").output.shape[-1] == 24
    assert model.get_layer("stage3_block2_add").output.shape[-1] == 384
    small = kr.ResNeXt50(depths=(1, 1, 1, 1), filters=16, input_shape=(32, 32, 3))
    assert (small.name, small.get_layer("stem_conv").output.shape[-1]) == ("resnext14_32x4d", 16)


@pytest.mark.parametrize("depths", [(2, 2), (2, 0, 2), 2, "222"])
def test_depths_are_the_blocks_of_each_stage(depths):
    with pytest.raises(ValueError, match="depths must be 3 positive integers, the blocks of each stage, not"):
        kr.ResNeXt29(depths=depths)
