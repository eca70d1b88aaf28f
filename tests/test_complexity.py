"""Counts against the papers' arithmetic."""

import inspect
import re

import keras
import pytest

import keras_resnets as kr
from keras_resnets.complexity import bottleneck_parameters, complexity, equal_cost_width
from keras_resnets.networks.abstract import abstract_init


def test_the_bottleneck_of_resnet_costs_about_70_thousand():
    """256 * 64 + 64 * 64 * 9 + 64 * 256, against 256 * 256 * 9 of a single 3x3."""
    assert bottleneck_parameters(1, 64) == 69_632


def test_equal_cost_falls_out_as_resnext_table_2():
    """(C, d) of Xie et al. 2017, Table 2."""
    table = {1: 64, 2: 40, 4: 24, 8: 14, 32: 4}
    assert {c: equal_cost_width(c) for c in table} == table
    for c, d in table.items():
        assert bottleneck_parameters(c, d) == pytest.approx(70_000, rel=0.03)


def test_no_width_is_narrow_enough_for_too_many_paths():
    with pytest.raises(ValueError, match="at any width"):
        equal_cost_width(1000)


@pytest.mark.parametrize("c, d", [(1, 64), (2, 40), (4, 24), (8, 14), (32, 4)])
def test_a_block_of_conv2_costs_what_resnext_table_2_says(c, d):
    """0.22 billion multiply-accumulates, and the width of the grouped convolution (Xie et al. 2017, Table 2).

    Its parameters are those of equation 4.
    """
    with abstract_init():
        model = kr.ResNeXt50(cardinality=c, base_width=d, depths=(2, 1, 1, 1))
        rows = {row.name: row for row in complexity(model).by_layer}
    block = [rows[f"stage1_block2_conv{number}"] for number in (1, 2, 3)]
    assert sum(row.trainable for row in block) == bottleneck_parameters(c, d)
    assert sum(row.multiply_accumulates for row in block) / 1e9 == pytest.approx(0.22, abs=0.005)
    assert block[1].output_shape[-1] == {1: 64, 2: 80, 4: 96, 8: 112, 32: 128}[c]


def test_totals_are_the_sums_of_the_layers():
    model = kr.ResNet20()
    cost = complexity(model)
    assert cost.parameters == model.count_params() == sum(row.parameters for row in cost.by_layer)
    assert cost.trainable == sum(row.trainable for row in cost.by_layer)
    assert cost.multiply_accumulates == sum(row.multiply_accumulates for row in cost.by_layer)
    # Two moving statistics for each normalized channel: 7 x 16 + 6 x 32 + 6 x 64.
    assert cost.parameters - cost.trainable == 2 * (7 * 16 + 6 * 32 + 6 * 64)


def test_frozen_layers_are_not_trainable():
    model = kr.ResNet20()
    model.get_layer("stem_conv").trainable = False
    assert complexity(model).trainable == 269_722 - 3 * 3 * 3 * 16


def test_multiply_accumulates_by_hand():
    """A 7x7/2 convolution on 224: 112 * 112 * 7 * 7 * 3 * 64; grouped ones cost 1 / C."""
    with abstract_init():
        rows = {row.name: row for row in complexity(kr.ResNeXt50()).by_layer}
    assert rows["stem_conv"].multiply_accumulates == 112 * 112 * 7 * 7 * 3 * 64
    assert rows["stage1_block1_conv2"].multiply_accumulates == 56 * 56 * 9 * 128 * 128 // 32
    assert rows["stage2_block1_conv2"].output_shape == (28, 28, 256)
    assert rows["head_dense"].multiply_accumulates == 2048 * 1000


def test_a_model_of_any_size_needs_one():
    with abstract_init():
        model = kr.ResNet18(input_shape=(None, None, 3))
    with pytest.raises(ValueError, match="give complexity\\(\\) an input_shape"):
        complexity(model)
    assert complexity(model, (224, 224, 3)).multiply_accumulates == 1_814_073_344


def test_nested_models_and_shared_layers_are_counted():
    backbone = kr.ResNet20(include_top=False, pooling="avg")
    model = keras.Sequential([keras.Input((32, 32, 3)), backbone, keras.layers.Dense(7)])
    assert complexity(model).multiply_accumulates == 40_551_040 - 640 + 64 * 7

    inputs, twice = keras.Input((8,)), keras.layers.Dense(8)
    shared = complexity(keras.Model(inputs, twice(twice(inputs))))
    assert shared.multiply_accumulates == 2 * 64
    assert shared.parameters == 72


