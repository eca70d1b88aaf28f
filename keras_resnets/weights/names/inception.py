"""Key maps of Inception-v3 in torchvision and timm, and of Inception-ResNet-v2 in timm."""

from collections.abc import Mapping

from keras_resnets.weights.key_map import KeyMap, Rows, rename
from keras_resnets.weights.traits import without_layer


def convolutions(prefixes: Mapping[str, str], names: Mapping[str, str]) -> Rows:
    """Return rows of convolutions and their normalizations, `names` ours to theirs, under `prefixes` ours to theirs."""
    rows = [row for ours, theirs in names.items() for row in ((ours, f"{theirs}.conv"), (f"{ours}_bn", f"{theirs}.bn"))]
    return rename(rows, prefixes)


# fmt: off
INCEPTION_V3 = (
    *convolutions(
        {"stem_conv": "Conv2d_"},
        {"1": "1a_3x3", "2": "2a_3x3", "3": "2b_3x3", "4": "3b_1x1", "5": "4a_3x3"},
    ),
    *convolutions(
        {"stage1_block1_": "Mixed_5b.branch", "stage1_block2_": "Mixed_5c.branch", "stage1_block3_": "Mixed_5d.branch"},
        {
            "1x1": "1x1",
            "5x5_reduce": "5x5_1", "5x5": "5x5_2",
            "double3x3_reduce": "3x3dbl_1", "double3x3_1": "3x3dbl_2", "double3x3_2": "3x3dbl_3",
            "pool_proj": "_pool",
        },
    ),
    *convolutions(
        {"stage2_block1_": "Mixed_6a.branch"},
        {
            "3x3": "3x3",
            "double3x3_reduce": "3x3dbl_1", "double3x3_1": "3x3dbl_2", "double3x3_2": "3x3dbl_3",
        },
    ),
    *convolutions(
        {
            "stage2_block2_": "Mixed_6b.branch", "stage2_block3_": "Mixed_6c.branch",
            "stage2_block4_": "Mixed_6d.branch", "stage2_block5_": "Mixed_6e.branch",
        },
        {
            "1x1": "1x1",
            "7x7_reduce": "7x7_1", "7x7_1x7": "7x7_2", "7x7_7x1": "7x7_3",
            "double7x7_reduce": "7x7dbl_1", "double7x7_1_7x1": "7x7dbl_2", "double7x7_1_1x7": "7x7dbl_3",
            "double7x7_2_7x1": "7x7dbl_4", "double7x7_2_1x7": "7x7dbl_5",
            "pool_proj": "_pool",
        },
    ),
    *convolutions(
        {"stage3_block1_": "Mixed_7a.branch"},
        {
            "3x3_reduce": "3x3_1", "3x3": "3x3_2",
            "7x7_reduce": "7x7x3_1", "7x7_1x7": "7x7x3_2", "7x7_7x1": "7x7x3_3", "7x7_3x3": "7x7x3_4",
        },
    ),
    *convolutions(
        {"stage3_block2_": "Mixed_7b.branch", "stage3_block3_": "Mixed_7c.branch"},
        {
            "1x1": "1x1",
            "3x3_reduce": "3x3_1", "3x3_1x3": "3x3_2a", "3x3_3x1": "3x3_2b",
            "double3x3_reduce": "3x3dbl_1", "double3x3_1": "3x3dbl_2",
            "double3x3_2_1x3": "3x3dbl_3a", "double3x3_2_3x1": "3x3dbl_3b",
            "pool_proj": "_pool",
        },
    ),
    *convolutions({"aux1_conv": "AuxLogits.conv"}, {"1": "0", "2": "1"}),
    ("aux1_dense", "AuxLogits.fc"),
    ("head_dense", "fc"),
)

DOUBLE_3X3 = {"double3x3_reduce": "2.0", "double3x3_1": "2.1", "double3x3_2": "2.2"}
REPEATED = {  # our blocks to theirs
    **{f"stage1_block{b + 2}_": f"repeat.{b}." for b in range(10)},
    **{f"stage2_block{b + 2}_": f"repeat_1.{b}." for b in range(20)},
    **{f"stage3_block{b + 2}_": f"repeat_2.{b}." for b in range(9)},
    "stage3_block11_": "block8.",
}


def residual_modules(stage: int, names: Mapping[str, str]) -> Rows:
    """Return rows of the residual modules of a stage."""
    prefixes = {a: f"{b}branch" for a, b in REPEATED.items() if a.startswith(f"stage{stage}_")}
    return convolutions(prefixes, names)


INCEPTION_RESNET_V2 = (
    *convolutions({"stem_conv": "conv2d_"}, {"1": "1a", "2": "2a", "3": "2b", "4": "3b", "5": "4a"}),
    *convolutions(
        {"stage1_block1_": "mixed_5b.branch"},
        {"1x1": "0", "5x5_reduce": "1.0", "5x5": "1.1", **DOUBLE_3X3, "pool_proj": "3.1"},
    ),
    *residual_modules(1, {"1x1": "0", "3x3_reduce": "1.0", "3x3": "1.1", **DOUBLE_3X3}),
    *convolutions(
        {"stage2_block1_": "mixed_6a.branch"},
        {"3x3": "0", "double3x3_reduce": "1.0", "double3x3_1": "1.1", "double3x3_2": "1.2"},
    ),
    *residual_modules(2, {"1x1": "0", "7x7_reduce": "1.0", "7x7_1x7": "1.1", "7x7_7x1": "1.2"}),
    *convolutions(
        {"stage3_block1_": "mixed_7a.branch"},
        {"3x3a_reduce": "0.0", "3x3a": "0.1", "3x3b_reduce": "1.0", "3x3b": "1.1", **DOUBLE_3X3},
    ),
    *residual_modules(3, {"1x1": "0", "3x3_reduce": "1.0", "3x3_1x3": "1.1", "3x3_3x1": "1.2"}),
    *rename([("expand", "conv2d")], REPEATED),
    *convolutions({"tail_conv": "conv2d_7b"}, {"": ""}),
    ("head_dense", "classif"),
)
# fmt: on

KEY_MAPS = (
    KeyMap(
        "torchvision inception_v3",
        INCEPTION_V3,
        absent=("AuxLogits.",),
        needs='variant="torchvision"',
        traits=(without_layer("stage1_block1_pool_pad", needed='variant="torchvision"', given='variant="release"'),),
    ),
    KeyMap("timm inception_resnet_v2", INCEPTION_RESNET_V2),
)
