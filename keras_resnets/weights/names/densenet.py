"""Key map of DenseNets in torchvision and timm."""

from keras_resnets.weights.key_map import KeyMap

KEY_MAPS = (
    KeyMap(
        "torchvision densenet",
        (
            ("stem_conv", "features.conv0"),
            ("stem_conv_bn", "features.norm0"),
            ("stage{s}_block{b}_conv{c}_pre_bn", "features.denseblock{s}.denselayer{b}.norm{c}"),
            ("stage{s}_block{b}_conv{c}", "features.denseblock{s}.denselayer{b}.conv{c}"),
            ("stage{s}_transition_pre_bn", "features.transition{s0}.norm"),
            ("stage{s}_transition", "features.transition{s0}.conv"),
            ("tail_bn", "features.norm5"),
            ("head_dense", "classifier"),
        ),
        older=((r"(denselayer\d+\.(?:norm|conv))\.(\d)\.", r"\1\2."),),
    ),
)
