"""The data sets known by name, and how each is brought into memory."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from keras_resnets._errors import unknown
from keras_resnets.data.augmentation import Augmentation
from keras_resnets.data.images import ImageSet, Split


@dataclass(frozen=True)
class Dataset:
    """What is known of a data set before it is read.

    Attributes:
        name: as given to :func:`load`.
        tfds: its name in tensorflow-datasets; None where scikit-learn holds it.
        shape: of one image, ``(h, w, c)``.
        classes: how many.
        augmentation: what suits its images.
        source: where it was published.
    """

    name: str
    tfds: str | None
    shape: tuple[int, int, int]
    classes: int
    augmentation: Augmentation
    source: str


_KRIZHEVSKY = "Krizhevsky, Learning multiple layers of features from tiny images, 2009"
_LECUN = "LeCun et al., Gradient-based learning applied to document recognition, 1998"
_XIAO = "Xiao, Rasul and Vollgraf, arXiv:1708.07747, 2017"
_NETZER = "Netzer et al., Reading digits in natural images with unsupervised feature learning, 2011"
_ALPAYDIN = "Alpaydin and Kaynak, Optical recognition of handwritten digits, UCI, 1998"

# Images whose mirror image is another thing, such as a digit, are not flipped.
DATASETS: dict[str, Dataset] = {
    row.name: row
    for row in (
        Dataset("cifar10", "cifar10", (32, 32, 3), 10, Augmentation(4, True), _KRIZHEVSKY),
        Dataset("cifar100", "cifar100", (32, 32, 3), 100, Augmentation(4, True), _KRIZHEVSKY),
        Dataset("fashion_mnist", "fashion_mnist", (28, 28, 1), 10, Augmentation(4, True), _XIAO),
        Dataset("mnist", "mnist", (28, 28, 1), 10, Augmentation(4, False), _LECUN),
        Dataset("svhn_cropped", "svhn_cropped", (32, 32, 3), 10, Augmentation(4, False), _NETZER),
        Dataset("digits", None, (8, 8, 1), 10, Augmentation(1, False), _ALPAYDIN),
    )
}


def find(name: str) -> Dataset:
    """The description of a data set.

    Raises:
        ValueError: there is no such data set; the message names the nearest.
    """
    if name not in DATASETS:
        raise ValueError(unknown("dataset", name, DATASETS))
    return DATASETS[name]


def load(name: str, data_dir: str | os.PathLike[str] | None = None) -> ImageSet:
    """Reads a data set into memory, preparing or downloading it first where need be.

    What is prepared under ``data_dir`` is read without a network. What is not is downloaded by
    tensorflow-datasets; without a network, :func:`import_archives` prepares it from the original files.
    svhn_cropped is its training and test images; its 531,131 extra ones are prepared but not read. digits
    comes with scikit-learn; the fifth, tenth, fifteenth... image of each class is its test split.

    Args:
        name: a key of ``DATASETS``.
        data_dir: where tensorflow-datasets keeps prepared data; None for its own default, ``TFDS_DATA_DIR``
            or ``~/tensorflow_datasets``.

    Raises:
        ValueError: there is no such data set.
        ConnectionError: it is not prepared and cannot be downloaded; the message says what to do.
        ImportError: digits was asked for without scikit-learn.
    """
    dataset = find(name)
    return _load_digits(dataset) if dataset.tfds is None else _load_tfds(dataset, data_dir)


def _load_digits(dataset: Dataset) -> ImageSet:
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise ImportError("digits comes with scikit-learn: pip install keras_resnets[digits].") from error

    source = load_digits()
    # The source counts 0 to 16 black pixels in each 4x4 square.
    images = np.rint(source.images * (255 / 16)).astype(np.uint8)[..., None]
    held_out = every_fifth_of_each_class(source.target)
    return ImageSet(
        name=dataset.name,
        class_names=tuple(str(digit) for digit in source.target_names),
        train=Split(images[~held_out], source.target[~held_out]),
        test=Split(images[held_out], source.target[held_out]),
        augmentation=dataset.augmentation,
    )


def every_fifth_of_each_class(labels: np.ndarray) -> np.ndarray:
    """A fixed, stratified fifth, bool ``[n]``: true for the 5th, 10th, 15th... item of each class."""
    chosen = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        chosen[np.flatnonzero(labels == label)[4::5]] = True
    return chosen


def _load_tfds(dataset: Dataset, data_dir: str | os.PathLike[str] | None) -> ImageSet:
    from keras_resnets.data.preparation import prepared_builder

    builder = prepared_builder(dataset, data_dir)

    def split(name: str) -> Split:
        images, labels = builder.as_dataset(split=name, batch_size=-1, as_supervised=True)
        return Split(images.numpy(), labels.numpy())

    return ImageSet(
        name=dataset.name,
        class_names=tuple(builder.info.features["label"].names),
        train=split("train"),
        test=split("test"),
        augmentation=dataset.augmentation,
    )
