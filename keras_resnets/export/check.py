"""Check of a SavedModel before it is published: run in a process without Keras, and compared with the Keras model."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

from keras_resnets._finite import refuse_outputs
from keras_resnets.export import signatures
from keras_resnets.export.encoded import NO_KIND
from keras_resnets.export.served import Served
from keras_resnets.images.with_pillow import center_crop, pixels_of

# Largest differences that rounding explains.
PROBABILITIES = 1e-5  # in float32
FEATURES = 1e-4  # in float32, as a fraction of the largest feature
HALF_PRECISION = 2e-2  # of networks that compute in bfloat16 or float16
LEVELS = 4  # of 255, between Pillow's pixels and TensorFlow's; most are equal, few differ by more than one
NO_IMAGE = b"no image"


def check(version: Path, served: Served, *, dtype: str, most_pixels: int) -> dict[str, float]:
    """Run a SavedModel in a fresh process and compare it with the Keras model on images that Pillow has decoded.

    Returns:
        Largest differences by name: of "pixels" (levels of 255), "probabilities", "scores" and "features".

    Raises:
        FloatingPointError: The Keras model's outputs are not finite.
        ValueError: A difference is too large, or the SavedModel cannot run on servers.
    """
    files = encoded_images(served)
    centres, differ = compared_centres(files, served, most_pixels)
    photographs = images(served)
    probabilities, features = of_keras(served, centres)
    many, _ = of_keras(served, centres_of_arrays(photographs, served))
    given = {
        f"{signatures.SERVING}/{signatures.IMAGES}/0": centres[:2].astype(dtype),
        f"{signatures.SERVING}/{signatures.IMAGES}/1": photographs.astype(dtype),
        f"{signatures.FEATURES}/{signatures.IMAGES}/0": centres[:2].astype(dtype),
        f"{signatures.BYTES}/{signatures.IMAGE_BYTES}/0": packed([*files[:1], NO_IMAGE, *files[1:]]),
    }
    if "features" not in served.outputs.output:
        given = {key: value for key, value in given.items() if not key.startswith(signatures.FEATURES)}
    found = asked(version, given)

    scores, classes, error = (found[f"{signatures.BYTES}/{name}/0"] for name in ("scores", "classes", "error"))
    if error[1] != NO_KIND or scores[1].any() or "".join(classes[1]) or any(np.delete(error, 1)):
        raise ValueError(f"The export must report the second of {len(error)} files alone, not {error.tolist()}.")
    scores, classes = np.delete(scores, 1, 0), np.delete(classes, 1, 0)
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, : scores.shape[1]]
    best = np.take_along_axis(probabilities, order, 1)
    numbers = {label: k for k, label in reversed(list(enumerate(served.labels)))}
    named = np.array(
        [[row[numbers[label]] for label in names] for row, names in zip(probabilities, classes, strict=True)]
    )
    differences = {
        "pixels": differ,
        "probabilities": max(
            largest(found[f"{signatures.SERVING}/probabilities/0"], probabilities[:2]),
            largest(found[f"{signatures.SERVING}/probabilities/1"], many),
        ),
        "scores": largest(scores, best),
    }
    if len(numbers) == len(served.labels):  # no two classes of one name
        differences["scores"] = max(differences["scores"], largest(scores, named))
    if features is not None:
        scale = max(1.0, float(np.abs(features).max()))
        differences["features"] = largest(found[f"{signatures.FEATURES}/features/0"], features[:2]) / scale
    refuse(differences, allowed(served))
    return differences


def refuse(differences: dict[str, float], limits: dict[str, float]) -> None:
    """Refuse an export whose differences are too large.

    Raises:
        ValueError: A difference is above its limit, or NaN.
    """
    for name, difference in differences.items():
        if not difference <= limits[name]:
            raise ValueError(
                f"The export differs from the model: its {name} by {difference:.3g}, more than {limits[name]:g}; it "
                "was deleted."
            )


def allowed(served: Served) -> dict[str, float]:
    """Return the largest differences that rounding explains, by name."""
    half = any(layer.compute_dtype != "float32" for layer in served.network.model.layers)
    rounding = HALF_PRECISION if half else PROBABILITIES
    return {
        "pixels": LEVELS,
        "probabilities": rounding,
        "scores": rounding,
        "features": max(rounding, FEATURES),
    }


def largest(found: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest absolute difference; infinite where the shapes differ or values are not finite."""
    if found.shape != expected.shape or not (np.isfinite(found).all() and np.isfinite(expected).all()):
        return float("inf")
    return float(np.abs(found - expected).max())


