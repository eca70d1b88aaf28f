"""Networks as LiteRT (TensorFlow Lite) files, in float32 or quantized, compared with Keras."""

from __future__ import annotations

import functools
import json
import os
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras_resnets._checking import checked
from keras_resnets._errors import unknown
from keras_resnets._files import replacing
from keras_resnets.evaluation.classifier import Given, names_lacking
from keras_resnets.evaluation.pictures import some_image_files
from keras_resnets.export.frozen import needs_tensorflow
from keras_resnets.export.prepare import (
    BATCH,
    IMAGES,
    OUTPUTS,
    ExportModel,
    Replacements,
    destination,
    largest_difference,
    native_local_response,
    prepare,
)
from keras_resnets.images.preprocessing import Preprocessing
from keras_resnets.images.with_pillow import center_crop, pixels_of
from keras_resnets.layers import LocalResponseNormalization

INT8 = "int8"
# Largest allowed differences by quantization, as fractions of the largest output; those of int8 are only reported.
TOLERANCES = {None: 1e-4, "float16": 2e-2, INT8: float("inf")}
MOST_REPRESENTATIVE = 500  # images of a folder that set the ranges of maps
RANDOM_IMAGES = 8  # images of the comparison with Keras if none are given
METADATA, LABELS = "metadata.json", "labels.txt"
REPLACEMENTS: Replacements = {LocalResponseNormalization: native_local_response}


@dataclass(frozen=True)
class LiteRTFile:
    """Record of a file that `export_litert` has written, and of its comparison with Keras.

    Attributes:
        path: Path of the file.
        quantize: None, "float16" or "int8".
        bytes: Size of the file.
        images: Number of images compared.
        largest_difference: Largest difference of an output, as a fraction of the largest output.
        top1_agreement: Fraction of images, 0 to 1, of the same predicted class; None without a classifier.
        top1_keras: Top-1 accuracy of Keras, 0 to 1; None if the images' classes are unknown.
        top1_litert: Top-1 accuracy of LiteRT, 0 to 1; None if the images' classes are unknown.
    """

    path: Path
    quantize: str | None
    bytes: int
    images: int
    largest_difference: float
    top1_agreement: float | None
    top1_keras: float | None
    top1_litert: float | None

    def __str__(self) -> str:
        text = f"{self.path}: {self.quantize or 'float32'}, {self.bytes / 1e6:.1f} MB; on {self.images:,} images "
        text += f"within {self.largest_difference:.1e} of Keras"
        if self.top1_agreement is not None:
            text += f", the same class for {100 * self.top1_agreement:.2f} %"
        if self.top1_keras is not None and self.top1_litert is not None:
            text += f", top-1 accuracy {100 * self.top1_litert:.2f} % (Keras {100 * self.top1_keras:.2f} %)"
        return text


@functools.partial(checked, old={"labels"})
@names_lacking
def export_litert(
    model: Given,
    path: str | os.PathLike[str],
    *,
    quantize: str | None = None,
    representative: np.ndarray | Iterable[np.ndarray] | str | os.PathLike[str] | None = None,
    images: np.ndarray | tuple[np.ndarray, np.ndarray] | None = None,
    include_preprocessing: bool = False,
    **lacking: Any,
) -> LiteRTFile:
    """Write a network as a LiteRT file (`.tflite`), and compare it with Keras.

    The file holds `inference_model(model)`, with the input "images" (a batch of one, unless the interpreter resizes it)
    and the output "probabilities", "logits" or "features", as in `export_onnx`. Labels and preprocessing, if they are
    known, are attached as `labels.txt` and `metadata.json`: the file opens as a ZIP archive.

    Args:
        model: A network as `evaluate` takes it, or a functional or Sequential model of one input
            `[batch, height, width, channels]`, of known height and width.
        path: Path of the file; an existing one is replaced.
        quantize: None for float32; "float16" for weights in float16; "int8" for weights and maps in int8 wherever
            LiteRT supports it, with input and output unchanged.
        representative: For "int8", some hundred inputs of the file, `[n, height, width, channels]`, which set the
            ranges of the maps; or an iterable of such arrays; or a folder of image files, or of folders of them, of
            which at most 500 are read and preprocessed as the network expects it.
        images: Inputs of the file to compare on, `[n, height, width, channels]`, or a pair of these and their classes,
            int [n]; by default random images.
        include_preprocessing: Whether the file takes uint8 pixels of the network's size and standardizes them itself.
        preprocessing, mean, class_names, weights, options: Values that the network lacks, as for `evaluate`.

    Raises:
        FloatingPointError: The model's outputs are not finite.
        ImportError: ai-edge-litert is missing.
        OSError: The file cannot be written.
        RuntimeError: Keras runs on another backend than TensorFlow.
        ValueError: An option is not allowed, images have another shape, the model cannot be folded, or LiteRT differs
            from Keras by more than 1e-4 of the largest output (2e-2 with "float16"; NaN or infinity with "int8");
            `path` then stays as it was.
    """
    _check_options(quantize, representative)
    _interpreter()
    path = destination(path)
    network = prepare(model, include_preprocessing=include_preprocessing, replacements=REPLACEMENTS, **lacking)
    if None in network.image_shape:
        raise ValueError(f"LiteRT needs images of one size: build {network.name!r} with an input_shape.")
    compared, classes = _compared(network, images)
    expected = network.expected(compared)
    with replacing(path) as temporary:
        temporary.write_bytes(_converted(network, quantize, _calibration(network, representative)))
        _attach(network, temporary)
        found = _outputs(network, temporary, compared)
        difference = largest_difference(found, expected)
        if not (difference <= TOLERANCES[quantize] and np.isfinite(difference)):
            raise ValueError(
                f"LiteRT differs from Keras by {difference:.2g} of the largest output of {network.name!r}, more than "
                f"{quantize or 'float32'} explains: {str(path)!r} was not written."
            )
    return LiteRTFile(
        path, quantize, path.stat().st_size, len(compared), difference, *_top1(network, found[0], expected[0], classes)
    )


