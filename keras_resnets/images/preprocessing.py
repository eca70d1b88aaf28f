"""From photographs to a network's input, and from its output to names of classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from keras_resnets._errors import positive_integer, unknown

CHANNELS = ("RGB", "BGR")
INTERPOLATIONS = ("bilinear", "bicubic")
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# What keras.applications calls its three ways; the means of "caffe" are of BGR pixels of 0 to 255.
KERAS_MODES: dict[str, dict[str, Any]] = {
    "tf": {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)},
    "torch": {"mean": IMAGENET_MEAN, "std": IMAGENET_STD},
    "caffe": {"mean": (103.939, 116.779, 123.68), "std": (1.0, 1.0, 1.0), "scale": 1.0, "channels": "BGR"},
}


@dataclass(frozen=True)
class Preprocessing:
    """What published weights expect of their input: `(pixels * scale - mean) / std` of the centre of a resized image.

    Attributes:
        size: height and width of the input, in pixels.
        resize: the length that an image's shorter side gets before the centre is cut out.
        interpolation: of resizing, with antialiasing: "bilinear" or "bicubic".
        mean: subtracted from the scaled pixels, for each channel in the network's order.
        std: what the difference is divided by.
        scale: of pixels 0 to 255.
        channels: the network's order, "RGB" or "BGR".
        labels: names of the classes; None for ImageNet's.

    Raises:
        ValueError: for a value that is not allowed.
    """

    size: int = 224
    resize: int = 256
    interpolation: str = "bilinear"
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD
    scale: float = 1 / 255
    channels: str = "RGB"
    labels: tuple[str, ...] | None = None

    def __post_init__(self):
        positive_integer("size", self.size)
        if positive_integer("resize", self.resize) < self.size:
            raise ValueError(f"resize must be at least the size, {self.size}, not {self.resize}.")
        if self.interpolation not in INTERPOLATIONS:
            raise ValueError(unknown("interpolation", self.interpolation, INTERPOLATIONS))
        if self.channels not in CHANNELS:
            raise ValueError(unknown("order of channels", self.channels, CHANNELS))

    def at(self, size: int) -> "Preprocessing":
        """The same for another input size; as much of an image is cut away."""
        return replace(self, size=size, resize=round(self.resize * size / self.size))

    def standardize(self, pixels: np.ndarray) -> np.ndarray:
        """RGB pixels of 0 to 255, [..., 3], of any height and width, as the network's input, float32."""
        if self.channels == "BGR":
            pixels = pixels[..., ::-1]
        # Along whole rows NumPy is five times as fast as along three channels.
        *outer, width, channels = pixels.shape
        rows = pixels.astype(np.float32, order="C").reshape(*outer, width * channels)
        rows *= np.float32(self.scale)
        rows -= np.tile(np.asarray(self.mean, np.float32), width)
        rows /= np.tile(np.asarray(self.std, np.float32), width)
        return rows.reshape(pixels.shape)

    @property
    def crop(self) -> float:
        """The fraction of the resized image's shorter side that is kept."""
        return self.size / self.resize


def keras_applications_preprocessing(mode: str, size: int = 224) -> Preprocessing:
    """The way `mode`, "caffe", "tf" or "torch", of `keras.applications`, which leaves the resizing to its users."""
    if mode not in KERAS_MODES:
        raise ValueError(unknown("mode", mode, KERAS_MODES))
    return Preprocessing(**KERAS_MODES[mode]).at(size)


def timm_preprocessing(config: Mapping[str, Any]) -> Preprocessing | None:
    """That of a timm model by its config.json; None where the file does not say.

    timm cuts the centre after resizing to `size / crop_pct`, rounded down.
    """
    given = config.get("pretrained_cfg")
    if not isinstance(given, Mapping) or not {"input_size", "mean", "std"} <= given.keys():
        return None
    size = int(given["input_size"][-1])
    labels = config.get("label_names")
    return Preprocessing(
        size=size,
        resize=int(size / float(given.get("crop_pct") or 0.875)),
        interpolation=given.get("interpolation") or "bicubic",
        mean=tuple(map(float, given["mean"])),
        std=tuple(map(float, given["std"])),
        labels=tuple(map(str, labels)) if isinstance(labels, Sequence) else None,
    )


def preprocess_input(images, of: keras.Model | Preprocessing) -> np.ndarray:
    """ImageTransform as the input that a model's published weights expect.

    Images of the input's size are taken as they are. Others are resized, with antialiasing, so that the shorter side
    fits, and their centre is cut out.

    Args:
        images: RGB, [height, width, 3] or [batch, height, width, 3], integers or floats of 0 to 255.
        of: a model built with published weights, or a `Preprocessing`, such as `model.preprocessing`.

    Returns:
        float32 [batch, size, size, 3].

    Raises:
        ValueError: if the images are not such images, or the model has no `preprocessing`.
    """
    way = _way(of)
    pixels = np.asarray(images)
    if pixels.ndim == 3:
        pixels = pixels[None]
    if pixels.ndim != 4 or pixels.shape[-1] != 3 or pixels.size == 0:
        raise ValueError(f"Images must be RGB, [batch, height, width, 3], not of the shape {np.shape(images)}.")
    pixels = pixels.astype(np.float32)
    if not (pixels.min() >= 0 and pixels.max() <= 255):
        raise ValueError(f"Images must have values of 0 to 255; these have {pixels.min():g} to {pixels.max():g}.")
    if 0 < pixels.max() <= 1 and np.asarray(images).dtype.kind == "f":
        raise ValueError("Images must have values of 0 to 255; these end at 1: multiply them by 255.")
    return way.standardize(_centre(pixels, way))


def _way(of) -> Preprocessing:
    if isinstance(of, Preprocessing):
        return of
    way = getattr(of, "preprocessing", None)
    if way is None:
        name = getattr(of, "name", type(of).__name__)
        raise ValueError(
            f"{name!r} has no preprocessing: it was not built with published weights here (a .keras file does not "
            "carry it); give a kr.weights.Preprocessing."
        )
    return way


def _centre(pixels: np.ndarray, way: Preprocessing) -> np.ndarray:
    """The centre, size x size, after the shorter side was resized."""
    height, width = pixels.shape[1:3]
    if height == width == way.size:
        return pixels
    shorter = min(height, width)
    height, width = way.resize * height // shorter, way.resize * width // shorter
    resized = keras.ops.image.resize(
        pixels, (height, width), interpolation=way.interpolation, antialias=True, data_format="channels_last"
    )
    top, left = round((height - way.size) / 2), round((width - way.size) / 2)
    cut = keras.ops.convert_to_numpy(resized)[:, top : top + way.size, left : left + way.size]
    return np.clip(cut, 0, 255)  # bicubic interpolation overshoots
