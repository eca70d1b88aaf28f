"""Preview of an augmentation: a grid of training images and their random variants."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from keras_resnets._checking import Seed, checked
from keras_resnets._errors import positive_integer
from keras_resnets.augment.pad_crop_flip import Augmentation
from keras_resnets.data.arrays import ImageSet
from keras_resnets.data.batches import mean_of
from keras_resnets.data.file_batches import augmented, centres
from keras_resnets.data.folders import FileSet
from keras_resnets.data.stream import Stream

GAP = 2  # pixels between images
SMALLEST = 64  # pixels to which smaller images are enlarged


@checked
def show(
    dataset: FileSet | ImageSet, path: str | os.PathLike[str], *, images: int = 4, draws: int = 7, seed: Seed = 0
) -> Path:
    """Draw a grid: each row has a training image as in the test, then random variants as in training.

    Each column is a batch: mixup and CutMix take the other image from another row.

    Args:
        dataset: Data set, with the augmentation to show; `dataset.augmented(words)` sets another.
        path: Path of the picture, .png or another suffix that Pillow writes.
        images: Number of rows, images evenly spaced in the training split.
        draws: Number of random variants of each image.
        seed: Seed of the variants.

    Returns:
        The path.

    Raises:
        ValueError: `images` or `draws` is not a positive integer, or the training split has fewer images.
    """
    import tensorflow as tf
    from PIL import Image

    if positive_integer("images", images) > len(dataset.train):
        raise ValueError(f"{dataset.name} has {len(dataset.train)} training images, not {images}.")
    positive_integer("draws", draws)
    chosen = np.linspace(0, len(dataset.train) - 1, images).round().astype(int)
    mean = mean_of(dataset.train)
    first = _as_tested(dataset, chosen)
    if isinstance(dataset.augmentation, Augmentation):
        changed = _by_batch(dataset.augmentation, first - mean, draws, seed)
    else:
        rows = tf.data.Dataset.from_tensors(chosen.astype(np.int32)).repeat(draws)
        batches = augmented(dataset.train, rows, dataset.augmentation, Stream(len(chosen), mean, seed))
        changed = (pixels for pixels, _ in batches.as_numpy_iterator())
    columns = [first, *(pixels + mean for pixels in changed)]
    pixels = np.rint(255 * np.clip(np.stack(columns), 0, 1)).astype(np.uint8)
    Image.fromarray(_grid(pixels)).save(path)
    return Path(path)


def _as_tested(dataset: FileSet | ImageSet, chosen: np.ndarray) -> np.ndarray:
    """Return training images as in the test, float32 `[n, h, w, c]` in 0 to 1."""
    if isinstance(dataset, FileSet):
        return centres([dataset.train.paths[k] for k in chosen], dataset.augmentation)
    return dataset.train.images[chosen] / np.float32(255)


def _by_batch(augmentation: Augmentation, images: np.ndarray, draws: int, seed: int) -> Iterator[np.ndarray]:
    import tensorflow as tf

    for column in range(draws):
        yield augmentation(tf.constant(images), tf.constant([seed, column], tf.int64)).numpy()


def _grid(columns: np.ndarray) -> np.ndarray:
    """Lay images, uint8 `[columns, rows, h, w, c]`, on a white RGB image; small ones are enlarged pixel by pixel."""
    times = -(-SMALLEST // max(columns.shape[2:4]))
    large = columns.repeat(times, axis=2).repeat(times, axis=3)
    large = np.broadcast_to(large, (*large.shape[:-1], 3))
    count, rows, height, width, _ = large.shape
    grid = np.full((rows * (height + GAP) - GAP, count * (width + GAP) - GAP, 3), 255, np.uint8)
    for column, row in np.ndindex(count, rows):
        top, left = row * (height + GAP), column * (width + GAP)
        grid[top : top + height, left : left + width] = large[column, row]
    return grid
