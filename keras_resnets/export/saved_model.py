"""SavedModels for TensorFlow Serving, checked and published atomically."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_resnets._checking import checked
from keras_resnets._errors import positive_integer, unknown
from keras_resnets.environment import versions
from keras_resnets.evaluation import Classifier
from keras_resnets.evaluation.classifier import takes_classifier
from keras_resnets.export.served import Served, served
from keras_resnets.runs import write_json

DTYPES = ("uint8", "float32")
MOST_PIXELS = 1 << 24
"""Largest number of pixels of an image that a server decodes; it decodes several at once, for any client."""


@dataclass(frozen=True)
class SavedModel:
    """Record of an exported SavedModel.

    Attributes:
        path: Directory of the version, `DIRECTORY/VERSION`.
        name: Name of the model on servers: that of the directory.
        signatures: Names of the signatures.
        differences: Largest differences from the Keras model that the check has found, by name.
    """

    path: Path
    name: str
    signatures: tuple[str, ...]
    differences: Mapping[str, float]

    @property
    def version(self) -> int:
        """Number of the version."""
        return int(self.path.name)

    def __fspath__(self) -> str:
        return str(self.path)

    def __str__(self) -> str:
        from keras_resnets.export.serving import commands

        found = ", ".join(f"{name} {difference:.1e}" for name, difference in self.differences.items())
        return (
            f"{self.path}: {', '.join(self.signatures)}.\n"
            f"Loaded by TensorFlow alone and compared with the Keras model; largest differences: {found}.\n"
            f"{commands(self.name, self.path.parent)}"
        )


@checked
@takes_classifier
def export_saved_model(
    model: Classifier,
    directory: str | os.PathLike[str],
    *,
    size: int | None = None,
    top: int = 5,
    dtype: str = "uint8",
    fold_batch_norm: bool = False,
    most_pixels: int = MOST_PIXELS,
) -> SavedModel:
    """Write a network, with its preprocessing inside, as the next version of `directory`, for TensorFlow Serving.

    The version is written under a temporary name, checked, and renamed, so that a polling server never sees a part of
    it. The check loads it in a fresh process that has TensorFlow and no Keras, runs it as a server would, and compares
    its outputs for JPEGs with the Keras model's. Beside the version models.config and batching.config are written,
    unless they exist.

    Signatures, of any batch size; images are resized and cropped to the network's size as in `evaluate` by one crop:
        serving_default: `images`, [batch, height, width, 3] (1 for a network of gray images) of 0 to 255, to
            `probabilities`, float32 [batch, classes].
        classify_bytes: `image_bytes`, JPEGs or PNGs as strings, [batch], to `classes`, strings, and `scores`, float32,
            [batch, k], the likeliest first, and `error`, strings [batch]: "", or the reason for a refusal.
        features: `images` to `features`, float32 [batch, channels], the input of the last layer with weights; only if
            that is a dense layer or a convolution.

    Args:
        model: A `Classifier`, a `keras.Model` that ends in a softmax or gives logits, a run's directory, a `.keras`
            file or "NETWORK@WEIGHTS"; of auxiliary classifiers the main path is exported.
        directory: Directory of the versions; its name is the model's.
        size: Height and width of the exported network's input; by default the network's own, which only fully
            convolutional networks can change.
        top: Number of classes that `classify_bytes` names, k.
        dtype: Type of `images`, "uint8" or "float32".
        fold_batch_norm: Whether to fold batch normalizations into the convolutions ahead; see `inference_model`.
        most_pixels: Largest number of pixels of an image that `classify_bytes` decodes; four are decoded at once.
        preprocessing, mean, class_names, weights, options: Values that the model lacks, as for `evaluate`; without
            names the classes are ImageNet's for published weights, otherwise numbers.

    Raises:
        FloatingPointError: The model's outputs are not finite; nothing is left behind.
        TypeError, ValueError: The model cannot be exported, an argument is not allowed, Keras does not run on
            TensorFlow, or the check finds a difference; nothing is left behind.
        OSError: The directory cannot be written, or ImageNet's class names cannot be downloaded.
    """
    _check_options(top, dtype, most_pixels)
    home = _home(directory)
    subject = served(model, size=size, fold_batch_norm=fold_batch_norm)
    least = (2 * subject.size + 16) ** 2
    if most_pixels < least:
        raise ValueError(
            f"most_pixels must be at least {least:,}, not {most_pixels:,}: a server must take images of twice the "
            f"network's {subject.size} x {subject.size}."
        )
    settings = {"top": min(top, len(subject.labels)), "dtype": dtype, "most_pixels": most_pixels}
    return _published(subject, home, settings, {"fold_batch_norm": fold_batch_norm})


def _check_options(top: int, dtype: str, most_pixels: int) -> None:
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            f"SavedModels are made by TensorFlow, but Keras runs on {keras.backend.backend()!r}: set "
            "KERAS_BACKEND=tensorflow."
        )
    positive_integer("top", top)
    positive_integer("most_pixels", most_pixels)
    if dtype not in DTYPES:
        raise ValueError(unknown("dtype", dtype, DTYPES))


def _home(directory: str | os.PathLike[str]) -> Path:
    home = Path(directory).expanduser().resolve()
    if home.name.isdecimal():
        raise ValueError(f"{str(directory)!r} would be a version: give the directory of the versions, above it.")
    if not re.fullmatch(r"[\w.-]+", home.name, re.ASCII):
        raise ValueError(
            f"The directory's name must be of letters, digits, '_', '-' and '.', as the model's, not {home.name!r}."
        )
    return home


def _published(subject: Served, home: Path, settings: dict[str, Any], record: dict[str, Any]) -> SavedModel:
    import tensorflow as tf

    from keras_resnets.export import check, serving, signatures
    from keras_resnets.export.versions import publish

    functions = signatures.signatures_of(subject, **settings)
    differences: dict[str, float] = {}

    def write(aside: Path) -> None:
        try:
            tf.saved_model.save(signatures.owner_of(functions), str(aside), signatures=functions)
            serving.write_warm_up(aside, home.name, _warm_up(subject, settings["dtype"], list(functions)))
        except tf.errors.OpError as error:
            reason = re.sub(r"\{\{.*?\}\} |.*; | \[Op:.*", "", error.message)  # without the op and its file
            raise OSError(f"The export cannot be written in {str(home)!r}: {reason}.") from error
        _write_assets(aside / "assets", subject)
        found = check.check(aside, subject, dtype=settings["dtype"], most_pixels=settings["most_pixels"])
        differences.update(found)
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        about = {**subject.origin, **settings, **record, "differences": found, "exported": now, "with": versions()}
        write_json(aside / "assets" / "provenance.json", about)

    beside = {serving.MODELS: serving.models_config(home.name), serving.BATCHING: serving.BATCHING_CONFIG}
    version = publish(home, write, beside)
    return SavedModel(version, home.name, tuple(functions), differences)


def _warm_up(subject: Served, dtype: str, names: list[str]) -> dict[str, np.ndarray]:
    from keras_resnets.export import check, signatures

    images = np.zeros((1, subject.size, subject.size, subject.network.channels), dtype)
    files = np.array(check.encoded_images(subject)[:1], object)
    return {name: files if name == signatures.BYTES else images for name in names}


def _write_assets(assets: Path, subject: Served) -> None:
    """Write labels.txt, preprocessing.json and, of a mean image, mean.npy."""
    assets.mkdir(exist_ok=True)
    (assets / "labels.txt").write_text("".join(f"{label}\n" for label in subject.labels), encoding="utf-8")
    expected = subject.expected
    values = expected.to_config()
    described: dict[str, Any] = {
        "channels": subject.network.channels,
        "shorter_side": expected.resize,
        "centre": expected.size,
        "interpolation": expected.interpolation,
        "images_of_this_size": "are taken as they are",
        "order": expected.channels,
        **{name: values[name] for name in ("scale", "mean", "std")},
    }
    if expected.has_mean_image:
        described["mean"] = "mean.npy"
        np.save(assets / "mean.npy", np.asarray(expected.mean), allow_pickle=False)
    (assets / "preprocessing.json").write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")
