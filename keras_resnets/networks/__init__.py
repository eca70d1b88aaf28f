"""The networks of the papers, one file a paper; importing this package registers them all."""

from keras_resnets.networks.alexnet import AlexNet
from keras_resnets.networks.auxiliary import inference_model
from keras_resnets.networks.bn_inception import BNInception
from keras_resnets.networks.googlenet import GoogLeNet
from keras_resnets.networks.inception_resnet import InceptionResNetV2
from keras_resnets.networks.inception_v3 import InceptionV2, InceptionV3
from keras_resnets.networks.preact_resnet import (
    PreActResNet18,
    PreActResNet34,
    PreActResNet50,
    PreActResNet101,
    PreActResNet110,
    PreActResNet152,
    PreActResNet164,
    PreActResNet200,
    PreActResNet1001,
)
from keras_resnets.networks.registry import build, list_models
from keras_resnets.networks.resnet import (
    Plain18,
    Plain20,
    Plain32,
    Plain34,
    Plain44,
    Plain56,
    Plain110,
    Plain1202,
    ResNet18,
    ResNet20,
    ResNet32,
    ResNet34,
    ResNet44,
    ResNet50,
    ResNet56,
    ResNet101,
    ResNet110,
    ResNet152,
    ResNet1202,
)
from keras_resnets.networks.resnext import ResNeXt29, ResNeXt50, ResNeXt101
from keras_resnets.networks.vgg import VGG16, VGG16_BN, VGG19, VGG19_BN
from keras_resnets.networks.wide_resnet import (
    WideResNet16_8,
    WideResNet28_10,
    WideResNet40_4,
    WideResNet50_2,
    WideResNet101_2,
)

__all__ = [
    "VGG16",
    "VGG16_BN",
    "VGG19",
    "VGG19_BN",
    "AlexNet",
    "BNInception",
    "GoogLeNet",
    "InceptionResNetV2",
    "InceptionV2",
    "InceptionV3",
    "Plain18",
    "Plain20",
    "Plain32",
    "Plain34",
    "Plain44",
    "Plain56",
    "Plain110",
    "Plain1202",
    "PreActResNet18",
    "PreActResNet34",
    "PreActResNet50",
    "PreActResNet101",
    "PreActResNet110",
    "PreActResNet152",
    "PreActResNet164",
    "PreActResNet200",
    "PreActResNet1001",
    "ResNeXt29",
    "ResNeXt50",
    "ResNeXt101",
    "ResNet18",
    "ResNet20",
    "ResNet32",
    "ResNet34",
    "ResNet44",
    "ResNet50",
    "ResNet56",
    "ResNet101",
    "ResNet110",
    "ResNet152",
    "ResNet1202",
    "WideResNet16_8",
    "WideResNet28_10",
    "WideResNet40_4",
    "WideResNet50_2",
    "WideResNet101_2",
    "build",
    "inference_model",
    "list_models",
]
