"""Images as NumPy arrays: read and resized by Pillow."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

MODES = {1: "L", 3: "RGB"}


def pixels_of(image: np.ndarray | str | os.PathLike[str], channels: int) -> np.ndarray:
    """An image in memory, as it is, or in a file, upright and in gray or RGB: uint8 [height, width, channels].

    Raises:
        ValueError: if it is no such array, or the file is missing or no whole image.
    """
    if isinstance(image, str | os.PathLike):
        with _opened(image, channels) as upright:
            return _array(upright)
    pixels = np.asarray(image)
    if pixels.ndim != 3 or pixels.shape[-1] != channels or pixels.size == 0:
        raise ValueError(f"The model takes images [height, width, {channels}], not of the shape {pixels.shape}.")
    if pixels.dtype != np.uint8:
        raise TypeError(f"Images are uint8, 0 to 255, but these are {pixels.dtype}.")
    return pixels


def read_image(path: str | os.PathLike[str], shape: Sequence[int]) -> np.ndarray:
    """An image file as uint8 [height, width, channels], turned upright, in gray or RGB, resized with antialiasing.

    Raises:
        ValueError: if the file is missing or no whole image.
    """
    height, width, channels = shape
    return resize(pixels_of(path, channels), height, width, "bilinear")


def resize(image: np.ndarray, height: int, width: int, interpolation: str) -> np.ndarray:
    """uint8 [height, width, c] of an image uint8 [h, w, c], with antialiasing, as Pillow does it."""
    from PIL import Image

    if image.shape[:2] == (height, width):
        return image
    picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    return _array(picture.resize((width, height), Image.Resampling[interpolation.upper()]))


def resize_shorter(image: np.ndarray, length: int, interpolation: str) -> np.ndarray:
    """The image resized so that its shorter side has `length` pixels; the longer one is rounded down."""
    height, width = image.shape[:2]
    shorter = min(height, width)
    return resize(image, length * height // shorter, length * width // shorter, interpolation)


def _opened(path: str | os.PathLike[str], channels: int) -> "Image.Image":
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            return ImageOps.exif_transpose(image).convert(MODES[channels])
    except FileNotFoundError:
        raise ValueError(f"There is no file {os.fspath(path)!r}.") from None
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"{os.fspath(path)!r} is no image that can be read: {error}.") from error


def _array(image: "Image.Image") -> np.ndarray:
    pixels = np.asarray(image, np.uint8)
    return pixels[..., None] if pixels.ndim == 2 else pixels
