"""Pretrained weights that torchvision publishes for networks of this package.

Addresses, file names, which end in the first digits of the SHA-256, and preprocessing are those of torchvision 0.13 to
0.28.
"""

from dataclasses import dataclass

from keras_resnets._errors import unknown
from keras_resnets.images.preprocessing import Preprocessing

ADDRESS = "https://download.pytorch.org/models/"
CLASSES = 1000

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
        stem: Name at `ADDRESS` without the suffix.
        preprocessing: Preprocessing of the images that the network was trained on.
    """

    stem: str
    preprocessing: Preprocessing

    @property
    def file(self) -> str:
        """Name of the file."""
        return f"{self.stem}.pth"

    @property
    def url(self) -> str:
        """Address of the file."""
        return ADDRESS + self.file

    @property
    def digest(self) -> str:
        """First digits of the SHA-256, from the end of the name."""
        return "sha256:" + self.stem.rpartition("-")[2]


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


def torchvision_weights(network: str, tag: str = "") -> Pretrained:
    """Return the weights of torchvision for `network`; `tag` is "V1" or "V2", by default the newest.

    Raises:
        ValueError: If torchvision publishes none, or none with that tag.
    """
    if network not in TORCHVISION:
        raise ValueError(f"torchvision publishes no weights of {network!r}: choose one of {', '.join(TORCHVISION)}.")
    versions = {f"V{number}": file for number, file in enumerate(TORCHVISION[network], 1)}
    tag = tag or max(versions)
    if tag not in versions:
        raise ValueError(unknown(f"version of torchvision's {network}", tag, versions))
    return versions[tag]