def _check_options(quantize: str | None, representative: Any) -> None:
    if quantize not in TOLERANCES:
        raise ValueError(unknown("quantization", quantize, [name for name in TOLERANCES if name]))
    if (quantize == INT8) != (representative is not None):
        raise ValueError('Give representative images, some hundred, with quantize="int8" and only with it.')
    needs_tensorflow("An export to LiteRT")


def _interpreter():
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        raise ImportError(
            "LiteRT files need the package ai-edge-litert: pip install 'keras_resnets[litert]'."
        ) from None
    return Interpreter


def _compared(network: ExportModel, images) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the images to compare on, and their classes or None."""
    if images is None:
        return network.images(RANDOM_IMAGES), None
    pixels, classes = images if isinstance(images, tuple) else (images, None)
    pixels = _checked(network, pixels)
    if classes is not None and np.shape(classes) != (len(pixels),):
        raise ValueError(f"There are {len(pixels):,} images, but their classes are of the shape {np.shape(classes)}.")
    return pixels, classes if classes is None else np.asarray(classes)


def _checked(network: ExportModel, images) -> np.ndarray:
    pixels = np.asarray(images)
    if pixels.shape[1:] != network.image_shape or not len(pixels):
        height, width, channels = network.image_shape
        raise ValueError(f"Images must be [n, {height}, {width}, {channels}], not of the shape {pixels.shape}.")
    if network.included and pixels.dtype != np.uint8:
        raise ValueError(f"With its preprocessing the file takes uint8 pixels, not {pixels.dtype}.")
    return pixels.astype(network.dtype)


def _converted(network: ExportModel, quantize: str | None, representative) -> bytes:
    import tensorflow as tf

    spec = tf.TensorSpec((None, *network.image_shape), network.dtype, name=IMAGES)
    function = tf.function(network.function(), input_signature=[spec]).get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], tf.Module())
    if quantize:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if quantize == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if quantize == INT8:
        converter.representative_dataset = lambda: _one_by_one(network, representative)
    return converter.convert()


def _calibration(network: ExportModel, representative: Any) -> Any:
    """Return representative images as arrays; those of a folder are read one by one, spread evenly over its files.

    Raises:
        ValueError: The folder is missing or has no images, or the network's preprocessing is unknown.
    """
    if not isinstance(representative, str | os.PathLike):
        return representative
    folder = Path(representative)
    if not folder.is_dir():
        raise ValueError(f"Cannot find folder {str(folder)!r} of representative images.")
    files = some_image_files(folder, *sorted(filter(Path.is_dir, folder.iterdir())))
    if network.preprocessing is None:
        raise ValueError(
            f"{network.name!r} has no preprocessing for image files: give a kr.weights.Preprocessing or a mean."
        )
    chosen = np.linspace(0, len(files) - 1, min(len(files), MOST_REPRESENTATIVE)).round().astype(int)
    return (_input_of(network, network.preprocessing, files[index])[None] for index in chosen)


def _input_of(network: ExportModel, expected: Preprocessing, file: Path) -> np.ndarray:
    """Return an image file as the exported file takes it."""
    pixels = center_crop(pixels_of(file, network.image_shape[2]), expected)
    return pixels if network.included else expected.standardize(pixels[None])[0]


def _one_by_one(network: ExportModel, representative) -> Iterator[list[np.ndarray]]:
    batches = [representative] if isinstance(representative, np.ndarray) else representative
    for batch in batches:
        for image in _checked(network, batch):
            yield [image[None]]


def _attach(network: ExportModel, file: Path) -> None:
    """Append metadata and labels to the file, where TensorFlow Lite keeps associated files."""
    metadata = {key: json.loads(value) for key, value in network.metadata().items()}
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(METADATA, json.dumps(metadata, indent=1, ensure_ascii=False))
        if network.labels:
            archive.writestr(LABELS, "".join(f"{label}\n" for label in network.labels))


def _outputs(network: ExportModel, file: Path, images: np.ndarray) -> list[np.ndarray]:
    """Return LiteRT's outputs for the images."""
    run = _interpreter()(model_path=str(file)).get_signature_runner()
    found = []
    for start in range(0, len(images), BATCH):
        outputs = run(**{IMAGES: images[start : start + BATCH]})
        found.append([outputs[name] for name in network.names])
    return [np.concatenate(o) for o in zip(*found, strict=True)]


def _top1(network: ExportModel, found: np.ndarray, expected: np.ndarray, classes: np.ndarray | None):
    """Return the agreement and the accuracies of Keras and of LiteRT; None for those that are undefined."""
    if network.names[0] not in OUTPUTS.values():
        return None, None, None
    ours, theirs = found.argmax(axis=1), expected.argmax(axis=1)
    agreement = float((ours == theirs).mean())
    if classes is None:
        return agreement, None, None
    return agreement, float((theirs == classes).mean()), float((ours == classes).mean())
