"""A network as other runtimes can compute it: folded, in float32, of operations that they have, with named outputs."""

from __future__ import annotations

import dataclasses
import json
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from keras_resnets._finite import refuse_outputs
from keras_resnets.evaluation.classifier import classifier_of, less_mean
from keras_resnets.export.folding import functional, inference_model
from keras_resnets.export.frozen import with_constants
from keras_resnets.images.preprocessing import Preprocessing
from keras_resnets.layers import (
    GroupedConv2D,
    LocalResponseNormalization,
    MirrorPadding2D,
    PointwiseConv2D,
    preprocessing_of,
)
from keras_resnets.networks.auxiliary import main_path

IMAGES = "images"  # the name of the input
Replacements = Mapping[type, Callable[[Any], layers.Layer]]  # by the class of a layer, what computes the same
OUTPUTS = {"softmax": "probabilities", "linear": "logits"}  # by the last activation
SEED = 0  # of the images that an export is checked by
BATCH = 8  # images that Keras computes at once for a comparison


@dataclasses.dataclass(frozen=True, eq=False)
class ExportModel:
    """A network ready to be converted.

    Attributes:
        network: the folded network, in float32.
        reference: what it is to agree with: the network as it was given, in float32 too.
        preprocessing: What the network expects of an image, if it is known.
        included: whether the file standardizes pixels itself.
        labels: names of the classes, if anybody has named them.
    """

    network: keras.Model
    reference: keras.Model
    preprocessing: Preprocessing | None
    included: bool
    labels: tuple[str, ...] | None

    @property
    def name(self) -> str:
        """The network's name."""
        return self.network.name

    @property
    def names(self) -> list[str]:
        """Of the outputs, in order."""
        output = self.network.output
        if isinstance(output, Mapping):
            return list(output)
        operations = [tensor._keras_history.operation for tensor in keras.tree.flatten(output)]
        if len(operations) > 1:
            return [operation.name for operation in operations]
        activation = getattr(operations[0], "activation", None)
        if not isinstance(operations[0], layers.Dense | layers.Activation | layers.Softmax):
            return ["features"]
        kind = "softmax" if isinstance(operations[0], layers.Softmax) else getattr(activation, "__name__", "")
        return [OUTPUTS.get(kind, "outputs")]

    @property
    def image_shape(self) -> tuple[int | None, int | None, int]:
        """Height, width and channels of the input; the first two are None where any will do."""
        return self.network.inputs[0].shape[1:]

    @property
    def dtype(self) -> str:
        """Of the images that the file takes."""
        return "uint8" if self.included else "float32"

    def function(self) -> Callable:
        """`images -> {name: output}` for TensorFlow to trace, the weights being constants of the graph."""
        from keras_resnets.images.in_graph import standardize

        compute, names = with_constants(self.network), self.names
        expected = self.preprocessing if self.included else None

        def call(images):
            inputs = images if expected is None else standardize(images, expected)
            outputs = compute(inputs)
            return dict(zip(names, keras.tree.flatten(outputs), strict=True))

        return call

    def images(self, batch: int, size: int = 0) -> np.ndarray:
        """Random images as the file takes them; `size` is theirs where the network has none of its own."""
        height, width, channels = self.image_shape
        random = np.random.default_rng(SEED)
        shape = (batch, height or size, width or size, channels)
        if self.included:
            return random.integers(0, 256, shape).astype(np.uint8)
        return random.normal(size=shape).astype(np.float32)

    def expected(self, images: np.ndarray) -> list[np.ndarray]:
        """Return what Keras makes of images as the file takes them, in the order of `names`.

        Raises:
            FloatingPointError: if outputs are not finite: no file could be compared with them.
        """
        batches = [self._expected(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
        outputs = [np.concatenate(of_batches) for of_batches in zip(*batches, strict=True)]
        for output in outputs:
            refuse_outputs(self.reference, output)
        return outputs

    def _expected(self, images: np.ndarray) -> list[np.ndarray]:
        """Return the outputs of one batch."""
        if self.included and self.preprocessing is not None:
            images = self.preprocessing.standardize(images)
        outputs = self.reference.predict_on_batch(images)
        return [np.asarray(output) for output in keras.tree.flatten(outputs)]

    def metadata(self) -> dict[str, str]:
        """What a file says of itself: the network, its outputs, labels and preprocessing, in JSON."""
        given: dict[str, Any] = {"network": self.network.name, "outputs": self.names}
        if self.labels:
            given["labels"] = self.labels
        if self.preprocessing:
            given["preprocessing"] = self.preprocessing.to_config() | {"included": self.included}
        return {key: json.dumps(value, ensure_ascii=False) for key, value in given.items()}


def destination(path: str | os.PathLike[str]) -> Path:
    """The path of a file to be written; the directory that it will lie in is made.

    Raises:
        IsADirectoryError: if it is one.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        raise IsADirectoryError(f"{str(path)!r} is a directory: name a file.")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def prepare(source: Any, *, include_preprocessing: bool, replacements: Replacements, **lacking: Any) -> ExportModel:
    """Prepare a network for a converter that knows no layer of ours; `replacements` make, by class, others of them.

    Args:
        source: As for `evaluate`; a model need not be a classifier, it may also give maps.
        include_preprocessing: Whether the file standardizes pixels itself.
        replacements: By the class of a layer, what computes the same in the other runtime.
        lacking: What the source lacks, as for `evaluate`.

    Raises:
        ValueError: The model cannot be folded, has several inputs or another number of classes than names, or a
            preprocessing is to be included and there is none.
    """
    model, expected, labels = _described(source, **lacking)
    if include_preprocessing and expected is None:
        raise ValueError(f"{model.name!r} has no preprocessing to include: give a kr.weights.Preprocessing or a mean.")
    if len(model.inputs) != 1 or len(model.inputs[0].shape) != 4:
        raise ValueError(f"{model.name!r} is no network of one input [batch, height, width, channels].")
    given = main_path(functional(model))
    reference = given if _computes_in_float32(given) else _in_float32(inference_model(model, fold_batch_norm=False))
    network = inference_model(model)
    network = network if _computes_in_float32(network) else _in_float32(network)
    convolutions = dict.fromkeys((GroupedConv2D, PointwiseConv2D, layers.Conv2D), plain)
    network = _replaced(network, {**convolutions, layers.Flatten: static_flatten, **replacements})
    classes = network.outputs[0].shape[-1]
    if labels and len(labels) != classes:
        raise ValueError(f"There are {len(labels):,} labels for {classes:,} classes.")
    return ExportModel(network, reference, expected, include_preprocessing, labels or None)


def _described(
    source: Any,
    *,
    preprocessing: Preprocessing | None = None,
    mean: np.ndarray | None = None,
    class_names: Sequence[str] | None = None,
    labels: Sequence[str] | None = None,
    weights: str = "last",
    options: Mapping[str, Any] | None = None,
) -> tuple[keras.Model, Preprocessing | None, tuple[str, ...]]:
    """The model, what it expects of an image, and the names of its classes, as far as they are known."""
    if labels is not None:
        warnings.warn("labels is now class_names.", DeprecationWarning, stacklevel=4)
        class_names = labels
    if not isinstance(source, keras.Model):
        known = classifier_of(
            source, preprocessing=preprocessing, mean=mean, class_names=class_names, weights=weights, options=options
        )
        return known.model, known.preprocessing, tuple(known.class_names or ())
    if mean is not None and preprocessing is not None:
        raise ValueError("Give a mean or a preprocessing, not both: a preprocessing has a mean.")
    model = functional(source)
    expected = preprocessing or (preprocessing_of(source) if mean is None else less_mean(mean, model))
    names = class_names or (expected.labels if expected else None)
    return model, expected, tuple(names or ())


def largest_difference(found: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> float:
    """Return that of any output, as a fraction of the largest value expected; infinite where values are not finite."""
    worst = 0.0
    for ours, theirs in zip(found, expected, strict=True):
        if ours.shape != theirs.shape or not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
            return float("inf")
        worst = max(worst, float(np.abs(ours - theirs).max() / max(np.abs(theirs).max(), np.finfo("float32").tiny)))
    return worst


def plain(layer: layers.Conv2D) -> layers.Layer:
    """The same convolution through TensorFlow's own op: Keras runs grouped ones in an XLA function, which converters
    pass over silently, and the forms that `GroupedConv2D` may choose here are many operations."""
    if layer.groups == 1:
        return layer
    config = layer.get_config() | {"implementation": "grouped"}
    return GroupedConv2D.from_config(config)


class NativeLocalResponse(LocalResponseNormalization):
    """The same by TensorFlow's own op, which converters know."""

    def call(self, x):
        import tensorflow as tf

        return tf.nn.lrn(x, self.size // 2, self.k, self.alpha, self.beta)


class StaticFlatten(layers.Flatten):
    """The same by a constant shape: Keras's is computed anew from each batch."""

    def call(self, x):
        import tensorflow as tf

        return tf.reshape(x, (-1, *self.compute_output_shape(x.shape)[1:]))


class ConcatenatedMirror(MirrorPadding2D):
    """The same of slices and concatenations: ONNX has no padding that repeats the outermost pixels in its mirror."""

    def call(self, x):
        for axis in (1, 2):
            before = [_line(x, axis, i) for i in reversed(range(self.margin))]
            after = [_line(x, axis, -i - 1) for i in range(self.margin)]
            x = keras.ops.concatenate([*before, x, *after], axis)
        return x


def _line(x, axis, index):
    """One row (axis 1) or column (axis 2), counted from the end where the index is negative."""
    lines = slice(index, index + 1 or None)
    return x[:, lines] if axis == 1 else x[:, :, lines]


def native_local_response(layer: LocalResponseNormalization) -> layers.Layer:
    """The same normalization by TensorFlow's own op."""
    return NativeLocalResponse.from_config(layer.get_config())


def static_flatten(layer: layers.Flatten) -> layers.Layer:
    """The same by a constant shape, where the map's is known."""
    known = None not in layer.input.shape[1:] and layer.data_format == "channels_last"
    return StaticFlatten.from_config(layer.get_config()) if known else layer


def concatenated_mirror(layer: MirrorPadding2D) -> layers.Layer:
    """The same padding of slices and concatenations."""
    return ConcatenatedMirror.from_config(layer.get_config())


def _computes_in_float32(model: keras.Model) -> bool:
    return all(layer.compute_dtype == "float32" for layer in model._flatten_layers())


def _in_float32(model: keras.Model) -> keras.Model:
    def copied(layer):
        return type(layer).from_config({**layer.get_config(), "dtype": "float32"})

    copy = keras.models.clone_model(model, clone_function=copied, recursive=True)
    copy.set_weights(model.get_weights())
    return copy


def _replaced(model: keras.Model, replacements: Replacements) -> keras.Model:
    """`model` with other layers of the same weights in place of those of some classes."""

    def replaced(layer):
        return replacements.get(type(layer), lambda same: same)(layer)

    copy = keras.models.clone_model(model, clone_function=replaced, recursive=True)
    copy.set_weights(model.get_weights())
    return copy
