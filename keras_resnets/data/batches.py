"""Batches of images for training and testing, from arrays in memory and from files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from keras_resnets._checking import Count, Natural, Seed, checked
from keras_resnets.augment.pad_crop_flip import Augmentation
from keras_resnets.augment.transform import ImageTransform
from keras_resnets.data.arrays import Split, per_pixel_mean
from keras_resnets.data.file_batches import batches_by_image, mean_of_files, test_files
from keras_resnets.data.folders import FileSplit
from keras_resnets.data.stream import Stream, ahead, batches_of_indices, keys_of, standardizer

if TYPE_CHECKING:
    import tensorflow as tf


@checked
def steps_per_epoch(split: Split | FileSplit, batch_size: int) -> int:
    """Return the number of full batches in one pass over the split.

    Raises:
        ValueError: The batch size is not between 1 and the number of images.
    """
    if not 1 <= batch_size <= len(split):
        raise ValueError(f"A batch is 1 to {len(split)} images, all that the split has, not {batch_size}.")
    return len(split) // batch_size


@checked
def training_batches(
    split: Split | FileSplit,
    batch_size: int,
    *,
    mean: np.ndarray | None = None,
    augmentation: Augmentation | ImageTransform | None = None,
    seed: Seed = 0,
    start: Natural = 0,
) -> tf.data.Dataset:
    """Make an endless stream of augmented batches; each pass over the images has a fresh order.

    Every batch is full, so that batch normalization and the step size mean the same in all of them. A pass leaves out
    the last images of its order, fewer than `batch_size`, and other ones each time.

    The stream is a function of `seed` alone: the order of a pass is drawn from (seed, pass), the crops of a batch from
    (seed, step). So `start=k` yields exactly the batches that a stream from 0 yields after its first k, without making
    those: a training that resumes needs no other state.

    Args:
        split: Images in memory, or image files, which are read and decoded in parallel.
        batch_size: Number of images in a batch.
        mean: Mean subtracted from pixels / 255, float `[h, w, c]` or `[1, 1, c]`; None subtracts nothing.
        augmentation: Random crops, flips and colours: an `ImageTransform` or, for images in memory, an `Augmentation`.
            None leaves images in memory as they are and cuts the center out of files.
        seed: Seed of all random draws.
        start: Number of the first batch, counted from 0.

    Returns:
        A `tf.data.Dataset` without end of (images float32 `[b, h, w, c]`, labels int64 `[b]`). With mixup or CutMix
        the labels are shares of classes, float32 `[b, classes]`.

    Raises:
        TypeError: Files are to be augmented by an `Augmentation`.
        ValueError: `batch_size` exceeds the split, `start` is negative, or `mean` or the augmentation does not fit
            the images.
    """
    steps_per_epoch(split, batch_size)
    stream = Stream(batch_size, mean, seed, start)
    if isinstance(split, FileSplit):
        if isinstance(augmentation, Augmentation):
            raise TypeError(f"Image files are augmented by an ImageTransform, not by {augmentation!r}.")
        return batches_by_image(split, augmentation or split.transform, stream, as_tested=augmentation is None)
    if isinstance(augmentation, ImageTransform):
        augmentation.refuse_in_memory(split.images.shape[1:])
        return batches_by_image(split, augmentation, stream)
    return _batches_as_a_whole(split, augmentation, stream)


def _batches_as_a_whole(split: Split, augmentation: Augmentation | None, stream: Stream) -> tf.data.Dataset:
    """Make the stream of `training_batches` by operations on whole batches of images in memory."""
    import tensorflow as tf

    # tf.data runs on the host: held by an accelerator, the images would be fetched back for every batch.
    with tf.device("CPU:0"):
        images, labels = tf.constant(split.images), tf.constant(split.labels)
        standardize = standardizer(stream.mean, split.images.shape[1:])
        _, crop_key, _ = keys_of(stream.seed)

    def batch(step: tf.Tensor, index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        inputs = standardize(tf.gather(images, index))
        if augmentation is not None:
            inputs = augmentation(inputs, tf.random.fold_in(crop_key, step, alg="philox"))
        return inputs, tf.gather(labels, index)

    indices = batches_of_indices(len(split), stream)
    drawn = tf.data.Dataset.zip(tf.data.Dataset.counter(stream.start), indices)
    return ahead(drawn.map(batch, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True))


@checked
def test_batches(
    split: Split | FileSplit, batch_size: int, *, mean: np.ndarray | None = None, multiple: int = 1
) -> tf.data.Dataset:
    """Make batches of all images, once and in order; the last batch holds the remainder.

    Args:
        split: Images in memory, or image files, of which the centers are cut.
        batch_size: Number of images in a batch, 1 or more.
        mean: Mean subtracted from pixels / 255, as for `training_batches`.
        multiple: Divisor of every batch's length, for devices that split it evenly; the last image is repeated until
            the last batch has such a length.

    Returns:
        A finite `tf.data.Dataset` of (images float32 `[b, h, w, c]`, labels int64 `[b]`) and, with a `multiple` above
        1, weights float32 `[b]`: 0 for repeated images, 1 for the others.

    Raises:
        ValueError: `batch_size` is less than 1 or not a multiple of `multiple`, or `mean` does not fit the images.
    """
    import tensorflow as tf

    if batch_size < 1:
        raise ValueError(f"A batch must have 1 image or more, not {batch_size}.")
    if multiple < 1 or batch_size % multiple:
        raise ValueError(f"A batch of {batch_size} images is not a multiple of {multiple}.")
    if isinstance(split, FileSplit):
        return test_files(split, batch_size, mean, multiple)
    with tf.device("CPU:0"):
        images, labels = tf.constant(split.images), tf.constant(split.labels)
        standardize = standardizer(mean, split.images.shape[1:])

    def batch(first: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        rows = slice(first, first + batch_size)
        return standardize(images[rows]), labels[rows]

    def filled(first: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        end = tf.minimum(first + batch_size, len(split))
        size = -(-(end - first) // multiple) * multiple
        rows = tf.range(first, first + size)
        present = tf.minimum(rows, len(split) - 1)
        return standardize(tf.gather(images, present)), tf.gather(labels, present), tf.cast(rows < end, tf.float32)

    firsts = tf.data.Dataset.range(0, len(split), batch_size)
    made = firsts.map(filled if multiple > 1 else batch, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return ahead(made, -(-len(split) // batch_size))


@checked
def mean_of(split: Split | FileSplit) -> np.ndarray:
    """Compute the mean of a split's images / 255: float32 `[h, w, c]`, or `[1, 1, 3]` of files by default.

    The `mean` of a file split's transform decides between "channel" and "pixel".
    """
    return mean_of_files(split) if isinstance(split, FileSplit) else per_pixel_mean(split)


@checked
def test_batch_size(image_shape: tuple[Count, Count, Count]) -> int:
    """Return the number of images in a batch of a test: up to 500, of at most 4,194,304 pixels together."""
    return max(1, min(500, (1 << 22) // (image_shape[0] * image_shape[1])))


# Public names that pytest would otherwise collect wherever they are imported.
test_batches.__test__ = test_batch_size.__test__ = False  # type: ignore[attr-defined]
