"""Pre-activation ResNets: sums of the papers' arithmetic, and what the forms of them differ in."""

import keras
import pytest

import keras_resnets as kr
from keras_resnets.networks.abstract import abstract_init
from keras_resnets.weights.names.preact_resnet import KEY_MAPS
from keras_resnets.weights.slots import weight_slots
from tests.networks import arithmetic
from tests.networks.test_networks import counted, marks_of

BASIC, BOTTLENECK = arithmetic.preactivated_basic, arithmetic.preactivated_bottleneck

# fmt: off
IMAGENET = {
    "preact_resnet18":  (BASIC,      (2,  2,  2, 2)),
    "preact_resnet34":  (BASIC,      (3,  4,  6, 3)),
    "preact_resnet50":  (BOTTLENECK, (3,  4,  6, 3)),
    "preact_resnet101": (BOTTLENECK, (3,  4, 23, 3)),
    "preact_resnet152": (BOTTLENECK, (3,  8, 36, 3)),
    "preact_resnet200": (BOTTLENECK, (3, 24, 36, 3)),
}
# fmt: on


@pytest.mark.parametrize("name", [pytest.param(name, marks=marks_of(name)) for name in IMAGENET])
def test_imagenet_networks_have_the_count_of_the_arithmetic(name):
    block, depths = IMAGENET[name]
    assert counted(name).trainable == arithmetic.preactivated_network(depths, 64, block, (64, 7), 1000)


@pytest.mark.parametrize("depth, block", [(110, BASIC), pytest.param(164, BOTTLENECK, marks=pytest.mark.slow)])
def test_cifar_networks_have_the_count_of_the_arithmetic(depth, block):
    expected = arithmetic.preactivated_network((18, 18, 18), 16, block, (16, 3), 10)
    assert counted(f"preact_resnet{depth}", shortcut="B").trainable == expected


def test_option_a_is_the_110_layers_default_and_has_no_projections():
    assert (
        counted("preact_resnet110", shortcut="B").trainable - counted("preact_resnet110").trainable == 16 * 32 + 32 * 64
    )


@pytest.mark.parametrize(
    "depth, trainable",
    [
        (50, 25_568_360),
        pytest.param(101, 44_577_896, marks=pytest.mark.slow),
        pytest.param(152, 60_236_904, marks=pytest.mark.slow),
    ],
)
def test_the_variant_of_keras_applications_has_its_count(depth, trainable):
    """Of keras.applications 3.15.1: ResNet50V2 and so on."""
    assert counted(f"preact_resnet{depth}", variant="keras_applications").trainable == trainable


def halving(model):
    return [layer.name for layer in model.layers if layer.name.endswith("conv2") and layer.strides == (2, 2)]


def test_the_first_block_of_a_stage_halves_the_map_or_in_keras_applications_the_last_of_the_one_before():
    with abstract_init():
        paper, applications = kr.PreActResNet50(), kr.PreActResNet50(variant="keras_applications")
    assert halving(paper) == ["stage2_block1_conv2", "stage3_block1_conv2", "stage4_block1_conv2"]
    assert halving(applications) == ["stage1_block3_conv2", "stage2_block4_conv2", "stage3_block6_conv2"]
    projections = [f"stage{stage}_block1_shortcut" for stage in (1, 2, 3, 4)]
    convolutions = [layer.name for layer in applications.layers if isinstance(layer, keras.layers.Conv2D)]
    assert [name for name in convolutions if name.endswith("_shortcut")] == projections


@pytest.mark.parametrize("name, source", [("110", "stage1_block1_conv1_pre_relu"), ("18", "stem_pool")])
def test_where_the_first_identity_starts(name, source):
    """The CIFAR networks of the paper part behind the first activation, timm's two-layer blocks ahead of it."""
    with abstract_init():
        model = kr.build(f"preact_resnet{name}")
    shortcut, _ = model.get_layer("stage1_block1_add").input
    assert shortcut._keras_history.operation.name == source


@pytest.mark.parametrize("include_top", [True, False])
def test_a_last_activation_follows_the_last_block(include_top):
    model = kr.PreActResNet18(include_top=include_top, input_shape=(32, 32, 3))
    names = [layer.name for layer in model.layers]
    last = names.index("stage4_block2_add")
    assert names[last + 1 :] == ["tail_bn", "tail_relu", *(["head_pool", "head_dense"] if include_top else [])]


def test_timm_names_every_layer_of_101_layers():
    """resnetv2_101: 33 blocks of three convolutions and norms, four projections, stem, last norm and head."""
    with abstract_init():
        found, unnamed = weight_slots(kr.PreActResNet101(), KEY_MAPS[0])
    assert unnamed == []
    assert len(found) == 33 * 3 * (1 + 4) + 4 + 1 + 4 + 2
    assert found["stages.2.blocks.22.norm3.running_var"].shape == (256,)
    assert found["stages.3.blocks.0.downsample.conv.weight"].shape == (2048, 1024, 1, 1)
    assert found["head.fc.weight"].shape == (1000, 2048, 1, 1)


def test_an_unknown_variant_is_refused():
    with pytest.raises(ValueError, match="choose one of 'paper', 'keras_applications'"):
        kr.PreActResNet50(variant="keras")


def test_there_is_no_last_gamma_to_start_at_zero():
    with pytest.raises(TypeError, match="Unknown option of PreActResNet50 'zero_gamma'"):
        kr.PreActResNet50(zero_gamma=True)
