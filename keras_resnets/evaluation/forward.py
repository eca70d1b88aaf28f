"""Forward passes of crops: log-probabilities, and their mean over crops and networks."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Protocol as Structure

import keras
import numpy as np
from tqdm import tqdm

from keras_resnets._errors import positive_integer
from keras_resnets._finite import OutputCheck
from keras_resnets.evaluation import metrics
from keras_resnets.evaluation.batches import Owned, ahead, batches, progress_bar
from keras_resnets.evaluation.pictures import Pictures
from keras_resnets.images.crop_protocols import ONE_CROP, Protocol
from keras_resnets.images.preprocessing import Preprocessing


class Network(Structure):
    """Part of a `Classifier` that a forward pass needs."""

    @property
    def name(self) -> str: ...
    @property
    def model(self) -> keras.Model: ...
    @property
    def preprocessing(self) -> Preprocessing: ...
    @property
    def class_names(self) -> Sequence[str] | None: ...
    @property
    def channels(self) -> int: ...
    @property
    def classes(self) -> int: ...


def log_probabilities(
    networks: Sequence[Network],
    pictures: Pictures,
    protocol: Protocol = ONE_CROP,
    *,
    batch_size: int | None = None,
    progress: bool | None = None,
) -> tuple[np.ndarray, dict[int, str]]:
    """Return the logarithms of the mean probabilities, over crops and networks.

    Returns:
        log p, float64 `[images, classes]`, and the errors of files that cannot be read by image index; their rows are
        -inf.

    Raises:
        FloatingPointError: Outputs are not finite; the message gives the number of images, and whether weights are the
            cause.
    """
    classes = classes_of(networks)
    if batch_size is not None:
        positive_integer("batch_size", batch_size)
    total = np.full((len(pictures), classes), -np.inf)
    broken: dict[int, str] = {}
    shown = sys.stderr.isatty() if progress is None else progress
    with progress_bar(len(networks) * len(pictures), shown) as bar:
        for network in networks:
            _add(total, network, pictures, protocol, batch_size, broken, bar)
    return total - np.log(protocol.crops_an_image * len(networks)), broken


def classes_of(networks: Sequence[Network]) -> int:
    """Return the number of classes, which all networks must share."""
    if not networks:
        raise ValueError("Give at least one network.")
    first = networks[0]
    for network in networks:
        if network.classes != first.classes:
            raise ValueError(
                f"Networks that are averaged must have the same number of classes, but {first.name!r} has "
                f"{first.classes:,} and {network.name!r} {network.classes:,}."
            )
    return first.classes


def _add(
    total: np.ndarray,
    network: Network,
    pictures: Pictures,
    protocol: Protocol,
    batch_size: int | None,
    broken: dict[int, str],
    bar: tqdm,
) -> None:
    """Add the probabilities of each crop, as logarithms, to the row of its image in `total`."""
    model = flexible(network.model) if protocol.cut == "whole" else network.model
    expected, check = network.preprocessing, OutputCheck(network.model)
    for owners, crops in batches(_owned_crops(network, pictures, protocol, broken, bar), expected.size, batch_size):
        outputs = model.predict_on_batch(expected.standardize(crops))
        if not check.see(owners, outputs):
            continue  # the error at the end needs only the number of such images
        log_p = metrics.log_probabilities(network.model, outputs)
        starts = np.flatnonzero(np.diff(owners, prepend=-1))
        total[owners[starts]] = np.logaddexp(total[owners[starts]], np.logaddexp.reduceat(log_p, starts, axis=0))
    check.refuse()


def _owned_crops(
    network: Network, pictures: Pictures, protocol: Protocol, broken: dict[int, str], bar: tqdm
) -> Iterator[Owned]:
    """Yield the crops of one image after the other, scale by scale; errors of reading are added to `broken`."""

    def read(index: int) -> str | list[np.ndarray]:
        try:
            pixels = pictures.pixels(index, network.channels)
        except ValueError as error:
            if isinstance(pictures.images[index], np.ndarray):
                raise
            return str(error)
        return list(crops_of(pixels, network, protocol))

    for index, crops in enumerate(ahead(read, range(len(pictures)))):
        bar.update()
        if isinstance(crops, str):
            broken[index] = crops
        else:
            yield from ((np.full(len(some), index), some) for some in crops)


def crops_of(image: np.ndarray, network: Network, protocol: Protocol) -> Iterator[np.ndarray]:
    """Yield the crops of an image for a network: uint8 `[crops, h, w, c]`, scale by scale.

    Raises:
        ValueError: The crops do not fit the image or the network.
    """
    expected = network.preprocessing
    if expected.size is None or expected.resize is None:
        if protocol.scales is not None or protocol.cut not in ("centre", "whole"):
            raise ValueError(
                f"{network.name!r} takes images of any size, so the size of crops is unknown: give a preprocessing."
            )
        yield image[None]
    else:
        yield from protocol.crops(image, expected.size, shorter=expected.resize, interpolation=expected.interpolation)


def flexible(model: keras.Model) -> keras.Model:
    """Return the fully convolutional form of a model, of the same layers, for images of any size.

    Convolutions slide, and the head averages their map before its dense layer.

    Raises:
        ValueError: The head needs a map of one size.
    """
    if None in model.input_shape[1:3]:
        return model
    fixed = next((layer for layer in model.layers if isinstance(layer, keras.layers.Flatten)), None)
    if fixed is not None:
        raise ValueError(
            f"{model.name!r} takes only images of {model.input_shape[1]} x {model.input_shape[2]}, as its layer "
            f"{fixed.name!r} flattens a map: evaluate it by crops."
        )
    inputs = keras.Input((None, None, model.input_shape[-1]))
    free = keras.models.clone_model(model, input_tensors=inputs, clone_function=lambda layer: layer)
    if keras.backend.backend() == "tensorflow":
        free.jit_compile = False  # XLA would compile the network anew for each size
    return free
