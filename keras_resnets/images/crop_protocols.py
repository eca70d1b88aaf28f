"""Test-time augmentation (TTA): the crops on which the papers evaluate networks, as pure functions of pixels."""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from keras_resnets._checking import checked
from keras_resnets._errors import positive_integer, unknown
from keras_resnets.images.preprocessing import center_offset
from keras_resnets.images.with_pillow import resize, resize_shorter

# Input size of the networks for which the papers give the scales.
PAPERS_SIZE = 224


def centre(image: np.ndarray, size: int, interpolation: str) -> np.ndarray:
    """Cut the centre, [1, size, size, c]."""
    height, width = image.shape[:2]
    return _windows(image, size, [(center_offset(height, size), center_offset(width, size))])


def corners_and_centre(image: np.ndarray, size: int, interpolation: str) -> np.ndarray:
    """Cut top left, top right, bottom left, bottom right and the centre, [5, size, size, c]."""
    height, width = image.shape[:2]
    bottom, right = height - size, width - size
    middle = (center_offset(height, size), center_offset(width, size))
    return _windows(image, size, [(0, 0), (0, right), (bottom, 0), (bottom, right), middle])


def of_three_squares(image: np.ndarray, size: int, interpolation: str) -> np.ndarray:
    """Cut the corners and the centre of three squares, and resize the squares, [18, size, size, c].

    The squares are the left, centre and right one, of a portrait the top, centre and bottom one.
    """
    crops = []
    for square in squares(image):
        crops += [corners_and_centre(square, size, interpolation), resize(square, size, size, interpolation)[None]]
    return np.concatenate(crops)


def whole(image: np.ndarray, size: int, interpolation: str) -> np.ndarray:
    """Return the whole image, [1, height, width, c]."""
    return image[None]


def squares(image: np.ndarray) -> list[np.ndarray]:
    """Cut the left, centre and right square of an image, of a portrait the top, centre and bottom one."""
    height, width = image.shape[:2]
    side = min(height, width)
    longer = max(height, width) - side
    starts = (0, center_offset(max(height, width), side), longer)
    return [image[:, k : k + side] if height == side else image[k : k + side] for k in starts]


def mirrored(crops: np.ndarray) -> np.ndarray:
    """Append the mirror images, left for right, to the crops."""
    return np.concatenate([crops, crops[:, :, ::-1]])


def _windows(image: np.ndarray, size: int, corners: list[tuple[int, int]]) -> np.ndarray:
    return np.stack([image[top : top + size, left : left + size] for top, left in corners])


CUTS: dict[str, Callable[[np.ndarray, int, str], np.ndarray]] = {
    "centre": centre,
    "corners and centre": corners_and_centre,
    "three squares": of_three_squares,
    "whole": whole,
}


@checked
@dataclass(frozen=True)
class Protocol:
    """Protocol of test-time augmentation (TTA): the crops of an image over which probabilities are averaged.

    Attributes:
        name: Name in tables.
        scales: Lengths in pixels to which an image's shorter side is resized, for a network of 224 x 224; they change
            in proportion to the input size. None for the one length of the network's preprocessing, by which an image
            of the network's size is not resized.
        cut: Crops of each resized image: "centre", "corners and centre", "three squares" or "whole".
        mirrored: Whether to add the mirror image of each crop.
        source: Paper and section.

    Raises:
        ValueError: A value is not allowed.
    """

    name: str
    scales: tuple[int, ...] | None
    cut: str
    mirrored: bool
    source: str = ""

    def __post_init__(self):
        if self.cut not in CUTS:
            raise ValueError(unknown("cut", self.cut, CUTS))
        if self.scales is not None and not self.scales:
            raise ValueError("A protocol has one scale or more.")
        for scale in self.scales or ():
            positive_integer("A scale", scale)

    def at(self, *scales: int) -> "Protocol":
        """Return the protocol with other scales."""
        return dataclasses.replace(self, scales=scales)

    def crops(self, image: np.ndarray, size: int, *, shorter: int, interpolation: str) -> Iterator[np.ndarray]:
        """Yield the crops of an image, scale by scale.

        Args:
            image: uint8 [height, width, 1 or 3].
            size: Height and width of the network's input.
            shorter: Length of the resized shorter side if the protocol has no scales.
            interpolation: Interpolation of resizing, "bilinear" or "bicubic".

        Yields:
            uint8 [crops, size, size, c]; of whole images [1 or 2, height, width, c].

        Raises:
            ValueError: A resized image is smaller than a crop.
        """
        for length in self.lengths(size) or (shorter,):
            if length < size and self.cut != "whole":
                raise ValueError(f"A crop of {size} pixels is larger than an image whose shorter side is {length}.")
            fits = self.scales is None and image.shape[:2] == (size, size)
            resized = image if fits else resize_shorter(image, length, interpolation)
            crops = CUTS[self.cut](resized, size, interpolation)
            yield mirrored(crops) if self.mirrored else crops

    def lengths(self, size: int) -> tuple[int, ...] | None:
        """Return the scales for a network of this input size, in pixels."""
        return self.scales and tuple(round(scale * size / PAPERS_SIZE) for scale in self.scales)

    @property
    def crops_an_image(self) -> int:
        """Number of forward passes an image."""
        each = {"corners and centre": 5, "three squares": 18}.get(self.cut, 1)
        return len(self.scales or (0,)) * each * (2 if self.mirrored else 1)

    def __str__(self) -> str:
        return self.name if self.scales is None else f"{self.name} ({', '.join(map(str, self.scales))})"


# fmt: off
#                      name           scales                     cut                   mirrored
ONE_CROP    = Protocol("one_crop",    None,                      "centre",             False,
                       "Xie et al. 2017, sec. 4")
TEN_CROPS   = Protocol("ten_crops",   (256,),                    "corners and centre", True,
                       "Krizhevsky et al. 2012, sec. 4.1; He et al. 2015, sec. 3.4")
CROPS_144   = Protocol("144_crops",   (256, 288, 320, 352),      "three squares",      True,
                       "Szegedy et al. 2014, sec. 7")
MULTI_SCALE = Protocol("multi_scale", (224, 256, 384, 480, 640), "whole",              False,
                       "He et al. 2015, sec. 3.4")
# fmt: on
PROTOCOLS = {protocol.name: protocol for protocol in (ONE_CROP, TEN_CROPS, CROPS_144, MULTI_SCALE)}
BY_COUNT = {"1": ONE_CROP, "10": TEN_CROPS, "144": CROPS_144}


@checked
def find_protocol(protocol: Protocol | str | int) -> Protocol:
    """Find a protocol by its name or its number of crops: 1, 10 or 144.

    Raises:
        ValueError: The protocol is unknown.
    """
    if isinstance(protocol, Protocol):
        return protocol
    found = PROTOCOLS.get(str(protocol)) or BY_COUNT.get(str(protocol))
    if found is None:
        raise ValueError(unknown("protocol", protocol, PROTOCOLS))
    return found
