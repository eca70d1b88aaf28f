"""Networks prepared for other runtimes: folded, in float32, of supported operations, with named outputs."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from keras_resnets._errors import warn_caller
from keras_resnets._finite import refuse_outputs
from keras_resnets.evaluation.classifier import classifier_of, given_preprocessing
from keras_resnets.export.folding import functional, inference_model
from keras_resnets.export.frozen import with_constants
from keras_resnets.images.preprocessing import Preprocessing
from keras_resnets.layers import (
    GroupedConv2D,
    LocalResponseNormalization,
    Maxout,
    MirrorPadding2D,
    PointwiseConv2D,
    preprocessing_of,
)
from keras_resnets.networks.auxiliary import main_path

IMAGES = "images"  # name of the input
Replacements = Mapping[type, Callable[[Any], layers.Layer]]  # makers of equal layers, by the class that they replace
OUTPUTS = {"softmax": "probabilities", "linear": "logits"}  # name of the output by the last activation
SEED = 0  # seed of the random images of a comparison
BATCH = 8  # batch size of a comparison


@dataclasses.dataclass(frozen=True, eq=False)
class ExportModel:
    """A network ready to be converted.

    Attributes:
        network: Folded network, in float32.
        reference: Network as it was given, in float32, with which exports are compared.
        preprocessing: Preprocessing of the network's input; None if it is unknown.
        included: Whether the file standardizes pixels itself.
        labels: Names of the classes; None if they are unknown.
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
        """Names of the outputs, in order."""
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
        """Height, width and channels of the input; height and width are None if they may have any value."""
        return self.network.inputs[0].shape[1:]

    @property
    def dtype(self) -> str:
        """Type of the images that the file takes."""
        return "uint8" if self.included else "float32"

    def function(self) -> Callable:
        """Return a function `images -> {name: output}` for TensorFlow to trace, with weights as constants."""
        from keras_resnets.images.in_graph import standardize

        compute, names = with_constants(self.network), self.names
        expected = self.preprocessing if self.included else None

        def call(images):
            inputs = images if expected is None else standardize(images, expected)
            outputs = compute(inputs)
            return dict(zip(names, keras.tree.flatten(outputs), strict=True))

        return call

    def images(self, batch: int, size: int = 0) -> np.ndarray:
        """Make random inputs of the file; `size` is used where the network takes any height or width."""
        height, width, channels = self.image_shape
        random = np.random.default_rng(SEED)
        shape = (batch, height or size, width or size, channels)
        if self.included:
            return random.integers(0, 256, shape).astype(np.uint8)
        return random.normal(size=shape).astype(np.float32)

    def expected(self, images: np.ndarray) -> list[np.ndarray]:
        """Return Keras's outputs for inputs of the file, in the order of `names`.

        Raises:
            FloatingPointError: The outputs are not finite, so that no file could be compared with them.
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
        """Return the metadata of a file: network, outputs, labels and preprocessing, each in JSON."""
        given: dict[str, Any] = {"network": self.network.name, "outputs": self.names}
        if self.labels:
            given["labels"] = self.labels
        if self.preprocessing:
            given["preprocessing"] = self.preprocessing.to_config() | {"included": self.included}
        return {key: json.dumps(value, ensure_ascii=False) for key, value in given.items()}


def destination(path: str | os.PathLike[str]) -> Path:
    """Return the path of a file to be written, and make its directory.

    Raises:
        IsADirectoryError: The path is a directory.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        raise IsADirectoryError(f"{str(path)!r} is a directory: name a file.")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def prepare(source: Any, *, include_preprocessing: bool, replacements: Replacements, **lacking: Any) -> ExportModel:
    """Prepare a network for a converter, which supports none of this package's layers.

    Args:
        source: Network as for `evaluate`, or a model of any outputs, such as feature maps.
        include_preprocessing: Whether the file standardizes pixels itself.
        replacements: Makers of equal layers of supported operations, by the class that they replace.
        lacking: Values that the source lacks, as for `evaluate`.

    Raises:
        ValueError: The model cannot be folded, has several inputs or another number of classes than names, or a
            preprocessing is to be included and none is known.
    """
    model, expected, labels = _described(source, **lacking)
    if include_preprocessing and expected is None:
        raise ValueError(f"{model.name!r} has no preprocessing to include: give a kr.weights.Preprocessing or a mean.")
    if len(model.inputs) != 1 or len(model.inputs[0].shape) != 4:
        raise ValueError(f"{model.name!r} must have one input [batch, height, width, channels].")
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
    """Return the model, its preprocessing or None, and its class names, empty if they are unknown."""
    if labels is not None:
        warn_caller("labels is now class_names.", DeprecationWarning)
        class_names = labels
    if not isinstance(source, keras.Model):
        known = classifier_of(
            source, preprocessing=preprocessing, mean=mean, class_names=class_names, weights=weights, options=options
        )
        return known.model, known.preprocessing, tuple(known.class_names or ())
    model = functional(source)
    expected = given_preprocessing(model, preprocessing, mean) or preprocessing_of(source)
    names = class_names or (expected.labels if expected else None)
    return model, expected, tuple(names or ())


