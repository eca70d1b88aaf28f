"""The classes that a network sees in images."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from keras_resnets._errors import positive_integer
from keras_resnets.evaluation.evaluator import Judged, judged
from keras_resnets.evaluation.evaluator import predictions as log_probabilities_of
from keras_resnets.evaluation.pictures import Pictures
from keras_resnets.images.crop_protocols import ONE_CROP, Protocol, find_protocol
from keras_resnets.images.with_pillow import pixels_of
from keras_resnets.weights import Preprocessing, decode_predictions


@dataclass(frozen=True)
class Prediction:
    """What a network says of one file.

    Attributes:
        file: the image's path.
        classes: (class name, probability), the likeliest first.
    """

    file: Path
    classes: tuple[tuple[str, float], ...]

    def __str__(self) -> str:
        return f"{self.file}: " + ", ".join(f"{name} {100 * p:.1f} %" for name, p in self.classes)


def predict_images(
    models: keras.Model | Sequence[keras.Model],
    files: Iterable[str | os.PathLike[str]],
    class_names: Sequence[str] | None = None,
    *,
    top: int = 3,
    protocol: Protocol | str | int = ONE_CROP,
    mean: np.ndarray | None = None,
    preprocessing: Preprocessing | None = None,
) -> list[Prediction]:
    """Name the `top` likeliest classes of each image file by a model, or by the mean of several.

    Args:
        models, protocol, mean, preprocessing: as for `evaluate`.
        files: images of any format that Pillow reads, of any size.
        class_names: by default ImageNet's for 1,000 classes, else the classes' numbers.
        top: how many classes.

    Raises:
        FloatingPointError: if a network's outputs are not finite.
        ValueError: if a file is missing or no image, before anything is predicted.
    """
    given = [models] if isinstance(models, keras.Model) else list(models)
    networks = [judged(model, mean=mean, preprocessing=preprocessing) for model in given]
    return name_classes(networks, files, class_names, protocol=protocol, top=top)


def name_classes(
    networks: Sequence[Judged],
    files: Iterable[str | os.PathLike[str]],
    class_names: Sequence[str] | None,
    *,
    protocol: Protocol | str | int,
    top: int,
) -> list[Prediction]:
    """As `predict_images`, of networks each with what it expects of an image."""
    positive_integer("top", top)
    protocol = find_protocol(protocol)
    paths = [Path(file) for file in files]
    if not paths:
        return []
    for path in paths:
        pixels_of(path, networks[0].channels)
    log_p, _ = log_probabilities_of(networks, Pictures(paths, np.zeros(len(paths), np.int64)), protocol)
    classes = log_p.shape[1]
    labels = list(map(str, range(classes))) if class_names is None and classes != 1000 else class_names
    decoded = decode_predictions(np.exp(log_p), top, labels)
    return [
        Prediction(path, tuple((name, p) for _, name, p in best)) for path, best in zip(paths, decoded, strict=True)
    ]
