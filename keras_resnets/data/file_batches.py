"""Batches made image by image: read, cut, decoded and augmented in parallel; the seed alone decides what comes when."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from keras_resnets.augment.mixup import mix
from keras_resnets.augment.transform import ImageTransform
from keras_resnets.data.arrays import Split
from keras_resnets.data.folders import FileSplit, split_of
from keras_resnets.images import in_graph

if TYPE_CHECKING:
    import tensorflow as tf

NEIGHBOURS = 16  # images that are tried: the one that is wanted, and those behind it where it cannot be decoded
MEAN_OF = 4096  # images that a mean is taken of
MEANT_AT_ONCE = 32
BATCHES_AT_ONCE = 2  # the second begins before the last images of the first are there
_NONE = -1


def training_images(
    split: FileSplit | Split,
    batch_size: int,
    steps: int,
    mean: np.ndarray | None,
    transform: ImageTransform,
    seed: int,
    start: int,
    as_tested: bool = False,
) -> tf.data.Dataset:
    """As `training_batches`, image by image; where they are mixed, labels are float32 `[b, classes]`.

    Crop and colours of an image are drawn from (seed, step, position), the mixture of a batch from (seed, step).
    """
    import tensorflow as tf

    with tf.device("CPU:0"):
        order_key = keys_of(seed)[0]

    def indices(epoch: tf.Tensor) -> tf.data.Dataset:
        key = tf.random.fold_in(order_key, epoch, alg="philox")
        order = tf.random.experimental.stateless_shuffle(tf.range(len(split)), key, alg="philox")
        repeats = 1 if as_tested else transform.repeats
        return tf.data.Dataset.from_tensor_slices(tf.repeat(order, repeats)[: steps * batch_size])

    epochs = tf.data.Dataset.counter(start // steps).flat_map(indices).skip(start % steps * batch_size)
    endless = tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY)
    batches = augmented(split, epochs, batch_size, mean, transform, seed, start, as_tested)
    return _ahead(batches.apply(endless))


def keys_of(seed: int) -> list[tf.Tensor]:
    """The keys of the order, of crops and colours, and of mixtures."""
    import tensorflow as tf

    return tf.unstack(tf.random.split(tf.constant([seed, 0], tf.int64), 3, alg="philox"))


def augmented(
    split: FileSplit | Split,
    indices: tf.data.Dataset,
    batch_size: int,
    mean: np.ndarray | None,
    transform: ImageTransform,
    seed: int,
    start: int = 0,
    as_tested: bool = False,
) -> tf.data.Dataset:
    """Batches of the images whose int32 numbers are given, from the `start`-th batch on; `as_tested` their centres."""
    import tensorflow as tf

    channels = 3 if isinstance(split, FileSplit) else split.images.shape[-1]
    with tf.device("CPU:0"):
        _, crop_key, mix_key = keys_of(seed)
        offset = _offset(mean, transform.size, channels)

    def view(number: tf.Tensor, shape: tf.Tensor) -> in_graph.View:
        return transform.training_view(shape, key_of(number, 0))

    def change(number: tf.Tensor, image: tf.Tensor) -> tf.Tensor:
        return transform.erase(transform.change(image, key_of(number, 1)) - offset, key_of(number, 2))

    def trained(
        number: tf.Tensor, contents: tf.Tensor, orientation: tf.Tensor, shape: tf.Tensor, start: tf.Tensor
    ) -> tf.Tensor:
        pixels, seen = in_graph.decode(contents, orientation, view(number, shape), start)
        return change(number, in_graph.render(pixels, seen, transform.size))

    def mixed(step: tf.Tensor, batch: tuple[tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        key = tf.random.fold_in(mix_key, step, alg="philox")
        return mix(*batch, key, split.classes, transform.mixup, transform.cutmix)

    def key_of(number: tf.Tensor, purpose: int) -> tf.Tensor:
        key = tf.random.fold_in(crop_key, number // batch_size, alg="philox")
        key = tf.random.fold_in(key, number % batch_size, alg="philox")
        return tf.random.fold_in(key, tf.constant(purpose, tf.int64), alg="philox")

    def held(number: tf.Tensor, pixels: tf.Tensor) -> tf.Tensor:
        return change(number, _cut(pixels, view(number, tf.shape(pixels)[:2]), transform.size))

    drawn = tf.data.Dataset.zip(tf.data.Dataset.counter(tf.constant(start * batch_size, tf.int64)), indices)
    drawn = drawn.batch(batch_size, drop_remainder=True)
    if isinstance(split, FileSplit):
        batches = _decoded(split, drawn, _tested(transform, offset) if as_tested else trained, transform.size)
    elif as_tested:
        batches = _held(split, drawn, lambda _, pixels: tf.cast(pixels, tf.float32) / 255 - offset)
    else:
        batches = _held(split, drawn, held)
    if transform.mixes and not as_tested:
        batches = tf.data.Dataset.zip(tf.data.Dataset.counter(tf.constant(start, tf.int64)), batches).map(mixed)
    return batches


def test_files(split: FileSplit, batch_size: int, mean: np.ndarray | None, multiple: int = 1) -> tf.data.Dataset:
    """As `test_batches`, of files: the centre of each."""
    import tensorflow as tf

    transform = split.transform
    count, filled = len(split), -(-len(split) // multiple) * multiple
    with tf.device("CPU:0"):
        offset = _offset(mean, transform.size)
    numbers = tf.data.Dataset.range(filled)
    drawn = numbers.map(lambda number: (number, tf.cast(tf.minimum(number, count - 1), tf.int32)))
    drawn = drawn.batch(batch_size)
    batches = _decoded(split, drawn, _tested(transform, offset), transform.size)
    if multiple > 1:
        weights = numbers.batch(batch_size).map(lambda number: tf.cast(number < count, tf.float32))
        batches = tf.data.Dataset.zip(batches, weights).map(lambda pair, weight: (*pair, weight))
    known = tf.data.experimental.assert_cardinality(-(-filled // batch_size))
    return _ahead(batches.apply(known))


def centres(paths: Sequence[str | os.PathLike[str]], transform: ImageTransform) -> np.ndarray:
    """The centres of image files as a network sees them in its test: float32 `[n, size, size, 3]` in 0 to 1.

    Raises:
        ValueError: a file is missing or no sound image, or fails in decoding.
    """
    split = replace(split_of(paths, transform), max_bad=0.0)
    with split.faults.told():
        return np.concatenate([pixels for pixels, _ in test_files(split, 1, None).as_numpy_iterator()])


def mean_of_files(split: FileSplit) -> np.ndarray:
    """The mean of the centres of at most 4,096 images, evenly taken; float32 `[1, 1, 3]` or `[size, size, 3]`.

    In 0 to 1; a value a channel or a pixel, as the augmentation says.

    Raises:
        ValueError: more files than `max_bad` fail in decoding.
    """
    import tensorflow as tf

    chosen = np.unique(np.linspace(0, len(split) - 1, MEAN_OF).round().astype(np.int32))
    size = split.transform.size
    drawn = tf.data.Dataset.from_tensor_slices((chosen.astype(np.int64), chosen)).batch(MEANT_AT_ONCE)
    batches = _decoded(split, drawn, _tested(split.transform, 0.0), size)
    total = np.zeros((size, size, 3))
    with split.faults.told():
        for images, _ in batches.as_numpy_iterator():
            total += images.sum(axis=0, dtype=np.float64)
    mean = total / len(chosen)
    if split.transform.mean == "channel":
        mean = mean.mean(axis=(0, 1), keepdims=True)
    return mean.astype(np.float32)


def _decoded(
    split: FileSplit,
    drawn: tf.data.Dataset,
    image: Callable[..., tf.Tensor],
    size: int,
) -> tf.data.Dataset:
    """(images, labels) of each batch of (numbers, indices) drawn, decoded in parallel, in order.

    A batch is a small data set of its own: all its images and, behind that, where one of them fails, the same image by
    image. There each is a data set too: it and its neighbours, of which the first that can be decoded is taken. So a
    failure costs nothing where there is none, and no image moves another.
    """
    import tensorflow as tf

    neighbours = min(NEIGHBOURS, len(split))
    with tf.device("CPU:0"):
        paths, labels = tf.constant([*map(os.fsencode, split.paths)]), tf.constant(split.labels)
        sizes, orientations = tf.constant(split.sizes), tf.constant(split.orientations)
        starts = tf.constant(split.starts)

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
        # What is left of a batch in which an image has failed is no whole one, and dropped.
        quick, careful = (images.batch(count, drop_remainder=True) for images in (quick, careful))
        whole = quick.ignore_errors(log_warning=False).concatenate(careful).take(1)
        return whole.map(lambda used, images: (indices, used, tf.ensure_shape(images, [*indices.shape, *[None] * 3])))

    def note(wanted: np.ndarray, used: np.ndarray) -> np.ndarray:
        for index, other in zip(wanted.tolist(), used.tolist(), strict=True):
            failed = neighbours if other == _NONE else (other - index) % len(split)
            split.faults.note(split, ((index + k) % len(split) for k in range(failed)), hopeless=other == _NONE)
        return used

    def labelled(wanted: tf.Tensor, used: tf.Tensor, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        well = tf.reduce_all(used == wanted)
        sure = tf.cond(well, lambda: used, lambda: tf.numpy_function(note, [wanted, used], tf.int32))
        return images, tf.gather(labels, tf.ensure_shape(sure, wanted.shape))

    cores = os.cpu_count() or 1
    batches = drawn.interleave(
        batch, cycle_length=BATCHES_AT_ONCE, num_parallel_calls=BATCHES_AT_ONCE, deterministic=True
    )
    return batches.map(labelled)


def _tested(transform: ImageTransform, offset: tf.Tensor | float) -> Callable:
    """The image of a file as evaluation sees it, pixels / 255 - `offset`: its center, to the same rounding."""
    expected = transform.tested()

    def image(
        _: tf.Tensor, contents: tf.Tensor, orientation: tf.Tensor, shape: tf.Tensor, start: tf.Tensor
    ) -> tf.Tensor:
        return in_graph.center_crop(contents, orientation, shape, start, expected) / 255 - offset

    return image


def _cut(pixels: tf.Tensor, view: in_graph.View, size: int) -> tf.Tensor:
    """The view of an image in memory."""
    import tensorflow as tf

    top, left, height, width = tf.unstack(view.window)
    return in_graph.render(pixels[top : top + height, left : left + width], view, size)


def _held(split: Split, drawn: tf.data.Dataset, image: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]) -> tf.data.Dataset:
    """As `_decoded`, of images in memory; all batches are of one size."""
    import tensorflow as tf

    with tf.device("CPU:0"):
        images, labels = tf.constant(split.images), tf.constant(split.labels)

    def one(number: tf.Tensor, index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return image(number, images[index]), labels[index]

    each = drawn.unbatch().map(one, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    return each.batch(drawn.element_spec[0].shape[0], num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def _offset(mean: np.ndarray | None, size: int, channels: int = 3) -> tf.Tensor:
    import tensorflow as tf

    shapes = ((1, 1, channels), (size, size, channels))
    if mean is not None and np.shape(mean) not in shapes:
        raise ValueError(f"The mean has one of the shapes {shapes}, but this one {np.shape(mean)}.")
    return tf.constant(0.0 if mean is None else mean, tf.float32)


def _ahead(batches: tf.data.Dataset) -> tf.data.Dataset:
    import tensorflow as tf

    options = tf.data.Options()
    # Rewriting the graph would write the table of files into it once more.
    options.experimental_optimization.apply_default_optimizations = False
    return batches.prefetch(tf.data.AUTOTUNE).with_options(options)