def largest_difference(found: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> float:
    """Return the largest difference of all outputs, as a fraction of the largest value expected; infinite with NaN."""
    worst = 0.0
    for ours, theirs in zip(found, expected, strict=True):
        if ours.shape != theirs.shape or not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
            return float("inf")
        worst = max(worst, float(np.abs(ours - theirs).max() / max(np.abs(theirs).max(), np.finfo("float32").tiny)))
    return worst


def plain(layer: layers.Conv2D) -> layers.Layer:
    """Return an equal convolution by TensorFlow's own op.

    Keras runs grouped convolutions in an XLA function, which converters skip silently, and other forms that
    `GroupedConv2D` may choose are many operations.
    """
    if layer.groups == 1:
        return layer
    config = layer.get_config() | {"implementation": "grouped"}
    return GroupedConv2D.from_config(config)


class NativeLocalResponse(LocalResponseNormalization):
    """Local response normalization by TensorFlow's own op, which converters support."""

    def call(self, x):
        import tensorflow as tf

        return tf.nn.lrn(x, self.size // 2, self.k, self.alpha, self.beta)


class StaticFlatten(layers.Flatten):
    """Flatten by a constant shape; Keras computes the shape from each batch."""

    def call(self, x):
        import tensorflow as tf

        return tf.reshape(x, (-1, *self.compute_output_shape(x.shape)[1:]))


class ConcatenatedMirror(MirrorPadding2D):
    """Mirror padding by slices and concatenations: ONNX has no padding that repeats the outermost pixels."""

    def call(self, x):
        at_start, at_end = self.margins
        for axis in (1, 2):
            before = [_line(x, axis, i) for i in reversed(range(at_start))]
            after = [_line(x, axis, -i - 1) for i in range(at_end)]
            x = keras.ops.concatenate([*before, x, *after], axis)
        return x


class StridedMaxout(Maxout):
    """Maxout by every n-th channel of the map, whose layout converters can change; Keras splits an axis in two."""

    def call(self, x):
        return functools.reduce(keras.ops.maximum, (x[..., first :: self.pieces] for first in range(self.pieces)))


def _line(x, axis, index):
    """Return one row (axis 1) or column (axis 2); a negative index counts from the end."""
    lines = slice(index, index + 1 or None)
    return x[:, lines] if axis == 1 else x[:, :, lines]


def native_local_response(layer: LocalResponseNormalization) -> layers.Layer:
    """Return an equal local response normalization by TensorFlow's own op."""
    return NativeLocalResponse.from_config(layer.get_config())


def static_flatten(layer: layers.Flatten) -> layers.Layer:
    """Return an equal layer with a constant shape, if the map's shape is known."""
    known = None not in layer.input.shape[1:] and layer.data_format == "channels_last"
    return StaticFlatten.from_config(layer.get_config()) if known else layer


def concatenated_mirror(layer: MirrorPadding2D) -> layers.Layer:
    """Return an equal padding by slices and concatenations."""
    return ConcatenatedMirror.from_config(layer.get_config())


def strided_maxout(layer: Maxout) -> layers.Layer:
    """Return an equal maxout by slices of channels."""
    return StridedMaxout.from_config(layer.get_config())


def _computes_in_float32(model: keras.Model) -> bool:
    return all(layer.compute_dtype == "float32" for layer in model._flatten_layers())


def _in_float32(model: keras.Model) -> keras.Model:
    def copied(layer):
        return type(layer).from_config({**layer.get_config(), "dtype": "float32"})

    copy = keras.models.clone_model(model, clone_function=copied, recursive=True)
    copy.set_weights(model.get_weights())
    return copy


def _replaced(model: keras.Model, replacements: Replacements) -> keras.Model:
    """Copy a model with the layers of some classes replaced by others of the same weights."""

    def replaced(layer):
        return replacements.get(type(layer), lambda same: same)(layer)

    copy = keras.models.clone_model(model, clone_function=replaced, recursive=True)
    copy.set_weights(model.get_weights())
    return copy
