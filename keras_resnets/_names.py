"""Names of the networks, known without Keras: the command line lists and checks them before it imports anything."""

from __future__ import annotations

import fnmatch
import re
from pathlib import Path

from keras_resnets._checking import checked
from keras_resnets._errors import unknown

BUILDERS: dict[str, tuple[str, ...]] = {
    "ResNet18": ("resnet18",),
    "ResNet20": ("resnet20",),
    "ResNet32": ("resnet32",),
    "ResNet34": ("resnet34",),
    "ResNet44": ("resnet44",),
    "ResNet50": ("resnet50",),
    "ResNet56": ("resnet56",),
    "ResNet101": ("resnet101",),
    "ResNet110": ("resnet110",),
    "ResNet152": ("resnet152",),
    "ResNet1202": ("resnet1202",),
    "Plain18": ("plain18",),
    "Plain20": ("plain20",),
    "Plain32": ("plain32",),
    "Plain34": ("plain34",),
    "Plain44": ("plain44",),
    "Plain56": ("plain56",),
    "Plain110": ("plain110",),
    "Plain1202": ("plain1202",),
    "PreActResNet18": ("preact_resnet18",),
    "PreActResNet34": ("preact_resnet34",),
    "PreActResNet50": ("preact_resnet50",),
    "PreActResNet101": ("preact_resnet101",),
    "PreActResNet110": ("preact_resnet110",),
    "PreActResNet152": ("preact_resnet152",),
    "PreActResNet164": ("preact_resnet164",),
    "PreActResNet200": ("preact_resnet200",),
    "PreActResNet1001": ("preact_resnet1001",),
    "ResNeXt29": ("resnext29_8x64d", "resnext29_16x64d"),
    "ResNeXt50": ("resnext50_32x4d", "resnext50_8x14d", "resnext50_4x24d", "resnext50_2x40d", "resnext50_1x64d"),
    "ResNeXt101": (
        "resnext101_32x4d",
        "resnext101_8x14d",
        "resnext101_4x24d",
        "resnext101_2x40d",
        "resnext101_1x64d",
        "resnext101_64x4d",
        "resnext101_32x8d",
        "resnext101_2x64d",
        "resnext101_1x100d",
    ),
    "WideResNet16_8": ("wide_resnet16_8",),
    "WideResNet28_10": ("wide_resnet28_10",),
    "WideResNet40_4": ("wide_resnet40_4",),
    "WideResNet50_2": ("wide_resnet50_2",),
    "WideResNet101_2": ("wide_resnet101_2",),
    "DenseNet40_12": ("densenet40_12",),
    "DenseNet100_12": ("densenet100_12",),
    "DenseNet100_24": ("densenet100_24",),
    "DenseNet121": ("densenet121",),
    "DenseNet161": ("densenet161",),
    "DenseNet169": ("densenet169",),
    "DenseNet201": ("densenet201",),
    "DenseNet264": ("densenet264",),
    "DenseNetBC100_12": ("densenet_bc100_12",),
    "DenseNetBC190_40": ("densenet_bc190_40",),
    "DenseNetBC250_24": ("densenet_bc250_24",),
    "GoogLeNet": ("googlenet",),
    "BNInception": ("bn_inception",),
    "InceptionResNetV2": ("inception_resnet_v2",),
    "InceptionV2": ("inception_v2",),
    "InceptionV3": ("inception_v3",),
    "VGG16": ("vgg16",),
    "VGG16_BN": ("vgg16_bn",),
    "VGG19": ("vgg19",),
    "VGG19_BN": ("vgg19_bn",),
    "PReLUNetA": ("prelu_net_a",),
    "PReLUNetB": ("prelu_net_b",),
    "PReLUNetC": ("prelu_net_c",),
    "AlexNet": ("alexnet",),
    "ZFNet": ("zfnet",),
    "ZFNetB": ("zfnet_b",),
    "NIN": ("nin",),
    "DSN": ("dsn",),
    "Maxout": ("maxout",),
    "FitNet1": ("fitnet1",),
    "FitNet2": ("fitnet2",),
    "FitNet4": ("fitnet4",),
    "Highway19": ("highway19",),
    "Highway32": ("highway32",),
}
"""Builder, public in `keras_resnets`, to the names under which `networks.registry` has it."""

NETWORKS = frozenset(name for names in BUILDERS.values() for name in names)


@checked
def list_models(pattern: str = "*") -> list[str]:
    """List the names that `build` takes, in natural order.

    Args:
        pattern: Shell wildcards that the names match, such as "resnext*".
    """
    return sorted(fnmatch.filter(NETWORKS, pattern), key=_natural)


def network_name(name: str) -> str:
    """Return a network's name as the registry has it, of that name or of its builder's, such as "ResNet50".

    Raises:
        ValueError: If `build` takes neither, with the nearest names.
    """
    if name in BUILDERS:
        return BUILDERS[name][0]
    if name not in NETWORKS:
        raise ValueError(unknown("network", name, list_models(), listing="`keras-resnets list`"))
    return name


def check_source(source: str) -> None:
    """Check the name of a network in what networks are opened from: RUN, FILE or NAME@WEIGHTS.

    Raises:
        ValueError: If the name is unknown, or has no weights with it.
    """
    name, at, _ = source.partition("@")
    if Path(source).exists():
        return
    if at:
        network_name(name)
    elif name in BUILDERS or name in NETWORKS:
        name = network_name(name)
        raise ValueError(
            f"{name!r} has no weights: give NAME@WEIGHTS, such as resnet50@torchvision or {name}@FILE.pth, a run "
            "directory or a .keras file."
        )


def _natural(name: str) -> list:
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]
