"""Batches made image by image, in parallel: files are read, decoded, cut and augmented."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from keras_resnets._checking import checked
from keras_resnets.augment.mixup import mix
from keras_resnets.augment.transform import ImageTransform
from keras_resnets.data.arrays import Split
from keras_resnets.data.folders import FileSplit, split_of
from keras_resnets.data.stream import Stream, ahead, batches_of_indices, keys_of, offset_of, standardizer
from keras_resnets.images import in_graph

if TYPE_CHECKING:
    import tensorflow as tf

NEIGHBOURS = 16  # images tried in turn: the one wanted, then those after it where it cannot be decoded
MEAN_OF = 4096  # images of which a mean is taken
MEAN_AT_ONCE = 32
BATCHES_AT_ONCE = 2  # the second begins while the last images of the first are decoded
CROP, CHANGE, ERASE = range(3)  # purposes of an image's random keys
_NONE = -1


def batches_by_image(
    split: FileSplit | Split, transform: ImageTransform, stream: Stream, *, as_tested: bool = False
) -> tf.data.Dataset:
    """Make the stream of `training_batches` image by image.

    Crop and colours of an image are drawn from (seed, step, position), the mixture of a batch from (seed, step).

    Args:
        split: Image files, or images in memory of the transform's size.
        transform: Cutting and augmentation.
        stream: Batch size, mean, seed and start.
        as_tested: Whether to leave out the augmentation and cut the centers.
    """
    indices = batches_of_indices(len(split), stream, 1 if as_tested else transform.repeats)
    return ahead(augmented(split, indices, transform, stream, as_tested=as_tested))


def augmented(
    split: FileSplit | Split,
    indices: tf.data.Dataset,
    transform: ImageTransform,
    stream: Stream,
    *,
    as_tested: bool = False,
) -> tf.data.Dataset:
    """Augment batches of chosen images.

    Args:
        split: Image files, or images in memory of the transform's size.
        indices: Data set of int32 `[batch_size]`, the images of each batch, from the `start`-th batch on.
        transform: Cutting and augmentation.
        stream: Batch size, mean, seed and start.
        as_tested: Whether to leave out the augmentation and cut the centers.
    """
    import tensorflow as tf

    size, batch_size = transform.size, stream.batch_size
    shape = (size, size, 3 if isinstance(split, FileSplit) else split.images.shape[-1])
    with tf.device("CPU:0"):
        _, crop_key, mix_key = keys_of(stream.seed)
        offset = offset_of(stream.mean, shape)

    def key_of(number: tf.Tensor, purpose: int) -> tf.Tensor:
        key = tf.random.fold_in(crop_key, number // batch_size, alg="philox")
        key = tf.random.fold_in(key, number % batch_size, alg="philox")
        return tf.random.fold_in(key, tf.constant(purpose, tf.int64), alg="philox")

    def changed(number: tf.Tensor, image: tf.Tensor) -> tf.Tensor:
        return transform.erase(transform.change(image, key_of(number, CHANGE)) - offset, key_of(number, ERASE))

    def of_file(
        number: tf.Tensor, contents: tf.Tensor, orientation: tf.Tensor, shape: tf.Tensor, start: tf.Tensor
    ) -> tf.Tensor:
        view = transform.training_view(shape, key_of(number, CROP))
        pixels, seen = in_graph.decode(contents, orientation, view, start)
        return changed(number, in_graph.render(pixels, seen, size))

    def of_array(number: tf.Tensor, pixels: tf.Tensor) -> tf.Tensor:
        view = transform.training_view(tf.shape(pixels)[:2], key_of(number, CROP))
        return changed(number, _cut(pixels, view, size))

    def mixed(step: tf.Tensor, batch: tuple[tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        key = tf.random.fold_in(mix_key, step, alg="philox")
        return mix(*batch, key, split.classes, transform.mixup, transform.cutmix)

    steps = tf.data.Dataset.counter(tf.constant(stream.start, tf.int64))
    positions = tf.range(batch_size, dtype=tf.int64)
    drawn = tf.data.Dataset.zip(steps, indices).map(lambda step, index: (step * batch_size + positions, index))
    standardize = standardizer(stream.mean, shape)
    if isinstance(split, FileSplit):
        batches = _decoded(split, drawn, _centered(transform, standardize) if as_tested else of_file, size)
    else:
        batches = _held(split, drawn, (lambda _, pixels: standardize(pixels)) if as_tested else of_array)
    return tf.data.Dataset.zip(steps, batches).map(mixed) if transform.mixes and not as_tested else batches


def test_files(split: FileSplit, batch_size: int, mean: np.ndarray | None, multiple: int = 1) -> tf.data.Dataset:
    """Make the batches of `test_batches` from the centers of image files."""
    import tensorflow as tf

    size, count = split.transform.size, len(split)
    filled = -(-count // multiple) * multiple
    with tf.device("CPU:0"):
        standardize = standardizer(mean, (size, size, 3))
    numbers = tf.data.Dataset.range(filled)
    drawn = numbers.map(lambda number: (number, tf.cast(tf.minimum(number, count - 1), tf.int32)))
    batches = _decoded(split, drawn.batch(batch_size), _centered(split.transform, standardize), size)
    if multiple > 1:
        weights = numbers.batch(batch_size).map(lambda number: tf.cast(number < count, tf.float32))
        batches = tf.data.Dataset.zip(batches, weights).map(lambda pair, weight: (*pair, weight))
    return ahead(batches, -(-filled // batch_size))


@checked
def centres(paths: Sequence[str | os.PathLike[str]], transform: ImageTransform) -> np.ndarray:
    """Cut the centers of image files as the test of a network does: float32 `[n, size, size, 3]` in 0 to 1.

    Raises:
        ValueError: A file is missing, is not a sound image, or cannot be decoded.
    """
    split = replace(split_of(paths, transform), max_bad=0.0)
    with split.faults.explained():
        return np.concatenate([pixels for pixels, _ in test_files(split, 1, None).as_numpy_iterator()])


def mean_of_files(split: FileSplit) -> np.ndarray:
    """Compute the mean of the centers of up to 4,096 images, evenly spaced in the split.

    Returns:
        float32 in 0 to 1, `[1, 1, 3]` or `[size, size, 3]`, as `transform.mean` says "channel" or "pixel".

    Raises:
        ValueError: More files than `max_bad` allows cannot be decoded.
    """
    import tensorflow as tf

    chosen = np.unique(np.linspace(0, len(split) - 1, MEAN_OF).round().astype(np.int32))
    size = split.transform.size
    drawn = tf.data.Dataset.from_tensor_slices((chosen.astype(np.int64), chosen)).batch(MEAN_AT_ONCE)
    batches = _decoded(split, drawn, _centered(split.transform, standardizer(None, (size, size, 3))), size)
    total = np.zeros((size, size, 3))
    with split.faults.explained():
        for images, _ in batches.as_numpy_iterator():
            total += images.sum(axis=0, dtype=np.float64)
    mean = total / len(chosen)
    if split.transform.mean == "channel":
        mean = mean.mean(axis=(0, 1), keepdims=True)
    return mean.astype(np.float32)


def _decoded(split: FileSplit, drawn: tf.data.Dataset, image: Callable[..., tf.Tensor], size: int) -> tf.data.Dataset:
    """Decode batches in parallel, in order; an image that fails is replaced by its next sound neighbour.

    Each batch is a small data set of two elements: all its images decoded at once and, used only if one of them fails,
    all decoded one by one. In the second each image is a data set of itself and its neighbours, of which the first
    that can be decoded is taken. So batches without failures cost nothing more, and no image changes its position.

    Args:
        split: Image files.
        drawn: Data set of batches of (numbers int64 `[b]`, indices int32 `[b]`).
        image: Function of an image's number, contents, orientation, size and start of scans.
        size: Height and width that `image` returns.

    Returns:
        A data set of (images, labels).
    """
    import tensorflow as tf

    neighbours = min(NEIGHBOURS, len(split))
    with tf.device("CPU:0"):
        paths, labels = tf.constant([*map(os.fsencode, split.paths)]), tf.constant(split.labels)
        sizes, orientations = tf.constant(split.sizes), tf.constant(split.orientations)
        starts = tf.constant(split.starts)

    @tf.function  # traced once for its two uses
    def read(number: tf.Tensor, index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return index, image(number, tf.io.read_file(paths[index]), orientations[index], sizes[index], starts[index])

    def one(number: tf.Tensor, index: tf.Tensor) -> tf.data.Dataset:
        candidates = (index + tf.range(neighbours)) % len(split)
        found = tf.data.Dataset.from_tensor_slices(candidates).map(lambda other: read(number, other))
        none = tf.data.Dataset.from_tensors((_NONE, tf.zeros([size, size, 3])))
        return found.ignore_errors(log_warning=False).concatenate(none).take(1)

    def batch(numbers: tf.Tensor, indices: tf.Tensor) -> tf.data.Dataset:
        each, count = tf.data.Dataset.from_tensor_slices((numbers, indices)), tf.size(indices, tf.int64)
        quick = each.map(read, num_parallel_calls=cores, deterministic=True)
        careful = each.interleave(one, cycle_length=cores, num_parallel_calls=cores, deterministic=True)
        # A batch in which an image has failed has fewer images: it is dropped.
        quick, careful = (images.batch(count, drop_remainder=True) for images in (quick, careful))
        whole = quick.ignore_errors(log_warning=False).concatenate(careful).take(1)
        return whole.map(lambda used, images: (indices, used, tf.ensure_shape(images, [*indices.shape, *[None] * 3])))

    def labelled(wanted: tf.Tensor, used: tf.Tensor, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        well = tf.reduce_all(used == wanted)
        sure = tf.cond(well, lambda: used, lambda: tf.numpy_function(note, [wanted, used], tf.int32))
        return images, tf.gather(labels, tf.ensure_shape(sure, wanted.shape))

    cores = os.cpu_count() or 1
    note = partial(_note_failures, split, neighbours)
    batches = drawn.interleave(
        batch, cycle_length=BATCHES_AT_ONCE, num_parallel_calls=BATCHES_AT_ONCE, deterministic=True
    )
    return batches.map(labelled)


def _note_failures(split: FileSplit, neighbours: int, wanted: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Record the files that failed before the ones used in place of those wanted; return the indices used."""
    for index, other in zip(wanted.tolist(), used.tolist(), strict=True):
        failed = neighbours if other == _NONE else (other - index) % len(split)
        split.faults.note(split, ((index + k) % len(split) for k in range(failed)), hopeless=other == _NONE)
    return used


