"""Batches for training and for testing; those of images in memory are made of whole-batch operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from keras_resnets.augment.pad_crop_flip import Augmentation
from keras_resnets.augment.transform import ImageTransform
from keras_resnets.data.arrays import Split, per_pixel_mean
from keras_resnets.data.file_batches import mean_of_files, test_files, training_images
from keras_resnets.data.folders import FileSplit

if TYPE_CHECKING:
    import tensorflow as tf


def steps_per_epoch(split: Split | FileSplit, batch_size: int) -> int:
    """Full batches in one pass over the split; see training_batches for what is left of a pass.

    Raises:
        ValueError: the batch is not between 1 and the number of images.
    """
    if not 1 <= batch_size <= len(split):
        raise ValueError(f"A batch is 1 to {len(split)} images, all that the split has, not {batch_size}.")
    return len(split) // batch_size


def training_batches(
    split: Split | FileSplit,
    batch_size: int,
    *,
    mean: np.ndarray | None = None,
    augmentation: Augmentation | ImageTransform | None = None,
    seed: int = 0,
    start: int = 0,
) -> tf.data.Dataset:
    """An endless stream of augmented batches, each pass over the images in a fresh order.

    Every batch is full, so that batch normalization and the step size mean the same in all of them; the fewer
    than `batch_size` images at the end of a pass wait for a later one, and differ from pass to pass.

    The stream is a function of `seed` alone: the order of a pass is drawn from (seed, pass) and the crops
    of a batch from (seed, step), so `start=k` yields exactly what the stream from 0 yields from its k-th
    batch on, without making the k batches before it. A training that resumes needs no other state.

    Args:
        split: the images, or files of images, which are read and decoded in parallel.
        batch_size: images a batch.
        mean: float `[h, w, c]` in 0 to 1, subtracted after the division by 255, of files also `[1, 1, 3]`; None
            subtracts nothing.
        augmentation: random crops and flips, for files an `ImageTransform`, for images in memory that or an
            `Augmentation`; None feeds the images as they are, of files the centres.
        seed: fixes the stream.
        start: the number of the first batch, counted from 0.

    Returns:
        A `tf.data.Dataset` of (float32 `[b, h, w, c]`, int64 `[b]`) without an end; where images are mixed, labels are
        shares of classes, float32 `[b, classes]`.

    Raises:
        TypeError: files are to be augmented by an `Augmentation`.
        ValueError: `batch_size` exceeds the split, `start` is negative, or `mean` or the augmentation does not fit
            the images.
    """
    import tensorflow as tf

    steps = steps_per_epoch(split, batch_size)
    if start < 0:
        raise ValueError(f"start counts batches from 0, so it is 0 or more, not {start}.")
    if isinstance(split, FileSplit):
        if isinstance(augmentation, Augmentation):
            raise TypeError(f"Image files are augmented by an ImageTransform, not by {augmentation!r}.")
        way = augmentation or split.transform
        return training_images(split, batch_size, steps, mean, way, seed, start, as_tested=augmentation is None)
    if isinstance(augmentation, ImageTransform):
        augmentation.refuse_in_memory(split.images.shape[1:])
        return training_images(split, batch_size, steps, mean, augmentation, seed, start)

    # tf.data runs on the host: held by an accelerator, the images would be fetched back for every batch.
    with tf.device("CPU:0"):
        images, labels = tf.constant(split.images), tf.constant(split.labels)
        standardize = _standardize(split, mean)
        order_key, crop_key = tf.unstack(tf.random.split(tf.constant([seed, 0], tf.int64), 2, alg="philox"))

    def indices(epoch: tf.Tensor) -> tf.data.Dataset:
        key = tf.random.fold_in(order_key, epoch, alg="philox")
        order = tf.random.experimental.stateless_shuffle(tf.range(len(split)), key, alg="philox")
        return tf.data.Dataset.from_tensor_slices(tf.reshape(order[: steps * batch_size], [steps, batch_size]))

    def batch(step: tf.Tensor, index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        inputs = standardize(tf.gather(images, index))
        if augmentation is not None:
            inputs = augmentation(inputs, tf.random.fold_in(crop_key, step, alg="philox"))
        return inputs, tf.gather(labels, index)

    epochs = tf.data.Dataset.counter(start // steps)
    drawn = tf.data.Dataset.zip(tf.data.Dataset.counter(start), epochs.flat_map(indices).skip(start % steps))
    endless = tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY)
    return _ahead(drawn.apply(endless), batch)


def test_batches(
    split: Split | FileSplit, batch_size: int, *, mean: np.ndarray | None = None, multiple: int = 1
) -> tf.data.Dataset:
    """The images once, in order; the last batch holds what remains.

    Args:
        split: the images, or files of images, of which the centres are taken.
        batch_size: images a batch, 1 or more.
        mean: as for training_batches.
        multiple: that the last batch is filled up to, with the last image, for devices that split it evenly.

    Returns:
        A finite `tf.data.Dataset` of (float32 `[b, h, w, c]`, int64 `[b]`) and, with a `multiple` above 1, float32
        `[b]`, the weights of the images: 0 for those that fill up.

    Raises:
        ValueError: `batch_size` is less than 1 or no multiple of `multiple`, or `mean` does not fit the images.
    """
    import tensorflow as tf

    if batch_size < 1:
        raise ValueError(f"A batch is 1 image or more, not {batch_size}.")
    if multiple < 1 or batch_size % multiple:
        raise ValueError(f"A batch of {batch_size} images is no multiple of {multiple}.")
    if isinstance(split, FileSplit):
        return test_files(split, batch_size, mean, multiple)
    with tf.device("CPU:0"):
        images, labels = tf.constant(split.images), tf.constant(split.labels)
        standardize = _standardize(split, mean)

    def batch(first: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        rows = slice(first, first + batch_size)
        return standardize(images[rows]), labels[rows]

    def filled(first: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        end = tf.minimum(first + batch_size, len(split))
        size = -(-(end - first) // multiple) * multiple
        rows = tf.range(first, first + size)
        there = tf.minimum(rows, len(split) - 1)
        return standardize(tf.gather(images, there)), tf.gather(labels, there), tf.cast(rows < end, tf.float32)

    firsts = tf.data.Dataset.range(0, len(split), batch_size)
    return _ahead(firsts, filled if multiple > 1 else batch)


def mean_of(split: Split | FileSplit) -> np.ndarray:
    """The mean that is subtracted from a split's images / 255: float32, a value a pixel or, of files, one a channel."""
    return mean_of_files(split) if isinstance(split, FileSplit) else per_pixel_mean(split)


