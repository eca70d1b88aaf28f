"""Key maps of keras.applications, and its builders by the depths of their stages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from keras_resnets.weights.key_map import KeyMap, Rows, rename


@dataclass(frozen=True)
class Application:
    """Family of networks in keras.applications.

    Attributes:
        key_map: Names of our layers to theirs; convolutions and normalizations that Keras has numbered itself are
            `conv2d_0`, `batch_normalization_0` and so on, in the order of their creation.
        titles: Their builders, by the number of blocks in each of our stages.
        mode: Mode of their preprocessing, "caffe", "tf" or "torch".
        size: Height and width of the images that they were trained on, in pixels.
    """

    key_map: KeyMap
    titles: Mapping[tuple[int, ...], str]
    mode: str
    size: int = 224


def numbered(names: Iterable[str]) -> Rows:
    """Return rows for our convolutions, each with its norm, in the order of creation of theirs."""
    pairs = [((ours, f"conv2d_{i}"), (f"{ours}_bn", f"batch_normalization_{i}")) for i, ours in enumerate(names)]
    return tuple(row for pair in pairs for row in pair)


def modules(stages: Sequence[Sequence[Sequence[str]]]) -> Iterable[str]:
    """Yield the names of the convolutions of Inception modules, stage by stage and module by module."""
    for stage, blocks in enumerate(stages, 1):
        for block, suffixes in enumerate(blocks, 1):
            yield from (f"stage{stage}_block{block}_{suffix}" for suffix in suffixes)


HEAD = ("head_dense", "predictions")
STEM = (("stem_conv", "conv1_conv"), ("stem_conv_bn", "conv1_bn"))
STAGES = {f"stage{stage}_block{{b}}": f"conv{stage + 1}_block{{b}}" for stage in range(1, 5)}  # conv2_x .. conv5_x

RESNET = rename(
    (
        ("_conv{c}", "_{c}_conv"),
        ("_conv{c}_bn", "_{c}_bn"),
        ("_shortcut", "_0_conv"),
        ("_shortcut_bn", "_0_bn"),
    ),
    STAGES,
)

PREACT_RESNET = rename(
    (
        ("_conv1_pre_bn", "_preact_bn"),
        ("_conv2_pre_bn", "_1_bn"),
        ("_conv3_pre_bn", "_2_bn"),
        ("_conv{c}", "_{c}_conv"),
        ("_shortcut", "_0_conv"),
    ),
    STAGES,
)

DENSE_LAYERS = rename(
    (("_conv1_pre_bn", "_0_bn"), ("_conv2_pre_bn", "_1_bn"), ("_conv{c}", "_{c}_conv")),
    STAGES,
)
TRANSITIONS = (("stage{s}_transition_pre_bn", "pool{s}_bn"), ("stage{s}_transition", "pool{s}_conv"))

INCEPTION_STEM = tuple(f"stem_conv{i}" for i in range(1, 6))
INCEPTION_A = ("1x1", "5x5_reduce", "5x5", "double3x3_reduce", "double3x3_1", "double3x3_2", "pool_proj")
INCEPTION_B = (
    *("1x1", "7x7_reduce", "7x7_1x7", "7x7_7x1", "double7x7_reduce", "double7x7_1_7x1", "double7x7_1_1x7"),
    *("double7x7_2_7x1", "double7x7_2_1x7", "pool_proj"),
)
INCEPTION_C = (
    *("1x1", "3x3_reduce", "3x3_1x3", "3x3_3x1", "double3x3_reduce", "double3x3_1", "double3x3_2_1x3"),
    *("double3x3_2_3x1", "pool_proj"),
)
REDUCTION_A = ("3x3", "double3x3_reduce", "double3x3_1", "double3x3_2")
REDUCTION_B = ("3x3_reduce", "3x3", "7x7_reduce", "7x7_1x7", "7x7_7x1", "7x7_3x3")
INCEPTION_V3 = ([INCEPTION_A] * 3, [REDUCTION_A, *[INCEPTION_B] * 4], [REDUCTION_B, *[INCEPTION_C] * 2])

RESIDUAL_A = ("1x1", "3x3_reduce", "3x3", "double3x3_reduce", "double3x3_1", "double3x3_2")
RESIDUAL_B = ("1x1", "7x7_reduce", "7x7_1x7", "7x7_7x1")
RESIDUAL_C = ("1x1", "3x3_reduce", "3x3_1x3", "3x3_3x1")
RESIDUAL_REDUCTION_B = (
    *("3x3a_reduce", "3x3a", "3x3b_reduce", "3x3b"),
    *("double3x3_reduce", "double3x3_1", "double3x3_2"),
)
INCEPTION_RESNET_V2 = (
    [INCEPTION_A, *[RESIDUAL_A] * 10],
    [REDUCTION_A, *[RESIDUAL_B] * 20],
    [RESIDUAL_REDUCTION_B, *[RESIDUAL_C] * 10],
)

APPLICATIONS = (
    Application(
        KeyMap("keras.applications resnet", (*STEM, *RESNET, HEAD), needs='downsample="1x1"'),
        {(3, 4, 6, 3): "ResNet50", (3, 4, 23, 3): "ResNet101", (3, 8, 36, 3): "ResNet152"},
        mode="caffe",
    ),
    Application(
        KeyMap(
            "keras.applications resnet_v2",
            (("stem_conv", "conv1_conv"), *PREACT_RESNET, ("tail_bn", "post_bn"), HEAD),
            needs='variant="keras_applications"',
        ),
        {(3, 4, 6, 3): "ResNet50V2", (3, 4, 23, 3): "ResNet101V2", (3, 8, 36, 3): "ResNet152V2"},
        mode="tf",
    ),
    Application(
        KeyMap("keras.applications densenet", (*STEM, *DENSE_LAYERS, *TRANSITIONS, ("tail_bn", "bn"), HEAD)),
        {(6, 12, 24, 16): "DenseNet121", (6, 12, 32, 32): "DenseNet169", (6, 12, 48, 32): "DenseNet201"},
        mode="torch",
    ),
    Application(
        KeyMap(
            "keras.applications vgg",
            (("stage{s}_block{b}_conv", "block{s}_conv{b}"), ("head_dense{d}", "fc{d}"), HEAD),
        ),
        {(2, 2, 3, 3, 3): "VGG16", (2, 2, 4, 4, 4): "VGG19"},
        mode="caffe",
    ),
    Application(
        KeyMap(
            "keras.applications inception_v3",
            (*numbered((*INCEPTION_STEM, *modules(INCEPTION_V3))), HEAD),
            needs='variant="release"',
        ),
        {(3, 5, 3): "InceptionV3"},
        mode="tf",
        size=299,
    ),
    Application(
        KeyMap(
            "keras.applications inception_resnet_v2",
            (
                *numbered((*INCEPTION_STEM, *modules(INCEPTION_RESNET_V2))),
                ("stage1_block{b}_expand", "block35_{b0}_conv"),
                ("stage2_block{b}_expand", "block17_{b0}_conv"),
                ("stage3_block{b}_expand", "block8_{b0}_conv"),
                ("tail_conv", "conv_7b"),
                ("tail_conv_bn", "conv_7b_bn"),
                HEAD,
            ),
        ),
        {(11, 21, 11): "InceptionResNetV2"},
        mode="tf",
        size=299,
    ),
)
