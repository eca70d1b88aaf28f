"""Predicted classes of images."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras_resnets._errors import positive_integer, printable
from keras_resnets.evaluation.forward import Network, log_probabilities
from keras_resnets.evaluation.pictures import Pictures, some_image_files
from keras_resnets.images.crop_protocols import ONE_CROP, Protocol, find_protocol
from keras_resnets.images.with_pillow import pixels_of
from keras_resnets.weights import decode_predictions

IMAGENET_CLASSES = 1000


@dataclass(frozen=True)
class Prediction:
    """Likeliest classes of one image.

    Attributes:
        file: Path of the image; for an image in memory its index.
        classes: Pairs of class name and probability, the likeliest first.
    """

    file: Path | int
    classes: tuple[tuple[str, float], ...]

    def __str__(self) -> str:
        return f"{printable(self.file)}: " + ", ".join(f"{name} {100 * p:.1f} %" for name, p in self.classes)


def predict_classes(
    networks: Sequence[Network],
    images: Any,
    class_names: Sequence[str] | None = None,
    *,
    top: int = 3,
    protocol: Protocol | str | int = ONE_CROP,
) -> list[Prediction]:
    """Name the likeliest classes of images by classifiers; see `evaluation.predict`."""
    positive_integer("top", top)
    protocol = find_protocol(protocol)
    given = image_list(images)
    if not given:
        return []
    for image in given:
        pixels_of(image, networks[0].channels)
    log_p, _ = log_probabilities(networks, Pictures(given, np.zeros(len(given), np.int64)), protocol)
    names = class_names or next((one.class_names for one in networks if one.class_names), None)
    if names is None and log_p.shape[1] != IMAGENET_CLASSES:
        names = list(map(str, range(log_p.shape[1])))
    best = decode_predictions(np.exp(log_p), top, names)
    return [
        Prediction(image if isinstance(image, Path) else number, tuple((name, p) for _, name, p in classes))
        for number, (image, classes) in enumerate(zip(given, best, strict=True))
    ]


def image_list(images: Any) -> list[Path | np.ndarray]:
    """Return a list of files and arrays; of each folder its image files. A file or an array of one image is one item.

    Raises:
        ValueError: A folder has no image files.
    """
    found: list[Path | np.ndarray] = []
    one = isinstance(images, str | os.PathLike) or (isinstance(images, np.ndarray) and images.ndim == 3)
    for image in [images] if one else images:
        if isinstance(image, str | os.PathLike):
            found += some_image_files(Path(image)) if Path(image).is_dir() else [Path(image)]
        else:
            found.append(np.asarray(image))
    return found
