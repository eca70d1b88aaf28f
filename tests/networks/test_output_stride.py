"""Networks that dilate in place of their last strides (Chen et al. 2017) beside the ordinary ones."""

import functools

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.networks.abstract import abstract_init
from tests.small_networks import SmallPreActResNet

NETWORKS = [
    ("resnet18", {"shortcut": "A"}),
    ("resnet50", {}),
    ("resnet50", {"downsample": "1x1"}),
    ("resnext50_32x4d", {"cardinality": 8}),
    ("resnext50_32x4d", {"cardinality": 2, "form": "a"}),
    ("preact_resnet18", {}),
    ("preact_resnet50", {"variant": "keras_applications"}),
    ("wide_resnet50_2", {}),
]
SHALLOW = {"depths": (1, 1, 2, 2), "filters": 16, "cardinality": 2, "base_width": 8}
MEMBERS = {
    "basic": (kr.ResNet18, {"shortcut": "A"}),
    "bottleneck": (kr.ResNeXt50, SHALLOW),
    "bottleneck, 1x1": (kr.ResNeXt50, {**SHALLOW, "downsample": "1x1"}),
    "bottleneck, summed": (kr.ResNeXt50, {**SHALLOW, "form": "a"}),
    "preactivated": (SmallPreActResNet, {}),
    "preactivated, keras_applications": (SmallPreActResNet, {"variant": "keras_applications"}),
}
QUICK = ("basic", "bottleneck", "preactivated, keras_applications")  # a stride in each place that a block may have it


@pytest.mark.parametrize("output_stride", [8, pytest.param(16, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    "member", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in MEMBERS]
)
def test_every_so_manyth_position_of_the_map_is_the_ordinary_one(member, output_stride, rng):
    """Also at the borders: a dilated kernel reaches beyond the map where the ordinary one does."""
    build, options = MEMBERS[member]
    assert_positions_are_the_ordinary_ones(build, options, output_stride, rng, compiled=False)


@pytest.mark.slow
@pytest.mark.parametrize("output_stride", [8, 16])
@pytest.mark.parametrize("name, options", NETWORKS, ids=lambda value: str(value))
def test_in_networks_of_the_registry_too(name, options, output_stride, rng):
    assert_positions_are_the_ordinary_ones(
        functools.partial(kr.build, name), options, output_stride, rng, compiled=True
    )


def assert_positions_are_the_ordinary_ones(build, options, output_stride, rng, compiled):
    options = {"include_top": False, "input_shape": (None, None, 3), **options}
    model, ordinary = build(output_stride=output_stride, **options), build(**options)
    model.set_weights(ordinary.get_weights())
    images = rng.normal(size=(1, 65, 94, 3)).astype("float32")
    found, expected = (
        each.predict_on_batch(images) if compiled else np.asarray(each(images)) for each in (model, ordinary)
    )
    assert found.shape[1:3] == (-(-65 // output_stride), -(-94 // output_stride))
    assert expected.shape[1:3] == (3, 3)
    step = 32 // output_stride
    np.testing.assert_allclose(
        found[:, ::step, ::step], expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max(), err_msg=model.name
    )
    assert expected.std() > 1e-3


@pytest.mark.parametrize("output_stride, size", [(8, 28), (16, 14), (None, 7)])
def test_the_last_map_is_so_many_times_smaller(output_stride, size):
    with abstract_init():
        model = kr.ResNet50(include_top=False, output_stride=output_stride)
        free = kr.ResNet50(output_stride=output_stride, input_shape=(None, None, 3))
    assert model.output_shape == (None, size, size, 2048)
    assert free.output_shape == (None, 1000)


def dilations(model, stage):
    return [
        layer.dilation_rate[0]
        for layer in model.layers
        if getattr(layer, "kernel_size", 0) == (3, 3) and stage in layer.name
    ]


@pytest.mark.parametrize(
    "build, options, stage3, stage4",
    [
        (kr.ResNet50, {"output_stride": 8}, [1, 2, 2, 2, 2, 2], [2, 4, 4]),
        (kr.ResNet50, {"output_stride": 16}, [1] * 6, [1, 2, 2]),
        (kr.ResNet50, {"output_stride": 8, "downsample": "1x1"}, [2] * 6, [4] * 3),
        (kr.ResNet18, {"output_stride": 8}, [1, 2, 2, 2], [2, 4, 4, 4]),
    ],
)
def test_the_convolution_that_had_the_stride_keeps_the_dilation_before(build, options, stage3, stage4):
    with abstract_init():
        model = build(**options)
    assert [dilations(model, f"stage{stage}") for stage in (1, 2, 3, 4)][2:] == [stage3, stage4]
    assert set(dilations(model, "stage1") + dilations(model, "stage2")) == {1}
    strides = [layer.strides[0] for layer in model.layers if hasattr(layer, "kernel_size") and "stage" in layer.name]
    assert np.prod(strides) == (2 * 2) ** (3 - {8: 2, 16: 1}[options["output_stride"]])  # each with its projection's


def test_weights_and_features_know_it():
    with abstract_init():
        model, ordinary = kr.ResNet50(output_stride=16), kr.ResNet50()
    assert kr.complexity(model).parameters == kr.complexity(ordinary).parameters
    assert "3x3, 512, dilation 2" in kr.complexity(model).table()
    assert [info.stride for info in kr.feature_info(model)] == [4, 8, 16, 16]


def test_grouped_convolutions_train_dilated(rng):
    model = kr.ResNeXt50(output_stride=8, **SHALLOW, classes=3, input_shape=(32, 32, 3))
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    kernel = model.get_layer("stage4_block2_conv2").kernel
    before = np.array(keras.ops.convert_to_numpy(kernel))
    model.train_on_batch(rng.normal(size=(3, 32, 32, 3)).astype("float32"), np.arange(3))
    assert np.abs(keras.ops.convert_to_numpy(kernel) - before).max() > 0


@pytest.mark.parametrize("output_stride", [4, 32, "8", 0])
def test_other_strides_are_refused(output_stride):
    with pytest.raises(ValueError, match="output_stride must be None, 8 or 16, not") as caught:
        kr.ResNet50(output_stride=output_stride)
    assert repr(output_stride) in str(caught.value)


@pytest.mark.parametrize("build", [kr.ResNet20, kr.ResNeXt29, kr.Plain18])
def test_it_is_no_option_of_others(build):
    with pytest.raises(TypeError, match="'output_stride'"):
        build(output_stride=8)
