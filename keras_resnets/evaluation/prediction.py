"""The classes that a network sees in images."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from keras_resnets._errors import positive_integer
from keras_resnets.evaluation.judge import Judged, judged
from keras_resnets.evaluation.judge import predictions as log_probabilities_of
from keras_resnets.evaluation.pictures import Pictures, pixels_of
from keras_resnets.evaluation.protocols import ONE_CROP, Protocol, find_protocol
from keras_resnets.runs import open_run
from keras_resnets.weights import Preprocessing


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


def predict(
    run_dir: str | os.PathLike[str],
    files: Iterable[str | os.PathLike[str]],
    *,
    top: int = 3,
    weights: str = "last",
    protocol: Protocol | str | int = ONE_CROP,
) -> list[Prediction]:
    """Name the `top` likeliest classes of each image file by a trained run.

    Args:
        run_dir: of a training, as `train` left it.
        files: images of any format that Pillow reads; the shorter side gets the network's size, and the
            protocol's crops are cut out.
        top: how many classes.
        weights: "last" or "best".
        protocol: whose crops' probabilities are averaged, as for `evaluate`.

    Raises:
        FileNotFoundError: if there is no run, or it has no weights yet.
        ValueError: if a file is missing or no image, before anything is predicted.
    """
    run = open_run(run_dir)
    network = judged(run.load(weights), mean=run.read_mean())
    return name_classes([network], files, run.read_config()["class_names"], protocol=protocol, top=top)


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
        files: as for `predict`.
        class_names: by default those of the preprocessing, else the classes' numbers.
        top: how many classes.

    Raises:
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
    names = range(log_p.shape[1]) if class_names is None else class_names
    if len(names) != log_p.shape[1]:
        raise ValueError(f"There are {len(names):,} names of classes for {log_p.shape[1]:,} classes.")
    best = np.argsort(-log_p, axis=1, kind="stable")[:, :top]
    return [
        Prediction(path, tuple((str(names[k]), float(np.exp(row[k]))) for k in order))
        for path, row, order in zip(paths, log_p, best, strict=True)
    ]
