"""Labelled images in memory: the one form in which every data set reaches the pipelines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from keras_resnets.augment.transform import ImageTransform

if TYPE_CHECKING:
    from keras_resnets.augment.pad_crop_flip import Augmentation

OF_THE_DATASET = "dataset"  # the augmentation that suits a data set, in place of a recipe's words


@dataclass(frozen=True, eq=False)
class Split:
    """The training or the test part of a data set.

    Attributes:
        images: uint8 `[n, h, w, c]`, values 0 to 255.
        labels: integers `[n]`, counted from 0; kept as int64.
        classes: how many there are; 0 for as many as the labels show. A set's are those of its names.

    Raises:
        TypeError: the images are not uint8, or the labels are not integers.
        ValueError: a wrong rank, no images, or more or fewer labels than images.
    """

    images: np.ndarray
    labels: np.ndarray
    classes: int = 0

    def __post_init__(self) -> None:
        images, labels = np.asarray(self.images), np.asarray(self.labels)
        if images.ndim != 4:
            raise ValueError(f"Images are an array [n, h, w, c], but these have the shape {images.shape}.")
        if images.size == 0:
            raise ValueError(f"There are no images: the array has the shape {images.shape}.")
        if images.dtype != np.uint8:
            raise TypeError(f"Images are uint8, 0 to 255, but these are {images.dtype}.")
        if labels.shape != images.shape[:1]:
            raise ValueError(f"There are {len(images)} images, but the labels have the shape {labels.shape}.")
        if not np.issubdtype(labels.dtype, np.integer):
            raise TypeError(f"Labels are integers, but these are {labels.dtype}.")
        object.__setattr__(self, "images", images)
        object.__setattr__(self, "labels", labels.astype(np.int64))
        object.__setattr__(self, "classes", self.classes or int(labels.max()) + 1)

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True, eq=False)
class ImageSet:
    """A data set: its two splits, the names of its classes, and the augmentation that suits it.

    Raises:
        ValueError: a label is outside 0 to `len(class_names) - 1`, or the splits' images differ in shape.
    """

    name: str
    class_names: tuple[str, ...]
    train: Split
    test: Split
    augmentation: Augmentation | ImageTransform

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Of each image, `(h, w, c)`."""
        return self.train.images.shape[1:]

    def augmented(self, text: str) -> ImageSet:
        """The set with the augmentation that words give; "dataset" for its own.

        Raises:
            ValueError: for words that mean no augmentation, or one that images of this shape cannot have.
        """
        if text == OF_THE_DATASET:
            return self
        transform = ImageTransform.parse(text)
        transform.refuse_in_memory(self.image_shape)
        return replace(self, augmentation=transform)

    def __post_init__(self) -> None:
        for part, told in (("train", "training"), ("test", "test")):
            split = getattr(self, part)
            lowest, highest = int(split.labels.min()), int(split.labels.max())
            if lowest < 0 or highest >= len(self.class_names):
                wrong = lowest if lowest < 0 else highest
                raise ValueError(
                    f"The {told} labels of {self.name} include {wrong}, but its {len(self.class_names)} "
                    f"classes are 0 to {len(self.class_names) - 1}."
                )
            object.__setattr__(self, part, replace(split, classes=len(self.class_names)))
        if self.train.images.shape[1:] != self.test.images.shape[1:]:
            raise ValueError(
                f"The training images of {self.name} are {self.train.images.shape[1:]}, "
                f"its test images {self.test.images.shape[1:]}."
            )


def per_pixel_mean(split: Split) -> np.ndarray:
    """The mean image, float32 `[h, w, c]` in 0 to 1 (pixels / 255); He et al. 2015, sec. 4.2."""
    return (split.images.mean(axis=0, dtype=np.float64) / 255).astype(np.float32)
