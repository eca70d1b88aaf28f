"""Networks of the papers, one file a paper; importing this package registers them all."""

from keras_resnets._names import list_models
from keras_resnets.networks.alexnet import AlexNet
from keras_resnets.networks.bn_inception import BNInception
from keras_resnets.networks.densenet import (
    DenseNet40_12,
    DenseNet100_12,
    DenseNet100_24,
    DenseNet121,
    DenseNet161,
    DenseNet169,
    DenseNet201,
    DenseNet264,
    DenseNetBC100_12,
    DenseNetBC190_40,
    DenseNetBC250_24,
)
from keras_resnets.networks.fitnet import FitNet1, FitNet2, FitNet4
from keras_resnets.networks.googlenet import GoogLeNet
from keras_resnets.networks.highway import Highway19, Highway32
from keras_resnets.networks.inception_resnet import InceptionResNetV2
from keras_resnets.networks.inception_v3 import InceptionV2, InceptionV3
from keras_resnets.networks.maxout import Maxout
from keras_resnets.networks.nin import DSN, NIN
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
from keras_resnets.networks.prelu_net import PReLUNetA, PReLUNetB, PReLUNetC
from keras_resnets.networks.registry import build
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
from keras_resnets.networks.zfnet import ZFNet, ZFNetB

__all__ = [
    "DSN",
    "NIN",
    "VGG16",
    "VGG16_BN",
    "VGG19",
    "VGG19_BN",
    "AlexNet",
    "BNInception",
    "DenseNet40_12",
    "DenseNet100_12",
    "DenseNet100_24",
    "DenseNet121",
    "DenseNet161",
    "DenseNet169",
    "DenseNet201",
    "DenseNet264",
    "DenseNetBC100_12",
    "DenseNetBC190_40",
    "DenseNetBC250_24",
    "FitNet1",
    "FitNet2",
    "FitNet4",
    "GoogLeNet",
    "Highway19",
    "Highway32",
    "InceptionResNetV2",
    "InceptionV2",
    "InceptionV3",
    "Maxout",
    "PReLUNetA",
    "PReLUNetB",
    "PReLUNetC",
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
    "ZFNet",
    "ZFNetB",
    "build",
    "list_models",
]
