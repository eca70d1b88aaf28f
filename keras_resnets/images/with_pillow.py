"""Reading, resizing and cropping of images by Pillow, as NumPy arrays."""

import os
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from keras_resnets._checking import Count, checked
from keras_resnets._files import open_regular
from keras_resnets.images import headers, jpeg
from keras_resnets.images.preprocessing import Preprocessing, center_offset

if TYPE_CHECKING:
    from PIL import Image

MODES = {1: "L", 3: "RGB"}
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")  # Pillow's names


def pixels_of(image: np.ndarray | str | os.PathLike[str], channels: int) -> np.ndarray:
    """Return the pixels of an array, or read those of a file, upright, in gray or RGB: uint8 [height, width, channels].

    Raises:
        TypeError: The array is not uint8.
        ValueError: The array has another shape, or the file is missing or not a whole image.
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


@checked
def read_image(path: str | os.PathLike[str], shape: tuple[Count, Count, Count]) -> np.ndarray:
    """Read an image file, upright, in gray or RGB, resized with antialiasing: uint8 [height, width, channels].

    Raises:
        ValueError: The file is missing or not a whole image.
    """
    height, width, channels = shape
    return resize(pixels_of(path, channels), height, width, "bilinear")


def resize(image: np.ndarray, height: int, width: int, interpolation: str) -> np.ndarray:
    """Resize an image, uint8 or float32 `[h, w, channels]` of 0 to 255, with antialiasing, as Pillow does it."""
    from PIL import Image

    if image.shape[:2] == (height, width):
        return image
    kernel = Image.Resampling[interpolation.upper()]
    if image.dtype == np.uint8:
        picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
        return _array(picture.resize((width, height), kernel))
    channels = [np.asarray(Image.fromarray(one).resize((width, height), kernel)) for one in np.moveaxis(image, -1, 0)]
    return np.clip(np.stack(channels, -1), 0, 255)  # bicubic interpolation overshoots


def resize_shorter(image: np.ndarray, length: int, interpolation: str) -> np.ndarray:
    """Resize an image so that its shorter side has `length` pixels; the longer one is rounded down."""
    height, width = image.shape[:2]
    shorter = min(height, width)
    return resize(image, length * height // shorter, length * width // shorter, interpolation)


def center_crop(image: np.ndarray, expected: Preprocessing) -> np.ndarray:
    """Cut the center out of an image, resized first so that its shorter side is `expected.resize`.

    Args:
        image: `[height, width, channels]`, uint8 or float32 of 0 to 255.
        expected: Says size, resize and interpolation; an image of its size is returned as it is.
    """
    size, side = expected.size, expected.resize
    if size is None or side is None or image.shape[:2] == (size, size):
        return image
    resized = resize_shorter(image, side, expected.interpolation)
    top, left = (center_offset(length, size) for length in resized.shape[:2])
    return resized[top : top + size, left : left + size]


def _opened(path: str | os.PathLike[str], channels: int) -> "Image.Image":
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with open_regular(path) as file:
            _refuse_costly_or_cut(file)
            file.seek(0)
            with Image.open(file, formats=FORMATS) as image:
                headers.refuse_size(image.height, image.width)
                ImageOps.exif_transpose(image, in_place=True)
                image.load()
                return image if image.mode == MODES[channels] else image.convert(MODES[channels])
    except FileNotFoundError:
        raise ValueError(f"Cannot find file {os.fspath(path)!r}.") from None
    except UnidentifiedImageError:
        kinds = ", ".join(FORMATS)
        raise ValueError(f"Cannot read image {os.fspath(path)!r}: it is of none of the formats {kinds}.") from None
    except Exception as error:  # Pillow's readers raise whatever a damaged file leads them to
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error).rstrip(".") or repr(error)
        raise ValueError(f"Cannot read image {os.fspath(path)!r}: {reason.splitlines()[0]}.") from error


def _refuse_costly_or_cut(file: BinaryIO) -> None:
    """Raise if a JPEG or PNG is beyond a limit of `headers`, or a JPEG is cut short, which Pillow lets pass."""
    start = file.read(8)
    file.seek(0)
    if not start.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")):
        return
    header = headers.header_of(file)
    if header.kind == "jpeg":
        file.seek(0)
        jpeg.refuse_cut(file.read(), header.start)


def _array(image: "Image.Image") -> np.ndarray:
    pixels = np.asarray(image, np.uint8)
    return pixels[..., None] if pixels.ndim == 2 else pixels