def asked(version: Path, requests: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the answers of a process that has TensorFlow, and neither Keras nor this package; see `probe`.

    Raises:
        ValueError: The SavedModel cannot be loaded or run there, or could not on servers.
    """
    probe = resources.files("keras_resnets.export").joinpath("probe.py").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        given, answers = Path(folder) / "given.npz", Path(folder) / "answers.npz"
        np.savez(given, **requests)  # type: ignore[arg-type]
        done = subprocess.run(
            [sys.executable, "-c", probe, str(version), str(given), str(answers)],
            # The expected values were computed on the processor too: accelerators round otherwise.
            env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"},
            cwd=folder,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            last = (done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1]
            raise ValueError(f"The export cannot be loaded and run by TensorFlow alone: {last}")
        with np.load(answers, allow_pickle=False) as file:
            found = dict(file)
    faults = found.pop("faults")
    if faults.size:
        raise ValueError(f"The export would not run on a server: {'; '.join(faults[:3].tolist())}.")
    return found


def of_keras(served: Served, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the Keras model's probabilities of uint8 center crops, and its features or None.

    Raises:
        FloatingPointError: The outputs are not finite.
    """
    with tf.device("CPU"):
        found = served.outputs(served.expected.standardize(centres), training=False)
    values = {name: np.asarray(tf.cast(tensor, tf.float32)) for name, tensor in found.items()}
    for value in values.values():
        refuse_outputs(served.network.model, value)
    outputs, features = values["outputs"], values.get("features")
    if features is not None and features.ndim == 4:
        features = features.mean((1, 2))
    return outputs if served.gives_probabilities else np.asarray(tf.nn.softmax(outputs)), features


def compared_centres(files: list[bytes], served: Served, most_pixels: int) -> tuple[np.ndarray, float]:
    """Return the graph's center crops of files, uint8, and their largest difference from Pillow's, in levels of 255."""
    with tf.device("CPU"):
        ours, error = signatures.pixels_of(tf.constant(files), served, most_pixels)
    if any(error.numpy()):
        raise ValueError(f"The graph cannot read the images of its own check: {error.numpy()!r}.")
    ours = ours.numpy().astype(np.uint8)
    theirs = np.concatenate([by_pillow(file, served) for file in files])
    return ours, float(np.abs(ours.astype(int) - theirs.astype(int)).max())


def by_pillow(file: bytes, served: Served) -> np.ndarray:
    """Return the center crop of a file as in evaluation, uint8 [1, size, size, channels]."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "image"
        path.write_bytes(file)
        pixels = pixels_of(path, served.network.channels)
    return center_crop(pixels, served.expected)[None]


def centres_of_arrays(arrays: np.ndarray, served: Served) -> np.ndarray:
    """Return the center crops of images of one size by the graph, uint8."""
    with tf.device("CPU"):
        return signatures.centred(tf.constant(arrays), served).numpy().astype(np.uint8)


def images(served: Served) -> np.ndarray:
    """Make two images that are a third wider than the network's input, uint8 [2, height, width, channels]."""
    size = served.size
    return np.stack([smooth(size, size * 4 // 3, seed)[..., : served.network.channels] for seed in (1, 2)])


def encoded_images(served: Served) -> list[bytes]:
    """Make JPEGs and a PNG: of the network's size, landscape, portrait, rotated by Exif, and gray."""
    size = served.size
    exif = Image.Exif()
    exif[0x0112] = 6
    return [
        encoded(smooth(size, size, 0), "JPEG"),
        encoded(smooth(size + 7, 2 * size, 1), "JPEG"),
        encoded(smooth(2 * size, size + 9, 2), "PNG"),
        encoded(smooth(size + 11, 2 * size, 3), "JPEG", exif=exif.tobytes()),
        encoded(smooth(size + 5, size + 8, 4)[..., 0], "JPEG"),
    ]


def smooth(height: int, width: int, seed: int) -> np.ndarray:
    """Make an image without sharp edges, uint8 [height, width, 3]."""
    small = Image.fromarray(np.random.default_rng(seed).integers(0, 256, (3, 4, 3), dtype=np.uint8))
    return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))


def encoded(pixels: np.ndarray, kind: str, **options: Any) -> bytes:
    """Return pixels as the bytes of an image file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, quality=95, **options)
    return buffer.getvalue()


def packed(files: list[bytes]) -> np.ndarray:
    """Pack files into uint8 [n, longest], each after its length: an array of bytes would lose trailing zeros."""
    rows = np.zeros((len(files), 4 + max(map(len, files))), np.uint8)
    for row, file in zip(rows, files, strict=True):
        row[: 4 + len(file)] = np.frombuffer(len(file).to_bytes(4, "little") + file, np.uint8)
    return rows