def test_batch_size(image_shape: tuple[int, ...]) -> int:
    """Images at once in a test: 500, as long as they have no more than four million pixels together."""
    return max(1, min(500, (1 << 22) // (image_shape[0] * image_shape[1])))


# Public names that pytest would otherwise collect wherever they are imported.
test_batches.__test__ = test_batch_size.__test__ = False  # type: ignore[attr-defined]


def _ahead(dataset: tf.data.Dataset, batch: Callable) -> tf.data.Dataset:
    """Maps `batch` over a data set in parallel and in order, some batches ahead of their use."""
    import tensorflow as tf

    options = tf.data.Options()
    # Rewriting the graph would write the images into it, a second copy of them, and has nothing here to fuse.
    options.experimental_optimization.apply_default_optimizations = False
    mapped = dataset.map(batch, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return mapped.prefetch(tf.data.AUTOTUNE).with_options(options)


def _standardize(split: Split, mean: np.ndarray | None) -> Callable[[tf.Tensor], tf.Tensor]:
    """The function from uint8 pixels to the network's input: pixels / 255 - mean, float32."""
    import tensorflow as tf

    shape = split.images.shape[1:]
    if mean is not None and np.shape(mean) != shape:
        raise ValueError(f"The mean is one value a pixel, {shape}, but this one has the shape {np.shape(mean)}.")
    offset = tf.constant(0.0 if mean is None else mean, tf.float32)
    return lambda pixels: tf.cast(pixels, tf.float32) / 255 - offset
