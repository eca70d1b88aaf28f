"""Key maps of residual networks: torchvision and timm, and the CIFAR networks of akamaster/pytorch_resnet_cifar10."""

from keras_resnets.weights.key_map import KeyMap

BODY = (
    ("stem_conv", "conv1"),
    ("stem_conv_bn", "bn1"),
    ("stage{s}_block{b}_conv{c}", "layer{s}.{b0}.conv{c}"),
    ("stage{s}_block{b}_conv{c}_bn", "layer{s}.{b0}.bn{c}"),
    ("stage{s}_block{b}_shortcut", "layer{s}.{b0}.downsample.0"),
    ("stage{s}_block{b}_shortcut_bn", "layer{s}.{b0}.downsample.1"),
)

KEY_MAPS = (
    KeyMap("torchvision resnet", (*BODY, ("head_dense", "fc"))),
    KeyMap("akamaster resnet", (*BODY, ("head_dense", "linear"))),
)
