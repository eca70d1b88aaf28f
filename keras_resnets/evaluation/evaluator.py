"""Evaluation on labelled images, and predictions of the classes of others."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from keras_resnets._checking import checked
from keras_resnets.evaluation import metrics
from keras_resnets.evaluation.classifier import Classifier, Given, Source, classifier_of, test_images
from keras_resnets.evaluation.forward import classes_of, log_probabilities
from keras_resnets.evaluation.pictures import Images, Pictures, pictures_of
from keras_resnets.evaluation.prediction import Prediction, predict_classes
from keras_resnets.evaluation.report import Evaluation
from keras_resnets.images.crop_protocols import ONE_CROP, Protocol, find_protocol
from keras_resnets.images.preprocessing import Preprocessing


@checked
def evaluate(
    models: Given | Sequence[Given],
    images: Images | None = None,
    *,
    protocol: Protocol | str | int = ONE_CROP,
    preprocessing: Preprocessing | None = None,
    mean: np.ndarray | None = None,
    class_names: Sequence[str] | None = None,
    weights: str = "last",
    options: Mapping[str, Any] | None = None,
    data_dir: Source | None = None,
    batch_size: int | None = None,
    progress: bool | None = None,
) -> Evaluation:
    """Evaluate a network, or several whose probabilities are averaged, by the crops of a paper.

    Test-time augmentation (TTA) is a protocol of several crops.

    Args:
        models: A `Classifier`, a `keras.Model`, a run directory, a `.keras` file, "NETWORK@WEIGHTS", or several of
            these. A model must end in a softmax (probabilities) or without activation (logits),
            `[batch, classes]`; auxiliary classifiers are ignored.
        images: A `data.Split`; a `data.ImageSet` or `data.FileSet`, of which the test images are taken; a pair (images,
            labels), the images uint8 `[n, h, w, c]`, or a list of such arrays or files; or a folder with a subfolder a
            class. By default the test images of the runs that are given.
        protocol: "one_crop", "ten_crops", "144_crops", "multi_scale", or a `Protocol`.
        preprocessing: Preprocessing to use in place of the networks' own.
        mean: In place of a preprocessing: subtracted from the pixels / 255, float32 `[h, w, c]` or `[c]`.
        class_names: Names of all classes, in the order of the outputs; by default those of the first network that has
            names, or else the folder's subfolders, sorted.
        weights: Weights of runs: "last", or "best", which was chosen on the test images and is therefore optimistic.
        options: Options of the builder, for "NETWORK@WEIGHTS".
        data_dir: Directory of tensorflow-datasets, for a run's test images.
        batch_size: Crops in a batch; by default as many as have the pixels of 32 crops of 224 x 224, 500 at most.
        progress: Whether to show a progress bar; by default where standard error is a terminal.

    Raises:
        FileNotFoundError: A run or file does not exist, or a run has no weights yet.
        FloatingPointError: A network's outputs are not finite; the message gives the number of images, and whether
            weights are the cause.
        TypeError: The models or images are of another type.
        ValueError: Models, images, labels and protocol do not fit each other, weights are not finite, or no file can be
            read.
    """
    protocol = find_protocol(protocol)
    classifiers = [
        classifier_of(one, preprocessing=preprocessing, mean=mean, weights=weights, options=options)
        for one in several(models)
    ]
    names = class_names or next((one.class_names for one in classifiers if one.class_names), None)
    pictures = pictures_of(test_images(classifiers, data_dir) if images is None else images, names)
    return evaluate_classifiers(classifiers, pictures, protocol, batch_size=batch_size, progress=progress)


@checked
def predict(
    models: Given | Sequence[Given],
    images: str | os.PathLike[str] | np.ndarray | Iterable[Any],
    class_names: Sequence[str] | None = None,
    *,
    top: int = 3,
    protocol: Protocol | str | int = ONE_CROP,
    preprocessing: Preprocessing | None = None,
    mean: np.ndarray | None = None,
    weights: str = "last",
    options: Mapping[str, Any] | None = None,
) -> list[Prediction]:
    """Name the likeliest classes of each image by a network, or by the mean of several.

    Args:
        models, protocol, preprocessing, mean, weights, options: As for `evaluate`.
        images: Image files, one or several, of any size; a folder, of which all image files are taken;
            or arrays, uint8 `[n, height, width, channels]`, `[height, width, channels]` or a list of these.
        class_names: Names of the classes to use in place of the networks' own; without any, those of ImageNet for
            1,000 classes, otherwise numbers.
        top: Number of classes named for each image.

    Raises:
        FileNotFoundError: A run or file does not exist, or a run has no weights yet.
        FloatingPointError: A network's outputs are not finite.
        ValueError: A file is missing or cannot be read, before anything is predicted; weights are not finite.
    """
    classifiers = [
        classifier_of(one, preprocessing=preprocessing, mean=mean, weights=weights, options=options)
        for one in several(models)
    ]
    return predict_classes(classifiers, images, class_names, top=top, protocol=protocol)


def several(models: Given | Sequence[Given]) -> list[Given]:
    """Return one network, or several, as a list."""
    return list(models) if isinstance(models, list | tuple) else [models]


@checked
def evaluate_classifiers(
    networks: Sequence[Classifier],
    pictures: Pictures,
    protocol: Protocol = ONE_CROP,
    *,
    batch_size: int | None = None,
    progress: bool | None = None,
) -> Evaluation:
    """Evaluate classifiers by their mean probabilities; see `evaluate`."""
    classes = classes_of(networks)
    pictures.refuse_labels(classes, networks[0].name)
    if pictures.class_names is not None and len(pictures.class_names) != classes:
        raise ValueError(
            f"{pictures.name!r} has {len(pictures.class_names):,} classes, but {networks[0].name!r} has "
            f"{classes:,}: give class_names, the network's classes in their order."
        )
    start = time.monotonic()
    log_p, broken = log_probabilities(networks, pictures, protocol, batch_size=batch_size, progress=progress)
    return evaluation_of(networks, pictures, log_p, broken, protocol, time.monotonic() - start)


def evaluation_of(
    networks: Sequence[Classifier],
    pictures: Pictures,
    log_p: np.ndarray,
    broken: Mapping[int, str],
    protocol: Protocol = ONE_CROP,
    seconds: float = 0.0,
) -> Evaluation:
    """Return the evaluation of what `log_probabilities` returned for classifiers and labelled images.

    Raises:
        ValueError: No image could be read.
    """
    whole = np.array([index not in broken for index in range(len(pictures))])
    if not whole.any():
        raise ValueError(f"Cannot read any of the {len(pictures):,} images: {next(iter(broken.values()))}")
    log_p, labels = log_p[whole], pictures.labels[whole]
    rank, best = metrics.ranks(log_p, labels), log_p.argmax(axis=1)
    errors = int((rank > 0).sum())
    low, high = metrics.wilson_interval(errors, len(rank))
    return Evaluation(
        images=len(rank),
        errors=errors,
        top1_error=100 * float((rank >= 1).mean()),
        top5_error=100 * float((rank >= 5).mean()),
        negative_log_likelihood=metrics.negative_log_likelihood(log_p, labels),
        calibration_error=100 * metrics.calibration_error(np.exp(log_p.max(axis=1)), rank == 0),
        interval=(100 * low, 100 * high),
        protocol=str(protocol),
        crops=protocol.crops_an_image,
        networks=tuple(network.name for network in networks),
        data=pictures.name,
        class_names=pictures.class_names,
        confusion=metrics.confusion(labels, best, log_p.shape[1]),
        broken=tuple(str(pictures.images[index]) for index in sorted(broken)),
        seconds=seconds,
    )
