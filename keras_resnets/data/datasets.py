"""Table of the data sets that can be loaded by name."""

from __future__ import annotations

from dataclasses import dataclass

from keras_resnets._errors import unknown
from keras_resnets.augment.pad_crop_flip import Augmentation


@dataclass(frozen=True)
class Dataset:
    """Description of a data set, known before it is read.

    Attributes:
        name: Name given to `load`.
        tfds: Name in tensorflow-datasets; None for the set of scikit-learn.
        shape: Shape of an image, `(h, w, c)`.
        classes: Number of classes.
        train_images: Number of training images.
        augmentation: Default augmentation of the training images.
        source: Publication that introduced it.
    """

    name: str
    tfds: str | None
    shape: tuple[int, int, int]
    classes: int
    train_images: int
    augmentation: Augmentation
    source: str


_KRIZHEVSKY = "Krizhevsky, Learning multiple layers of features from tiny images, 2009"
_LECUN = "LeCun et al., Gradient-based learning applied to document recognition, 1998"
_XIAO = "Xiao, Rasul and Vollgraf, arXiv:1708.07747, 2017"
_NETZER = "Netzer et al., Reading digits in natural images with unsupervised feature learning, 2011"
_ALPAYDIN = "Alpaydin and Kaynak, Optical recognition of handwritten digits, UCI, 1998"

# Images whose mirror image means something else, such as digits, are not flipped.
DATASETS: dict[str, Dataset] = {
    row.name: row
    for row in (
        Dataset("cifar10", "cifar10", (32, 32, 3), 10, 50_000, Augmentation(4, True), _KRIZHEVSKY),
        Dataset("cifar100", "cifar100", (32, 32, 3), 100, 50_000, Augmentation(4, True), _KRIZHEVSKY),
        Dataset("fashion_mnist", "fashion_mnist", (28, 28, 1), 10, 60_000, Augmentation(4, True), _XIAO),
        Dataset("mnist", "mnist", (28, 28, 1), 10, 60_000, Augmentation(4, False), _LECUN),
        Dataset("svhn_cropped", "svhn_cropped", (32, 32, 3), 10, 73_257, Augmentation(4, False), _NETZER),
        Dataset("digits", None, (8, 8, 1), 10, 1_442, Augmentation(1, False), _ALPAYDIN),
    )
}


def find(name: str) -> Dataset:
    """Return the description of a data set.

    Raises:
        ValueError: The data set is unknown; the message names the nearest.
    """
    if name not in DATASETS:
        raise ValueError(unknown("dataset", name, DATASETS))
    return DATASETS[name]
