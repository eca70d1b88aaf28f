"""Data sets by name or path."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from keras_resnets._checking import checked
from keras_resnets.data.arrays import ImageSet, Split
from keras_resnets.data.datasets import DATASETS, Dataset, find
from keras_resnets.data.folders import FileSet, from_csv, from_folder


@checked
def load(name: str, data_dir: str | os.PathLike[str] | None = None) -> ImageSet | FileSet:
    """Read a data set into memory, after downloading it if needed; of a path, read the headers of the files only.

    A data set prepared under `data_dir` is read without a network; another is downloaded by tensorflow-datasets.
    Without a network, `import_archives` prepares it from the original files. svhn_cropped has its training and test
    images; its 531,131 extra ones are prepared but not read. digits comes with scikit-learn; the 5th, 10th, 15th...
    image of each class is its test split.

    Args:
        name: Key of `DATASETS`, or the path of a folder (`from_folder`) or a CSV file (`from_csv`).
        data_dir: Directory of prepared data; None for the default of tensorflow-datasets, `TFDS_DATA_DIR` or
            `~/tensorflow_datasets`.

    Raises:
        ValueError: The data set is unknown; or for the reasons of `from_folder`.
        ConnectionError: The data set is not prepared and cannot be downloaded; the message says how to import it.
        ImportError: scikit-learn, which digits needs, is not installed.
    """
    if is_path(name):
        return from_csv(name) if Path(name).expanduser().suffix.lower() == ".csv" else from_folder(name)
    dataset = find(name)
    return _load_digits(dataset) if dataset.tfds is None else _load_tfds(dataset, data_dir)


@checked
def shape_in_memory(dataset: str | ImageSet | FileSet) -> tuple[int, int, int] | None:
    """Return the shape `(h, w, c)` of the images of a data set held in memory, or None for image files.

    Raises:
        ValueError: The data set is unknown.
    """
    if isinstance(dataset, str):
        return None if is_path(dataset) else find(dataset).shape
    return dataset.image_shape if isinstance(dataset, ImageSet) else None


@checked
def is_path(name: str) -> bool:
    """Return whether the name of a data set is the path of a folder or a table, existing or not."""
    return name not in DATASETS and (
        Path(name).expanduser().exists() or os.sep in name or name.lower().endswith(".csv")
    )


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
    """Choose a fixed, stratified fifth, bool `[n]`: true for the 5th, 10th, 15th... item of each class."""
    chosen = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        chosen[np.flatnonzero(labels == label)[4::5]] = True
    return chosen


def _load_tfds(dataset: Dataset, data_dir: str | os.PathLike[str] | None) -> ImageSet:
    from keras_resnets.data.download import prepared_builder

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
