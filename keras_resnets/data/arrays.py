"""Labelled images in memory, with their split into training and test images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from keras_resnets._checking import Natural, checked
from keras_resnets.augment.pad_crop_flip import Augmentation
from keras_resnets.augment.transform import ImageTransform

OF_THE_DATASET = "dataset"  # in place of a recipe's words: the augmentation of the data set itself


@checked
@dataclass(frozen=True, eq=False)
class Split:
    """Training or test part of a data set.

    Attributes:
        images: Pixels of 0 to 255, uint8 `[n, h, w, c]`.
        labels: Class of each image, integers `[n]`, counted from 0; kept as int64.
        classes: Number of classes; 0 for the largest label plus 1. An `ImageSet` sets it to the number of its names.

    Raises:
        TypeError: The images are not uint8, or the labels are not integers.
        ValueError: The images are empty or have a wrong rank, or the number of labels differs from that of images.
    """

    images: np.ndarray
    labels: np.ndarray
    classes: Natural = 0

    def __post_init__(self) -> None:
        images, labels = np.asarray(self.images), np.asarray(self.labels)
        if images.ndim != 4:
            raise ValueError(f"Images are an array [n, h, w, c], but these have the shape {images.shape}.")
        if images.size == 0:
            raise ValueError(f"The array of images is empty: it has the shape {images.shape}.")
        if images.dtype != np.uint8:
            raise TypeError(f"Images are uint8, 0 to 255, but these are {images.dtype}.")
        if labels.shape != images.shape[:1]:
            raise ValueError(f"The labels of {len(images)} images have the shape {labels.shape}.")
        if not np.issubdtype(labels.dtype, np.integer):
            raise TypeError(f"Labels are integers, but these are {labels.dtype}.")
        object.__setattr__(self, "images", images)
        object.__setattr__(self, "labels", labels.astype(np.int64))
        object.__setattr__(self, "classes", self.classes or int(labels.max()) + 1)

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        shape = "x".join(map(str, self.images.shape[1:]))
        return f"Split({len(self):,} images {shape}, {self.classes:,} classes)"


@checked
@dataclass(frozen=True, eq=False)
class ImageSet:
    """Data set in memory: training and test split, class names, and augmentation of the training images.

    Attributes:
        files: Entry of config.json from which `from_source` opens the files that the images were read from; None for
            images of another origin.

    Raises:
        ValueError: A label is outside 0 to `len(class_names) - 1`, or the splits' images differ in shape.
    """

    name: str
    class_names: tuple[str, ...]
    train: Split
    test: Split
    augmentation: Augmentation | ImageTransform
    files: Mapping[str, Any] | None = None

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Shape of an image, `(h, w, c)`."""
        return self.train.images.shape[1:]

    def __repr__(self) -> str:
        return in_short(self)

    def augmented(self, text: str) -> ImageSet:
        """Return the set with the augmentation described by a recipe's words; "dataset" keeps its own.

        Raises:
            ValueError: The words do not describe an augmentation, or it does not fit images of this shape.
        """
        if text == OF_THE_DATASET:
            return self
        transform = ImageTransform.parse(text)
        transform.refuse_in_memory(self.image_shape)
        return replace(self, augmentation=transform)

    def __post_init__(self) -> None:
        for part, adjective in (("train", "training"), ("test", "test")):
            split = getattr(self, part)
            lowest, highest = int(split.labels.min()), int(split.labels.max())
            if lowest < 0 or highest >= len(self.class_names):
                wrong = lowest if lowest < 0 else highest
                raise ValueError(
                    f"The {adjective} labels of {self.name} include {wrong}, but its {len(self.class_names)} "
                    f"classes are 0 to {len(self.class_names) - 1}."
                )
            object.__setattr__(self, part, replace(split, classes=len(self.class_names)))
        if self.train.images.shape[1:] != self.test.images.shape[1:]:
            raise ValueError(
                f"The training images of {self.name} are {self.train.images.shape[1:]}, "
                f"its test images {self.test.images.shape[1:]}."
            )


def in_short(images: Any) -> str:
    """Return a data set in one line: kind, name, numbers of images and classes, and the shape of an image."""
    shape = "x".join(map(str, images.image_shape))
    return (
        f"{type(images).__name__}({images.name!r}, {len(images.train):,} training and {len(images.test):,} test images "
        f"{shape}, {len(images.class_names):,} classes)"
    )


@checked
def per_pixel_mean(split: Split) -> np.ndarray:
    """Compute the mean image, float32 `[h, w, c]` in 0 to 1 (pixels / 255); He et al. 2015, sec. 4.2."""
    return (split.images.mean(axis=0, dtype=np.float64) / 255).astype(np.float32)
