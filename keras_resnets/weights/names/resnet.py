"""Key maps of residual networks: torchvision and timm, and the CIFAR networks of akamaster/pytorch_resnet_cifar10."""

from keras_resnets.weights.key_map import KeyMap
from keras_resnets.weights.traits import SCALED_BRANCHES, STRIDE_ON_1X1, ZEROS_BEHIND

BODY = (
    ("stem_conv", "conv1"),
    ("stem_conv_bn", "bn1"),
    ("stage{s}_block{b}_conv{c}", "layer{s}.{b0}.conv{c}"),
    ("stage{s}_block{b}_conv{c}_bn", "layer{s}.{b0}.bn{c}"),
    ("stage{s}_block{b}_shortcut", "layer{s}.{b0}.downsample.0"),
    ("stage{s}_block{b}_shortcut_bn", "layer{s}.{b0}.downsample.1"),
)

KEY_MAPS = (
    KeyMap("torchvision resnet", (*BODY, ("head_dense", "fc")), traits=(STRIDE_ON_1X1, SCALED_BRANCHES)),
    KeyMap(
        "akamaster resnet",
        (*BODY, ("head_dense", "linear")),
        traits=(SCALED_BRANCHES,),
        refused=(ZEROS_BEHIND,),
    ),
)
