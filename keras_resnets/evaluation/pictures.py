"""Labelled images for evaluation, in memory or as files that are read when they are needed."""

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeAlias

import numpy as np

from keras_resnets import data
from keras_resnets._checking import Phrase, checked, in_words
from keras_resnets._errors import unknown
from keras_resnets.data.folders import NO_FILE, bad_files
from keras_resnets.images.with_pillow import pixels_of

_log = logging.getLogger(__name__)

SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"}


@checked
@dataclass(frozen=True, eq=False)
class Pictures:
    """Images, each a file or uint8 [height, width, channels] of its own size, and their labels.

    Attributes:
        images: List of arrays or paths, or one array [n, height, width, channels].
        labels: Labels, int64 [n].
        class_names: Names of all classes, in the order of the labels; None if they are unknown.
        name: Name of the data, for tables.

    Raises:
        TypeError: The labels are not integers.
        ValueError: There are no images, labels are negative, or their number differs from the images'.
    """

    images: Sequence[np.ndarray | Path] | np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...] | None = None
    name: str = "images"

    def __post_init__(self):
        labels = np.asarray(self.labels)
        if labels.shape != (len(self.images),):
            raise ValueError(f"There are {len(self.images):,} images, but the labels have the shape {labels.shape}.")
        if labels.size == 0:
            raise ValueError("Give at least one image.")
        if not np.issubdtype(labels.dtype, np.integer):
            raise TypeError(f"Labels must be integers, not {labels.dtype}.")
        if labels.min() < 0:
            raise ValueError(f"Labels must be at least 0, not {labels.min()}.")
        object.__setattr__(self, "labels", labels.astype(np.int64))

    def __len__(self) -> int:
        return len(self.images)

    def pixels(self, index: int, channels: int) -> np.ndarray:
        """Return image `index`, uint8 [height, width, channels].

        Raises:
            ValueError: The array has another shape or type, or the file cannot be read.
        """
        return pixels_of(self.images[index], channels)

    def refuse_labels(self, classes: int, network: str) -> None:
        """Raise ValueError if a label is not one of the classes of a network, 0 to `classes` - 1."""
        highest = int(self.labels.max())
        if highest >= classes:
            raise ValueError(f"The labels reach {highest}, but {network!r} has the classes 0 to {classes - 1}.")


LABELLED = "a Split, an ImageSet, a FileSet, a pair (images, labels) or a folder with a subfolder a class"
Images: TypeAlias = Annotated[
    Pictures | data.ImageSet | data.FileSet | data.Split | str | os.PathLike[str] | tuple, Phrase(LABELLED)
]
"""Images to test on; see `pictures_of`."""


@checked
def pictures_of(given: Images, class_names: Sequence[str] | None = None) -> Pictures:
    """Return data of any supported type as `Pictures`.

    Args:
        given: A `data.Split`; a `data.ImageSet` or `data.FileSet`, of which the test images are taken; a pair (images,
            labels) of a uint8 array [n, h, w, c], or a list of arrays or files, and integers; or a folder with a
            subfolder a class.
        class_names: Names of the network's classes, in order, among which those of the subfolders must be; by default
            the subfolders, sorted, are the classes.

    Raises:
        FileNotFoundError: The folder does not exist.
        TypeError: The data are of another type.
        ValueError: The data have no images, or a subfolder is not the name of a class.
    """
    names = None if class_names is None else tuple(map(str, class_names))
    if isinstance(given, Pictures):
        return given
    if isinstance(given, data.ImageSet):
        return Pictures(given.test.images, given.test.labels, names or given.class_names, given.name)
    if isinstance(given, data.FileSet):
        paths = [Path(path) for path in given.test.paths]
        return Pictures(paths, given.test.labels, names or given.class_names, given.name)
    if isinstance(given, data.Split):
        return Pictures(given.images, given.labels, names)
    if isinstance(given, str | os.PathLike):
        return _folder(Path(given), names)
    if isinstance(given, tuple) and len(given) == 2:
        return Pictures(given[0], given[1], names)
    raise TypeError(f"Images must be {LABELLED}, not {in_words(given)}.")


def _folder(folder: Path, names: tuple[str, ...] | None) -> Pictures:
    if not folder.is_dir():
        raise FileNotFoundError(f"Folder {str(folder)!r} does not exist.")
    classes = sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    known = names or tuple(classes)
    for name in classes:
        if name not in known:
            raise ValueError(f"{str(folder / name)!r} is not a class: {unknown('class', name, known)}")
    files = [(path, known.index(name)) for name in classes for path in image_files(folder / name)]
    if not files:
        raise ValueError(f"{str(folder)!r} has no subfolders with images: it must have one for each class.")
    return Pictures([path for path, _ in files], np.array([label for _, label in files]), known, folder.name)


def image_files(folder: Path) -> list[Path]:
    """Return the image files of a folder by their suffixes, sorted; a warning names what is not a regular file."""
    named = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    strange = [(str(path), NO_FILE) for path in named if not path.is_file()]
    if strange:
        _log.warning("%d of %d files in %r are left out: %s", len(strange), len(named), str(folder), bad_files(strange))
    return [path for path in named if path.is_file()]


def some_image_files(folder: Path, *others: Path) -> list[Path]:
    """Return the image files of one or several folders.

    Raises:
        ValueError: There are none; the sentence names the first folder, and a subfolder that has some.
    """
    files = [file for each in (folder, *others) for file in image_files(each)]
    if not files:
        below = next((path for path in sorted(folder.iterdir()) if path.is_dir() and image_files(path)), None)
        advice = f" of its own; its subfolder {below.name!r} has some" if below and not others else ""
        raise ValueError(f"The folder {str(folder)!r} has no image files{advice}.")
    return files
