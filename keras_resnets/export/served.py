"""Networks prepared for TensorFlow Serving: probabilities, features, preprocessing and class names."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from keras_resnets._errors import positive_integer
from keras_resnets.evaluation import Classifier, Origin
from keras_resnets.evaluation.forward import flexible
from keras_resnets.evaluation.metrics import gives_probabilities
from keras_resnets.export.folding import inference_model
from keras_resnets.images.preprocessing import Preprocessing
from keras_resnets.weights.classes import imagenet_classes

CHANNELS = (1, 3)
IMAGENET_CLASSES = 1000


@dataclass(frozen=True, eq=False)
class Served:
    """A network ready for export.

    Attributes:
        network: Network for inference.
        labels: Names of the classes, in order; their numbers where they have none.
        origin: Source of the network, for provenance.json.
    """

    network: Classifier
    labels: tuple[str, ...]
    origin: Mapping[str, Any]

    @property
    def size(self) -> int:
        """Height and width of the network's input."""
        return self.network.preprocessing.lengths[0]

    @property
    def expected(self) -> Preprocessing:
        """Preprocessing of the network's input."""
        return self.network.preprocessing

    @functools.cached_property
    def outputs(self) -> keras.Model:
        """Model of {"outputs": probabilities or logits, "features": input of the classifier}.

        "features" exists only if the last layer with weights is a dense layer or a convolution.
        """
        model = self.network.model
        found = {"outputs": model.output}
        read = _read_by_classifier(model.output)
        if read is not None:
            found["features"] = read
        return keras.Model(model.inputs[0], found, name=model.name)

    @property
    def gives_probabilities(self) -> bool:
        """Whether the network ends in a softmax; otherwise it gives logits."""
        return gives_probabilities(self.network.model)


def _read_by_classifier(tensor):
    """Return the input of the last layer with weights ahead of a tensor; None if it is not a classifier."""
    operation, node, _ = tensor._keras_history
    inputs = operation._inbound_nodes[node].input_tensors
    if getattr(operation, "weights", None):
        return inputs[0] if isinstance(operation, keras.layers.Dense | keras.layers.Conv2D) else None
    return _read_by_classifier(inputs[0]) if len(inputs) == 1 else None


def served(classifier: Classifier, *, size: int | None = None, fold_batch_norm: bool = False) -> Served:
    """Prepare a classifier for export; see `export_saved_model`.

    Raises:
        ValueError: The model cannot be folded, or takes images that cannot be served.
    """
    if classifier.channels not in CHANNELS:
        raise ValueError(
            f"{classifier.name!r} takes images of {classifier.channels} channels: only gray images, of 1, and RGB, of "
            "3, can be served."
        )
    model = inference_model(classifier.model, fold_batch_norm=fold_batch_norm)
    network = _of_size(replace(classifier, model=model), size)
    return Served(network, _labels(network), _origin(classifier.origin, network.name))


def _of_size(network: Classifier, size: int | None) -> Classifier:
    """Return the classifier for images of `size` x `size`; by default of its own size."""
    expected = network.preprocessing
    if size is None:
        if expected.size is not None:
            return network
        sides = network.model.input_shape[1:3]
        asked = "give size=, what images are brought to" if sides == (None, None) else "only squares can be served"
        raise ValueError(f"{network.name!r} takes images of {sides[0]} x {sides[1]}: {asked}.")
    positive_integer("size", size)
    if size == expected.size:
        return network
    try:
        expected = expected.at(size)
    except ValueError as error:
        raise ValueError(f"{network.name!r} cannot be exported for {size} x {size}: {error}") from None
    return replace(network, model=flexible(network.model), preprocessing=expected)


def _labels(network: Classifier) -> tuple[str, ...]:
    """Return the classifier's class names, or those of ImageNet if its preprocessing is ImageNet's, or numbers."""
    names = network.class_names
    if names is None and network.classes == IMAGENET_CLASSES and np.any(network.preprocessing.mean):
        try:
            names = [name for _, name in imagenet_classes()]
        except OSError as error:
            raise OSError(f"{error} Or give class_names, the classes in their order.") from error
    return tuple(map(str, range(network.classes) if names is None else names))


def _origin(known: Origin, network: str) -> dict[str, Any]:
    """Describe the source of the network, without paths of this machine."""
    origin: dict[str, Any] = {"network": network}
    if known.source is not None:
        origin["source"] = known.source
    if known.run is not None:
        config = known.run.read_config()
        kept = ("network", "network_options", "dataset", "recipe", "seed", "train_images", "test_images", "versions")
        origin["run"] = {name: config[name] for name in kept if name in config}
        if known.run.result.exists():
            origin["run"]["result"] = known.run.read_result()
    return origin