def _centered(transform: ImageTransform, standardize: Callable[[tf.Tensor], tf.Tensor]) -> Callable[..., tf.Tensor]:
    """Return the function that cuts the center of a file as evaluation does, to the same rounding."""
    expected = transform.tested()

    def image(
        _: tf.Tensor, contents: tf.Tensor, orientation: tf.Tensor, shape: tf.Tensor, start: tf.Tensor
    ) -> tf.Tensor:
        return standardize(in_graph.center_crop(contents, orientation, shape, start, expected))

    return image


def _cut(pixels: tf.Tensor, view: in_graph.View, size: int) -> tf.Tensor:
    """Cut and resize an image in memory as a view says."""
    import tensorflow as tf

    top, left, height, width = tf.unstack(view.window)
    return in_graph.render(pixels[top : top + height, left : left + width], view, size)


def _held(split: Split, drawn: tf.data.Dataset, image: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]) -> tf.data.Dataset:
    """Make batches of images in memory as `_decoded` does of files; all have one length."""
    import tensorflow as tf

    with tf.device("CPU:0"):
        images, labels = tf.constant(split.images), tf.constant(split.labels)

    def one(number: tf.Tensor, index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return image(number, images[index]), labels[index]

    each = drawn.unbatch().map(one, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return each.batch(drawn.element_spec[0].shape[0], num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
