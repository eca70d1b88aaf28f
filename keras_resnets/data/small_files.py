"""Image files that are small and alike, held in memory as CIFAR is."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

import numpy as np

from keras_resnets._checking import checked
from keras_resnets._errors import listed, printable
from keras_resnets.augment.pad_crop_flip import Augmentation
from keras_resnets.data.arrays import ImageSet, Split
from keras_resnets.data.folders import FileSet, FileSplit
from keras_resnets.images.with_pillow import pixels_of

LARGEST = 64  # pixels of a side; larger images are read and cut anew in each epoch

_log = logging.getLogger(__name__)


@checked
def common_side(images: FileSet) -> int | None:
    """Return the side of the images if all are squares of one size, `LARGEST` at most; None otherwise."""
    sides = {side for split in (images.train, images.test) for side in np.unique(split.sizes).tolist()}
    side = sides.pop() if len(sides) == 1 else None
    return side if side is not None and side <= LARGEST else None


@checked
def in_memory(images: FileSet) -> ImageSet:
    """Read all images into memory: RGB, padded by 4 pixels, cropped and flipped in training (He et al. 2015, sec. 4.2).

    Images that cannot be decoded are left out, and named in a warning.

    Raises:
        ValueError: The images are not small squares of one size, or more than `max_bad` of a split cannot be decoded.
    """
    side = common_side(images)
    if side is None:
        raise ValueError(f"The images of {images.name!r} are not all squares of one size up to {LARGEST} pixels.")
    evaluated = replace(images.augmentation, size=side, area=None, shorter_side=None, pad=4, centre=1.0, mean="pixel")
    return ImageSet(
        name=images.name,
        class_names=images.class_names,
        train=_read(images.train),
        test=_read(images.test),
        augmentation=Augmentation(),
        files={**images.source, "augmentation": asdict(evaluated)},
    )


def _read(split: FileSplit) -> Split:
    with ThreadPoolExecutor() as threads:
        found = list(threads.map(_pixels, split.paths))
    bad = [number for number, pixels in enumerate(found) if pixels is None]
    names = [split.paths[number] for number in bad]
    if len(bad) > split.max_bad * len(split):
        raise ValueError(
            f"{len(bad):,} of {len(split):,} files cannot be decoded, more than max_bad allows: {listed(names)}."
        )
    for name in names:
        _log.warning("%s cannot be decoded and is left out.", printable(name))
    whole = np.stack([pixels for pixels in found if pixels is not None])
    return Split(whole, np.delete(split.labels, bad), split.classes)


def _pixels(path: str) -> np.ndarray | None:
    try:
        return pixels_of(path, 3)
    except ValueError:
        return None
