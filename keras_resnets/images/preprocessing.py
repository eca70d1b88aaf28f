"""Preprocessing of a network's input, in one record: size, resizing, mean and standard deviation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from keras_resnets._checking import checked
from keras_resnets._errors import positive_integer, unknown

CHANNELS = ("RGB", "BGR", "L")
UNNAMED = "X"  # one for each channel that has no name, as in multispectral images
INTERPOLATIONS = ("bilinear", "bicubic")
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# The three modes of keras.applications; the means of "caffe" are of BGR pixels of 0 to 255.
KERAS_MODES: dict[str, dict[str, Any]] = {
    "tf": {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)},
    "torch": {"mean": IMAGENET_MEAN, "std": IMAGENET_STD},
    "caffe": {"mean": (103.939, 116.779, 123.68), "std": (1.0, 1.0, 1.0), "scale": 1.0, "channels": "BGR"},
}


def center_offset(resized: Any, size: Any) -> Any:
    """Return the first row, or column, of the centered crop; halves round to even, as torchvision and timm do.

    Every renderer takes this one: NumPy's images, TensorFlow's graphs, training's validation.

    Args:
        resized: Length of the image's side, an integer or an array or tensor of integers.
        size: Length of the crop's side.
    """
    room = resized - size
    half = room // 2
    return half + (room % 2) * (half % 2)


@checked
@dataclass(frozen=True, eq=False)
class Preprocessing:
    """Preprocessing of a network's input: resizing, center crop, and `(pixels * scale - mean) / std`.

    Published weights have that of their training; a network trained here has the size and mean of its training images.

    Attributes:
        size: Height and width of the input, in pixels; None where images are taken as they are.
        resize: Length that an image's shorter side gets before the center is cut out; None with a size of None.
        interpolation: Of resizing, with antialiasing: "bilinear" or "bicubic".
        mean: Subtracted from the scaled pixels: a value a channel, in the network's order, or a mean image, float32
            `[height, width, channels]`.
        std: Divides the difference: a value a channel.
        scale: Factor of pixels of 0 to 255.
        channels: Order that the network reads: "RGB", "BGR", "L" (gray), or an "X" for each of other channels.
        labels: Names of the classes, in order; None where they are unknown, or ImageNet's.

    Raises:
        ValueError: A value is not allowed.
    """

    size: int | None = 224
    resize: int | None = 256
    interpolation: str = "bilinear"
    mean: Sequence[float] | np.ndarray = IMAGENET_MEAN
    std: Sequence[float] = IMAGENET_STD
    scale: float = 1 / 255
    channels: str = "RGB"
    labels: Sequence[str] | None = None

    def __post_init__(self) -> None:
        if (self.size is None) != (self.resize is None):
            raise ValueError(f"size and resize are both given or both None, not {self.size} and {self.resize}.")
        if self.size is not None and positive_integer("resize", self.resize) < positive_integer("size", self.size):
            raise ValueError(f"resize must be at least the size, {self.size}, not {self.resize}.")
        if self.interpolation not in INTERPOLATIONS:
            raise ValueError(unknown("interpolation", self.interpolation, INTERPOLATIONS))
        if self.channels not in CHANNELS and self.channels.strip(UNNAMED):
            raise ValueError(unknown("order of channels", self.channels, CHANNELS))
        mean = np.asarray(self.mean, np.float64 if np.ndim(self.mean) < 2 else np.float32)
        std, depth = np.asarray(self.std, np.float64), len(self.channels)
        if mean.shape not in ((depth,), self._image_shape(mean)):
            raise ValueError(
                f"mean is {depth} values or an image [height, width, {depth}] of the size {self.size}, not of the "
                f"shape {mean.shape}."
            )
        if std.shape != (depth,) or not (np.isfinite(std) & (std > 0)).all():
            raise ValueError(f"std is {depth} values above 0, not {self.std!r:.80}.")
        if not np.isfinite(mean).all() or not (np.isfinite(self.scale) and self.scale > 0):
            raise ValueError(f"mean must be finite and scale above 0, not {self.mean!r:.80} and {self.scale!r}.")
        object.__setattr__(self, "mean", tuple(mean.tolist()) if mean.ndim == 1 else mean)
        object.__setattr__(self, "std", tuple(std.tolist()))
        object.__setattr__(self, "labels", None if self.labels is None else tuple(map(str, self.labels)))

    def _image_shape(self, mean: np.ndarray) -> tuple[int, ...]:
        if mean.ndim != 3:
            return ()
        height, width = mean.shape[:2] if self.size is None else (self.size, self.size)
        return height, width, len(self.channels)

    @classmethod
    def of_training(
        cls, mean: np.ndarray | None = None, *, channels: int = 3, size: int | None = None, resize: int | None = None
    ) -> Preprocessing:
        """Make the preprocessing of pixels / 255 - `mean`, by which networks are trained here.

        Args:
            mean: float32 `[height, width, channels]`, `[1, 1, channels]` or `[channels]`; None for none.
            channels: 3 for RGB, 1 for gray, or another number of channels.
            size: Height and width of the network's input; None where images are taken as they are.
            resize: Length of the shorter side; the size by default.
        """
        order = {1: "L", 3: "RGB"}.get(channels, UNNAMED * positive_integer("channels", channels))
        values = np.zeros(channels) if mean is None else np.asarray(mean)
        if values.ndim == 3 and values.shape[:2] == (1, 1):
            values = values[0, 0]
        resize = size if resize is None else resize
        return cls(size, resize, mean=values, std=(1.0,) * channels, channels=order)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Preprocessing) and self.to_config() == other.to_config()

    def __hash__(self) -> int:
        return hash((self.size, self.resize, self.interpolation, self.std, self.scale, self.channels))

    @property
    def has_mean_image(self) -> bool:
        """Whether the mean is an image, not a value a channel."""
        return isinstance(self.mean, np.ndarray)

    @property
    def lengths(self) -> tuple[int, int]:
        """Size and resize, of images that are resized.

        Raises:
            ValueError: Images are taken as they are.
        """
        if self.size is None or self.resize is None:
            raise ValueError("Images of any size are taken as they are: the preprocessing has no size to cut them to.")
        return self.size, self.resize

    @property
    def crop(self) -> float:
        """Share of the resized image's shorter side that is kept."""
        return 1.0 if self.size is None or self.resize is None else self.size / self.resize

    def at(self, size: int) -> Preprocessing:
        """Return the same for another input size: as much of an image is cut away.

        Raises:
            ValueError: The mean is an image, which has one size.
        """
        if size == self.size:
            return self
        if self.has_mean_image and np.shape(self.mean)[:2] != (size, size):
            height, width = np.shape(self.mean)[:2]
            raise ValueError(f"A mean image of {height} x {width} pixels is for that size alone, not {size} x {size}.")
        resize = size if self.size is None or self.resize is None else round(self.resize * size / self.size)
        return replace(self, size=size, resize=resize)

    @property
    def factor(self) -> np.ndarray:
        """Factor of the pixels, float32 `[channels]`."""
        return np.float32(self.scale / np.asarray(self.std))

    @property
    def offset(self) -> np.ndarray:
        """Summand after the factor, float32 `[channels]` or `[height, width, channels]`."""
        return np.float32(-np.asarray(self.mean) / np.asarray(self.std))

    def standardize(self, pixels: np.ndarray) -> np.ndarray:
        """Turn pixels of 0 to 255, `[..., height, width, channels]` in RGB or gray, into the network's input, float32.

        Raises:
            ValueError: The mean image has another size.
        """
        *outer, width, channels = pixels.shape
        if channels != len(self.channels) or (self.has_mean_image and pixels.shape[-3:] != np.shape(self.mean)):
            wanted = np.shape(self.mean) if self.has_mean_image else len(self.channels)
            raise ValueError(f"Images of the shape {pixels.shape[-3:]} do not fit a mean of the shape {wanted}.")
        if self.channels == "BGR":
            pixels = pixels[..., ::-1]
        # Along whole rows NumPy is five times as fast as along three channels.
        rows = pixels.astype(np.float32, order="C").reshape(*outer, width * channels)
        rows *= np.tile(self.factor, width)
        rows += self.offset.reshape(-1, width * channels) if self.has_mean_image else np.tile(self.offset, width)
        return rows.reshape(pixels.shape)

    def to_config(self) -> dict[str, Any]:
        """Return the values as JSON has them; `from_config` makes the same record of them."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return values | {
            "mean": np.asarray(self.mean).tolist(),
            "std": list(self.std),
            "labels": None if self.labels is None else list(self.labels),
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Preprocessing:
        """Make the record that `to_config` has described.

        Raises:
            ValueError: A name is unknown or a value is not allowed.
        """
        known = [field.name for field in fields(cls)]
        for name in config:
            if name not in known:
                raise ValueError(unknown("value of a preprocessing", name, known))
        return cls(**config)


@checked
def keras_applications_preprocessing(mode: str, size: int = 224) -> Preprocessing:
    """Make the preprocessing of a mode of `keras.applications`: "caffe", "tf" or "torch"; resizing is left to users."""
    if mode not in KERAS_MODES:
        raise ValueError(unknown("mode", mode, KERAS_MODES))
    return Preprocessing(**KERAS_MODES[mode]).at(size)


def timm_preprocessing(config: Mapping[str, Any]) -> Preprocessing | None:
    """Read the preprocessing of a timm model from its config.json; None where the file does not say.

    timm cuts the center after resizing to `size / crop_pct`, rounded down.
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
