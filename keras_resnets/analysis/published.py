"""Published errors of this package's networks, by data set and protocol.

Left out are papers that measure these networks on other data or by other protocols, and plain networks shown only in a
figure.
"""

from typing import NamedTuple


class Published(NamedTuple):
    """One published result.

    Attributes:
        network: Name in `list_models()`.
        top1: Top-1 error in per cent.
        top5: Top-5 error in per cent; None if not published.
        source: Source of the errors.
    """

    network: str
    top1: float
    top5: float | None
    source: str


HE, HE_2016 = "He et al. 2015, arXiv 1512.03385", "He et al. 2016, arXiv 1603.05027"
XIE, WRN = "Xie et al. 2017, arXiv 1611.05431", "Zagoruyko & Komodakis 2016, arXiv 1605.07146"
DENSE, SZEGEDY = "Huang et al. 2017, arXiv 1608.06993", "Szegedy et al. 2015, arXiv 1512.00567"
V1 = "torchvision, weights IMAGENET1K_V1"
SLIM = "the authors' release, TensorFlow-Slim (80.4 and 95.3 % right)"

ONE_CROP, TEN_CROPS, TEST = "validation, one crop", "validation, ten crops", "test"

# fmt: off
PUBLISHED: dict[tuple[str, str], tuple[Published, ...]] = {
    ("imagenet", ONE_CROP): (
        Published("alexnet",            43.478, 20.934, V1),
        Published("vgg16",              28.408,  9.618, V1),
        Published("vgg19",              27.624,  9.124, V1),
        Published("vgg16_bn",           26.640,  8.484, V1),
        Published("vgg19_bn",           25.782,  8.158, V1),
        Published("googlenet",          30.222, 10.470, V1),
        Published("bn_inception",       25.2,    7.8,   f"{SZEGEDY}, Table 3"),
        Published("inception_v2",       23.4,    None,  f"{SZEGEDY}, Table 3"),
        Published("inception_v3",       21.2,    5.6,   f"{SZEGEDY}, Table 3"),
        Published("inception_resnet_v2", 19.6,   4.7,   SLIM),
        Published("resnet18",           30.242, 10.922, V1),
        Published("resnet34",           26.686,  8.580, V1),
        Published("resnet50",           23.870,  7.138, V1),
        Published("resnet101",          22.626,  6.454, V1),
        Published("resnet152",          21.688,  5.954, V1),
        Published("wide_resnet50_2",    21.532,  5.914, V1),
        Published("wide_resnet101_2",   21.152,  5.716, V1),
        Published("resnext50_32x4d",    22.382,  6.302, V1),
        Published("resnext50_8x14d",    22.3,    None,  f"{XIE}, Table 3"),
        Published("resnext50_4x24d",    22.6,    None,  f"{XIE}, Table 3"),
        Published("resnext50_2x40d",    23.0,    None,  f"{XIE}, Table 3"),
        Published("resnext50_1x64d",    23.9,    None,  f"{XIE}, Table 3"),
        Published("resnext101_32x4d",   21.2,    5.6,   f"{XIE}, Table 4"),
        Published("resnext101_8x14d",   21.3,    None,  f"{XIE}, Table 3"),
        Published("resnext101_4x24d",   21.4,    None,  f"{XIE}, Table 3"),
        Published("resnext101_2x40d",   21.7,    None,  f"{XIE}, Table 3"),
        Published("resnext101_1x64d",   22.0,    6.0,   f"{XIE}, Table 4"),
        Published("resnext101_1x100d",  21.3,    5.7,   f"{XIE}, Table 4"),
        Published("resnext101_2x64d",   20.7,    5.5,   f"{XIE}, Table 4"),
        Published("resnext101_64x4d",   20.4,    5.3,   f"{XIE}, Table 4"),
        Published("resnext101_32x8d",   20.688,  5.474, V1),
        Published("preact_resnet200",   21.7,    5.8,   f"{XIE}, Table 4"),
        Published("densenet121",        25.566,  8.028, V1),
        Published("densenet161",        22.862,  6.440, V1),
        Published("densenet169",        24.400,  7.194, V1),
        Published("densenet201",        23.104,  6.630, V1),
        Published("densenet264",        22.15,   6.12,  f"{DENSE}, Table 3"),
    ),
    ("imagenet", TEN_CROPS): (
        Published("plain18",            27.94,   None,  f"{HE}, Table 2"),
        Published("plain34",            28.54,  10.02,  f"{HE}, Table 3"),
        Published("resnet18",           27.88,   None,  f"{HE}, Table 2"),
        Published("resnet34",           24.52,   7.46,  f"{HE}, Table 3, option B"),
        Published("resnet50",           22.85,   6.71,  f"{HE}, Table 3"),
        Published("resnet101",          21.75,   6.05,  f"{HE}, Table 3"),
        Published("resnet152",          21.43,   5.71,  f"{HE}, Table 3"),
    ),
    ("cifar10", TEST): (
        Published("resnet20",            8.75,   None,  f"{HE}, Table 6"),
        Published("resnet32",            7.51,   None,  f"{HE}, Table 6"),
        Published("resnet44",            7.17,   None,  f"{HE}, Table 6"),
        Published("resnet56",            6.97,   None,  f"{HE}, Table 6"),
        Published("resnet110",           6.61,   None,  f"{HE}, Table 6, mean of five"),
        Published("resnet1202",          7.93,   None,  f"{HE}, Table 6"),
        Published("preact_resnet110",    6.37,   None,  f"{HE_2016}, Table 3"),
        Published("preact_resnet164",    5.46,   None,  f"{HE_2016}, Table 3"),
        Published("preact_resnet1001",   4.92,   None,  f"{HE_2016}, Table 3"),
        Published("wide_resnet16_8",     4.27,   None,  f"{WRN}, Table 5"),
        Published("wide_resnet40_4",     4.53,   None,  f"{WRN}, Table 5"),
        Published("wide_resnet28_10",    4.00,   None,  f"{WRN}, Table 5"),
        Published("resnext29_8x64d",     3.65,   None,  f"{XIE}, Table 7"),
        Published("resnext29_16x64d",    3.58,   None,  f"{XIE}, Table 7"),
        Published("densenet40_12",       5.24,   None,  f"{DENSE}, Table 2"),
        Published("densenet100_12",      4.10,   None,  f"{DENSE}, Table 2"),
        Published("densenet100_24",      3.74,   None,  f"{DENSE}, Table 2"),
        Published("densenet_bc100_12",   4.51,   None,  f"{DENSE}, Table 2"),
        Published("densenet_bc250_24",   3.62,   None,  f"{DENSE}, Table 2"),
        Published("densenet_bc190_40",   3.46,   None,  f"{DENSE}, Table 2"),
    ),
    ("cifar100", TEST): (
        Published("preact_resnet164",   24.33,   None,  f"{HE_2016}, Table 4"),
        Published("preact_resnet1001",  22.71,   None,  f"{HE_2016}, Table 4"),
        Published("wide_resnet16_8",    20.43,   None,  f"{WRN}, Table 5"),
        Published("wide_resnet40_4",    21.18,   None,  f"{WRN}, Table 5"),
        Published("wide_resnet28_10",   19.25,   None,  f"{WRN}, Table 5"),
        Published("resnext29_8x64d",    17.77,   None,  f"{XIE}, Table 7"),
        Published("resnext29_16x64d",   17.31,   None,  f"{XIE}, Table 7"),
        Published("densenet40_12",      24.42,   None,  f"{DENSE}, Table 2"),
        Published("densenet100_12",     20.20,   None,  f"{DENSE}, Table 2"),
        Published("densenet100_24",     19.25,   None,  f"{DENSE}, Table 2"),
        Published("densenet_bc100_12",  22.27,   None,  f"{DENSE}, Table 2"),
        Published("densenet_bc250_24",  17.60,   None,  f"{DENSE}, Table 2"),
        Published("densenet_bc190_40",  17.18,   None,  f"{DENSE}, Table 2"),
    ),
}
# fmt: on
