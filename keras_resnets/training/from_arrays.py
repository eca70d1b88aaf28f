"""Data sets made of arrays of images and labels."""

from typing import Any

import numpy as np

from keras_resnets import data
from keras_resnets._checking import in_words
from keras_resnets.data.sources import every_fifth_of_each_class

NAME = "arrays"
EXPECTED = "(images, labels) or ((train_images, train_labels), (test_images, test_labels))"


def as_dataset(dataset: Any) -> str | data.ImageSet | data.FileSet:
    """Return a data set as it is, and arrays as an `ImageSet` without augmentation.

    Args:
        dataset: A name, path, `ImageSet` or `FileSet`; or `(images, labels)`, of which every fifth image of each class
            is kept for the test; or `((train_images, train_labels), (test_images, test_labels))`, as Keras's
            `load_data` functions return it. Images are uint8 `[n, height, width, channels]`, labels integers `[n]` or
            `[n, 1]` from 0.

    Raises:
        TypeError: If the data set is none of these, or the arrays have other types.
        ValueError: If the arrays have other shapes, or no class has five images to keep one for the test.
    """
    if isinstance(dataset, str | data.ImageSet | data.FileSet):
        return dataset
    if not _is_pair(dataset):
        raise TypeError(f"A data set is a name, a path, an ImageSet, a FileSet or {EXPECTED}, not {in_words(dataset)}.")
    train, test = dataset if all(map(_is_pair, dataset)) else _split(*dataset)
    train, test = data.Split(train[0], _flat(train[1])), data.Split(test[0], _flat(test[1]))
    names = tuple(map(str, range(max(train.classes, test.classes))))
    return data.ImageSet(NAME, names, train, test, data.Augmentation(pad=0, flip=False))


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple | list) and len(value) == 2


def _split(images: Any, labels: Any) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return the training and the test part of images and labels."""
    whole = data.Split(images, _flat(labels))
    held_out = every_fifth_of_each_class(whole.labels)
    if not held_out.any():
        raise ValueError("No class has five images, of which one is kept for the test: give the test images too.")
    return (whole.images[~held_out], whole.labels[~held_out]), (whole.images[held_out], whole.labels[held_out])


def _flat(labels: Any) -> np.ndarray:
    labels = np.asarray(labels)
    return labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
