"""Key map of pre-activation networks: timm's resnetv2, which numbers each norm as the convolution behind it."""

from keras_resnets.weights.key_map import KeyMap
from keras_resnets.weights.traits import SCALED_BRANCHES, STRIDE_ON_1X1

KEY_MAPS = (
    KeyMap(
        "timm resnetv2",
        (
            ("stem_conv", "stem.conv"),
            ("stage{s}_block{b}_conv{c}_pre_bn", "stages.{s0}.blocks.{b0}.norm{c}"),
            ("stage{s}_block{b}_conv{c}", "stages.{s0}.blocks.{b0}.conv{c}"),
            ("stage{s}_block{b}_shortcut", "stages.{s0}.blocks.{b0}.downsample.conv"),
            ("tail_bn", "norm"),
            ("head_dense", "head.fc"),
        ),
        dense_as_conv=("head_dense",),
        never=r"conv\d?\.bias",
        traits=(STRIDE_ON_1X1, SCALED_BRANCHES),
    ),
)