def test_the_table_reads_like_the_papers():
    with abstract_init():
        lines = complexity(kr.ResNeXt50()).table().splitlines()
    assert lines[0] == "resnext50_32x4d, input 224x224x3"
    stage = next(line for line in lines if line.startswith("stage3"))
    assert re.split(r"\s{2,}", stage) == [
        "stage3",
        "14x14x1024",
        "[1x1, 512; 3x3, 512, C=32; 1x1, 1024] x 6",
        "7,022,592",
        "1,525,350,400",
    ]
    assert re.split(r"\s{2,}", lines[-1]) == ["total", "25,028,904", "4,230,479,872"]


def test_the_module_is_a_function_too_whichever_import_comes_first(fresh_python):
    code = """
import sys

for first in (
    "import keras_resnets.complexity; import keras_resnets as kr",
    "from keras_resnets import complexity; import keras_resnets as kr",
    "from keras_resnets.complexity import complexity, bottleneck_parameters; import keras_resnets as kr",
    "import keras_resnets as kr",
):
    for name in [name for name in sys.modules if name.split(".")[0] == "keras_resnets"]:
        del sys.modules[name]
    exec(first)
    import keras
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5)])
    from keras_resnets.complexity import complexity, equal_cost_width
    print(kr.complexity(model).multiply_accumulates, complexity(model, input_shape=(4,)).multiply_accumulates)
    print(kr.complexity.bottleneck_parameters(1, 64), kr.complexity.complexity is complexity)
"""
    assert fresh_python(code, KERAS_BACKEND="numpy").split() == 4 * ["20", "20", "69632", "True"]


def test_help_shows_what_the_call_takes():
    assert list(inspect.signature(kr.complexity).parameters) == ["model", "input_shape"]
    assert "FLOPs" in kr.complexity.__doc__ and "FLOPs" in complexity.__doc__


@pytest.mark.parametrize(
    "title, millions, trainable",
    [
        ("MobileNet", 569, 4_231_976),  # Howard et al. 2017, arXiv 1704.04861, Table 4: 569 million, 4.2 million
        ("MobileNetV2", 300, 3_504_872),  # Sandler et al. 2018, arXiv 1801.04381, Table 4: 300 million, 3.4 million
    ],
)
def test_depthwise_networks_cost_what_their_papers_say(title, millions, trainable):
    with abstract_init():
        cost = complexity(getattr(keras.applications, title)(weights=None))
    assert round(cost.multiply_accumulates / 1e6) == pytest.approx(millions, abs=1)
    assert cost.trainable == trainable


L = keras.layers


@pytest.mark.parametrize(
    "layer, shape, expected, kind",
    [
        (L.DepthwiseConv2D(3, 2, "same"), (8, 6, 5), 4 * 3 * 9 * 5, "3x3 depthwise, stride 2"),
        (L.DepthwiseConv2D(3, depth_multiplier=2), (8, 6, 5), 6 * 4 * 9 * 5 * 2, "3x3 depthwise"),
        (L.SeparableConv2D(7, 3, padding="same"), (8, 6, 5), 8 * 6 * (9 * 5 + 5 * 7), "3x3 separable, 7"),
        (L.Conv2DTranspose(7, 3, 2, "same"), (8, 6, 5), 8 * 6 * 9 * 5 * 7, "3x3 transposed, 7, stride 2"),
        (L.Conv1D(7, 3), (8, 5), 6 * 3 * 5 * 7, "3, 7"),
        (L.DepthwiseConv1D(3), (8, 5), 6 * 3 * 5, "3 depthwise"),
        (L.SeparableConv1D(7, 3), (8, 5), 6 * (3 * 5 + 5 * 7), "3 separable, 7"),
        (L.Conv3D(7, 3), (8, 6, 4, 5), 6 * 4 * 2 * 27 * 5 * 7, "3x3x3, 7"),
        (L.Conv2D(7, 3, data_format="channels_first"), (5, 8, 6), 6 * 4 * 9 * 5 * 7, "3x3, 7"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_convolutions_of_every_kind(layer, shape, expected, kind):
    inputs = keras.Input(shape)
    with abstract_init():
        (*_, row) = complexity(keras.Model(inputs, layer(inputs))).by_layer
    assert (row.multiply_accumulates, row.kind) == (expected, kind)


def test_two_inputs_are_refused():
    inputs = [keras.Input((4,)), keras.Input((4,))]
    with pytest.raises(ValueError, match="has 2"):
        complexity(keras.Model(inputs, keras.layers.Add()(inputs)))
