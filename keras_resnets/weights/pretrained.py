"""Pretrained weights that others publish for networks of this package.

Names of files end in the first digits of their SHA-256. Addresses, names and preprocessing of torchvision are those of
its versions 0.13 to 0.28.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keras_resnets._errors import unknown
from keras_resnets.images.preprocessing import Preprocessing
from keras_resnets.weights.traits import OPTION_A, OPTION_B, PUBLISHED, ZEROS_BEHIND, Trait

OLD = Preprocessing(size=224, resize=256)
NEW = Preprocessing(size=224, resize=232)
# Both networks were trained on pixels from -1 to 1, to which torchvision scales its own input back.
HALVES = (0.5, 0.5, 0.5)
GOOGLENET = Preprocessing(size=224, resize=256, mean=HALVES, std=HALVES)
INCEPTION = Preprocessing(size=299, resize=342, mean=HALVES, std=HALVES)


@dataclass(frozen=True)
class Pretrained:
    """Published file of weights.

    Attributes:
        stem: Name without the suffix.
        preprocessing: Preprocessing of the images that the network was trained on.
    """

    stem: str
    preprocessing: Preprocessing

    @property
    def digest(self) -> str:
        """First digits of the SHA-256, from the end of the name."""
        return "sha256:" + self.stem.rpartition("-")[2]


@dataclass(frozen=True)
class Publisher:
    """Library or repository that publishes weights.

    Attributes:
        name: Name that `weights` takes, such as "torchvision".
        address: Address of the files, up to their names.
        suffix: Suffix of the files.
        classes: Number of classes.
        files: Files by network, from the oldest to the newest; "V1" is the first.
        traits: Traits that the published networks do not have.
        dataset: Name of the data set, as `kr.data.load` takes it; None for one that it does not load.
        variants: The option `variant` of the published network, by network.
    """

    name: str
    address: str
    suffix: str
    classes: int
    files: Mapping[str, tuple[Pretrained, ...]]
    traits: tuple[Trait, ...] = PUBLISHED
    dataset: str | None = None
    variants: Mapping[str, Any] = field(default_factory=dict)

    def find(self, network: str, tag: str = "") -> Pretrained:
        """Return the weights of `network`; `tag` is "V1" or "V2", by default the newest.

        Raises:
            ValueError: If none are published, or none with that tag.
        """
        if network not in self.files:
            raise ValueError(f"{self.name} publishes no weights of {network!r}: choose one of {', '.join(self.files)}.")
        versions = {f"V{number}": file for number, file in enumerate(self.files[network], 1)}
        tag = tag or max(versions)
        if tag not in versions:
            raise ValueError(unknown(f"version of {self.name}'s {network}", tag, versions))
        return versions[tag]

    def file(self, pretrained: Pretrained) -> str:
        """Return the name of a file."""
        return pretrained.stem + self.suffix

    def url(self, pretrained: Pretrained) -> str:
        """Return the address of a file."""
        return self.address + self.file(pretrained)


def one_each(preprocessing: Preprocessing, *stems: str) -> dict[str, tuple[Pretrained, ...]]:
    """Return the files by network, whose name is in theirs: "resnet20-12fca82f" or "cifar10_resnet20-4118986f"."""
    return {stem.partition("-")[0].rpartition("_")[2]: (Pretrained(stem, preprocessing),) for stem in stems}


# By network: V1 and V2, which was trained by a newer recipe.
# fmt: off
TORCHVISION: dict[str, tuple[Pretrained, ...]] = {
    "alexnet":          (Pretrained("alexnet-owt-7be5be79", OLD),),
    "vgg16":            (Pretrained("vgg16-397923af", OLD),),
    "vgg19":            (Pretrained("vgg19-dcbb9e9d", OLD),),
    "vgg16_bn":         (Pretrained("vgg16_bn-6c64b313", OLD),),
    "vgg19_bn":         (Pretrained("vgg19_bn-c79401a0", OLD),),
    "googlenet":        (Pretrained("googlenet-1378be20", GOOGLENET),),
    "inception_v3":     (Pretrained("inception_v3_google-0cc3c7bd", INCEPTION),),
    "resnet18":         (Pretrained("resnet18-f37072fd", OLD),),
    "resnet34":         (Pretrained("resnet34-b627a593", OLD),),
    "resnet50":         (Pretrained("resnet50-0676ba61", OLD),         Pretrained("resnet50-11ad3fa6", NEW)),
    "resnet101":        (Pretrained("resnet101-63fe2227", OLD),        Pretrained("resnet101-cd907fc2", NEW)),
    "resnet152":        (Pretrained("resnet152-394f9c45", OLD),        Pretrained("resnet152-f82ba261", NEW)),
    "resnext50_32x4d":  (Pretrained("resnext50_32x4d-7cdf4587", OLD),  Pretrained("resnext50_32x4d-1a0047aa", NEW)),
    "resnext101_32x8d": (Pretrained("resnext101_32x8d-8ba56ff5", OLD), Pretrained("resnext101_32x8d-110c445d", NEW)),
    "resnext101_64x4d": (Pretrained("resnext101_64x4d-173b62eb", NEW),),
    "wide_resnet50_2":  (Pretrained("wide_resnet50_2-95faca4d", OLD),  Pretrained("wide_resnet50_2-9ba9bcbe", NEW)),
    "wide_resnet101_2": (Pretrained("wide_resnet101_2-32ee1156", OLD), Pretrained("wide_resnet101_2-d733dc28", NEW)),
    "densenet121":      (Pretrained("densenet121-a639ec97", OLD),),
    "densenet161":      (Pretrained("densenet161-8d451a50", OLD),),
    "densenet169":      (Pretrained("densenet169-b2777c0a", OLD),),
    "densenet201":      (Pretrained("densenet201-c1103571", OLD),),
}
# fmt: on

CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

# He et al. 2015, sec. 4.2, with option A. Published errors: 8.27, 7.37, 6.90, 6.61, 6.32, 6.18 %.
AKAMASTER = one_each(
    Preprocessing(size=32, resize=32, labels=CIFAR10_CLASSES),
    "resnet20-12fca82f",
    "resnet32-d509ac18",
    "resnet44-014dd654",
    "resnet56-4bfd9763",
    "resnet110-1d1ed7c2",
    "resnet1202-f3b1deed",
)
# The same with option B, trained longer. Published errors: CIFAR-10 7.40, 6.47, 5.99, 5.63 %; CIFAR-100 31.17, 29.84,
# 28.37, 27.37 %.
CHENYAOFO_10 = one_each(
    Preprocessing(
        size=32, resize=32, mean=(0.4914, 0.4822, 0.4465), std=(0.2023, 0.1994, 0.2010), labels=CIFAR10_CLASSES
    ),
    "cifar10_resnet20-4118986f",
    "cifar10_resnet32-ef93fc4d",
    "cifar10_resnet44-2a3cabcb",
    "cifar10_resnet56-187c023a",
)
CHENYAOFO_100 = one_each(
    Preprocessing(size=32, resize=32, mean=(0.5070, 0.4865, 0.4409), std=(0.2673, 0.2564, 0.2761)),
    "cifar100_resnet20-23dac2f1",
    "cifar100_resnet32-84213ce6",
    "cifar100_resnet44-ffe32858",
    "cifar100_resnet56-f2eff4c8",
)
AKAMASTER_FILES = "https://github.com/akamaster/pytorch_resnet_cifar10/raw/master/pretrained_models/"
CHENYAOFO_FILES = "https://github.com/chenyaofo/pytorch-cifar-models/releases/download/resnet/"

PUBLISHERS = {
    publisher.name: publisher
    for publisher in (
        Publisher(
            "torchvision",
            "https://download.pytorch.org/models/",
            ".pth",
            1000,
            TORCHVISION,
            variants={"alexnet": "2014", "googlenet": "torchvision", "inception_v3": "torchvision"},
        ),
        Publisher("akamaster", AKAMASTER_FILES, ".th", 10, AKAMASTER, (*PUBLISHED, ZEROS_BEHIND, OPTION_B), "cifar10"),
        Publisher("chenyaofo/cifar10", CHENYAOFO_FILES, ".pt", 10, CHENYAOFO_10, (*PUBLISHED, OPTION_A), "cifar10"),
        Publisher("chenyaofo/cifar100", CHENYAOFO_FILES, ".pt", 100, CHENYAOFO_100, (*PUBLISHED, OPTION_A), "cifar100"),
    )
}
