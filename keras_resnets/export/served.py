"""What is served: a network that gives probabilities and features, and what it does with an image before."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_resnets._errors import positive_integer
from keras_resnets.evaluation import Judged, Opened, judged, open_network
from keras_resnets.evaluation.evaluator import flexible
from keras_resnets.evaluation.metrics import gives_probabilities
from keras_resnets.export.folding import inference_model
from keras_resnets.weights import Preprocessing
from keras_resnets.weights.classes import imagenet_classes

CHANNELS = (1, 3)
IMAGENET_CLASSES = 1000


@dataclass(frozen=True, eq=False)
class Served:
    """A network ready for export.

    Attributes:
        network: the network for inference, whose `size` and `shorter` say what an image is brought to.
        labels: names of the classes, in order; their numbers if nobody has named them.
        origin: what is known of where it comes from, for the record.
    """

    network: Judged
    labels: tuple[str, ...]
    origin: Mapping[str, Any]

    @property
    def size(self) -> int:
        """Height and width of the network's input."""
        return self.network.size  # type: ignore[return-value]

    @property
    def side(self) -> int:
        """What an image's shorter side becomes before its centre is cut out."""
        return self.network.shorter  # type: ignore[return-value]

    @functools.cached_property
    def outputs(self) -> keras.Model:
        """The model of {"outputs": probabilities or logits, "features": what the classifier reads}; the latter only
        where there is a classifier, the last layer with weights."""
        model = self.network.model
        found = {"outputs": model.output}
        read = _read_by_classifier(model.output)
        if read is not None:
            found["features"] = read
        return keras.Model(model.inputs[0], found, name=model.name)

    @property
    def gives_probabilities(self) -> bool:
        """Whether the network ends in a softmax; else it gives logits."""
        return gives_probabilities(self.network.model)


def _read_by_classifier(tensor):
    """What the last layer with weights on the way to a Keras tensor reads; None if it is no classifier."""
    operation, node, _ = tensor._keras_history
    inputs = operation._inbound_nodes[node].input_tensors
    if getattr(operation, "weights", None):
        return inputs[0] if isinstance(operation, keras.layers.Dense | keras.layers.Conv2D) else None
    return _read_by_classifier(inputs[0]) if len(inputs) == 1 else None


def served(
    source: keras.Model | Opened | str | os.PathLike[str],
    *,
    class_names: Sequence[str] | None = None,
    mean: np.ndarray | None = None,
    preprocessing: Preprocessing | None = None,
    size: int | None = None,
    fold_batch_norm: bool = False,
    weights: str = "last",
    options: Mapping[str, Any] | None = None,
) -> Served:
    """A model, or what `evaluation.open_network` opens, ready for export; see `export_saved_model`.

    Raises:
        TypeError: if the source is neither.
        ValueError: if the model is not built, or what it takes or gives is not what can be served.
        FileNotFoundError: if there is no such run or file.
    """
    opened = _opened(source, mean, preprocessing, weights, options)
    network = replace(opened.network, model=inference_model(opened.network.model, fold_batch_norm=fold_batch_norm))
    network = _of_size(network, size)
    if network.channels not in CHANNELS:
        raise ValueError(
            f"{network.model.name!r} takes images of {network.channels} channels: gray ones, of 1, and RGB, of 3, can "
            "be served."
        )
    return Served(network, _labels(opened, network, class_names), _origin(source, opened))


def _opened(source, mean, preprocessing, weights, options) -> Opened:
    if isinstance(source, Opened):
        return source
    if isinstance(source, str | os.PathLike):
        if mean is not None:
            raise ValueError("mean is for a model; a run has its own, and other networks a preprocessing.")
        return open_network(source, weights=weights, preprocessing=preprocessing, options=options)
    if not isinstance(source, keras.Model):
        raise TypeError(
            f"A keras.Model is exported, or a run's directory, a .keras file or NETWORK@WEIGHTS, not {source!r:.80}."
        )
    if not source.built:
        raise ValueError(f"{source.name!r} is not built: give it a keras.Input, or call it on images, before.")
    if not getattr(source, "inputs", None) or len(source.inputs) != 1 or len(source.inputs[0].shape) != 4:
        raise ValueError(
            f"{source.name!r} is no functional model of one input [batch, height, width, channels], which alone can be "
            "exported."
        )
    way = preprocessing or (getattr(source, "preprocessing", None) if mean is None else None)
    network = judged(source, mean=mean, preprocessing=preprocessing)
    return Opened(network, way.labels if way is not None else None)


def _of_size(network: Judged, size: int | None) -> Judged:
    """The network for images of `size` x `size`; by default of the size that it was made for."""
    if size is None:
        if network.size is not None:
            return network
        sides = network.model.input_shape[1:3]
        asked = "give size=, what images are brought to" if sides == (None, None) else "only squares can be served"
        raise ValueError(f"{network.model.name!r} takes images of {sides[0]} x {sides[1]}: {asked}.")
    positive_integer("size", size)
    if size == network.size:
        return network
    if network.mean is not None and np.shape(network.mean)[:-1] not in ((), (1, 1), (size, size)):
        raise ValueError(
            f"{network.model.name!r} subtracts a mean image of {network.size} x {network.size} pixels: it cannot be "
            f"exported for {size} x {size}."
        )
    shorter = size if network.size is None else round(network.shorter * size / network.size)  # type: ignore[operator]
    return replace(network, model=flexible(network.model), size=size, shorter=shorter)


def _labels(opened: Opened, network: Judged, class_names: Sequence[str] | None) -> tuple[str, ...]:
    names = class_names or opened.class_names
    if names is None and network.preprocessing is not None and network.classes == IMAGENET_CLASSES:
        try:
            names = [name for _, name in imagenet_classes()]
        except OSError as error:
            raise OSError(f"{error} Or give class_names, the classes in their order.") from error
    labels = tuple(map(str, range(network.classes) if names is None else names))
    if len(labels) != network.classes:
        raise ValueError(
            f"There are {len(labels):,} class names, but {network.model.name!r} has {network.classes:,} classes."
        )
    return labels


def _origin(source, opened: Opened) -> dict[str, Any]:
    """Where the network comes from, with no path of this machine."""
    origin: dict[str, Any] = {"network": opened.network.model.name}
    if isinstance(source, str | os.PathLike):
        name, at, of = os.fspath(source).partition("@")
        origin["source"] = f"{name}@{Path(of).name}" if at else Path(name).name
    if opened.run is not None:
        config = opened.run.read_config()
        told = ("network", "network_options", "dataset", "recipe", "seed", "train_images", "test_images", "versions")
        origin["run"] = {name: config[name] for name in told if name in config}
        if opened.run.result.exists():
            origin["run"]["result"] = opened.run.read_result()
    return origin
