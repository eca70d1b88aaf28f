"""The trained weights that torchvision publishes for networks of this package.

Addresses, the beginnings of the SHA-256 that end their names, and preprocessing are those of torchvision 0.13 to 0.28.
"""

from dataclasses import dataclass

from keras_resnets._errors import unknown
from keras_resnets.images.preprocessing import Preprocessing

ADDRESS = "https://download.pytorch.org/models/"
CLASSES = 1000

OLD = Preprocessing(size=224, resize=256)
NEW = Preprocessing(size=224, resize=232)
# The networks of these two were trained by others on pixels of -1 to 1; torchvision scales its own input back to that.
HALVES = (0.5, 0.5, 0.5)
GOOGLENET = Preprocessing(size=224, resize=256, mean=HALVES, std=HALVES)
INCEPTION = Preprocessing(size=299, resize=342, mean=HALVES, std=HALVES)


@dataclass(frozen=True)
class Published:
    """One published file.

    Attributes:
        stem: its name at `ADDRESS`, less the ending.
        preprocessing: what it expects.
    """

    stem: str
    preprocessing: Preprocessing

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.stem}.pth"

    @property
    def url(self) -> str:
        """Where it is."""
        return ADDRESS + self.file

    @property
    def digest(self) -> str:
        """The beginning of its SHA-256 ends its name."""
        return "sha256:" + self.stem.rpartition("-")[2]


# By network: V1 and, trained by a newer recipe, V2.
# fmt: off
TORCHVISION: dict[str, tuple[Published, ...]] = {
    "alexnet":          (Published("alexnet-owt-7be5be79", OLD),),
    "vgg16":            (Published("vgg16-397923af", OLD),),
    "vgg19":            (Published("vgg19-dcbb9e9d", OLD),),
    "vgg16_bn":         (Published("vgg16_bn-6c64b313", OLD),),
    "vgg19_bn":         (Published("vgg19_bn-c79401a0", OLD),),
    "googlenet":        (Published("googlenet-1378be20", GOOGLENET),),
    "inception_v3":     (Published("inception_v3_google-0cc3c7bd", INCEPTION),),
    "resnet18":         (Published("resnet18-f37072fd", OLD),),
    "resnet34":         (Published("resnet34-b627a593", OLD),),
    "resnet50":         (Published("resnet50-0676ba61", OLD),         Published("resnet50-11ad3fa6", NEW)),
    "resnet101":        (Published("resnet101-63fe2227", OLD),        Published("resnet101-cd907fc2", NEW)),
    "resnet152":        (Published("resnet152-394f9c45", OLD),        Published("resnet152-f82ba261", NEW)),
    "resnext50_32x4d":  (Published("resnext50_32x4d-7cdf4587", OLD),  Published("resnext50_32x4d-1a0047aa", NEW)),
    "resnext101_32x8d": (Published("resnext101_32x8d-8ba56ff5", OLD), Published("resnext101_32x8d-110c445d", NEW)),
    "resnext101_64x4d": (Published("resnext101_64x4d-173b62eb", NEW),),
    "wide_resnet50_2":  (Published("wide_resnet50_2-95faca4d", OLD),  Published("wide_resnet50_2-9ba9bcbe", NEW)),
    "wide_resnet101_2": (Published("wide_resnet101_2-32ee1156", OLD), Published("wide_resnet101_2-d733dc28", NEW)),
    "densenet121":      (Published("densenet121-a639ec97", OLD),),
    "densenet161":      (Published("densenet161-8d451a50", OLD),),
    "densenet169":      (Published("densenet169-b2777c0a", OLD),),
    "densenet201":      (Published("densenet201-c1103571", OLD),),
}
# fmt: on


def torchvision_weights(network: str, tag: str = "") -> Published:
    """What torchvision publishes for `network`; `tag` is "V1" or "V2", by default the newest.

    Raises:
        ValueError: if it publishes none, or none of that tag.
    """
    if network not in TORCHVISION:
        raise ValueError(f"torchvision publishes no weights of {network!r}; it does of {', '.join(TORCHVISION)}.")
    versions = {f"V{number}": published for number, published in enumerate(TORCHVISION[network], 1)}
    tag = tag or max(versions)
    if tag not in versions:
        raise ValueError(unknown(f"version of torchvision's {network}", tag, versions))
    return versions[tag]
