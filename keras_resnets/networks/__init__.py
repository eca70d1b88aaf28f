"""The networks of the papers, one file a paper; importing this package registers them all."""

from keras_resnets.networks.alexnet import AlexNet
from keras_resnets.networks.auxiliary import inference_model
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

__all__ = [
    "VGG16",
    "VGG16_BN",
    "VGG19",
    "VGG19_BN",
    "AlexNet",
    "Plain18",
    "Plain20",
    "Plain32",
    "Plain34",
    "Plain44",
    "Plain56",
    "Plain110",
    "Plain1202",
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
    "build",
    "inference_model",
    "list_models",
]
