"""Settings of a training stream, and the operations that streams of arrays and of image files share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass(frozen=True, eq=False)
class Stream:
    """Settings of an endless stream of training batches.

    Attributes:
        batch_size: Number of images in a batch.
        mean: Mean subtracted from pixels / 255, float `[h, w, c]` or `[1, 1, c]`; None subtracts nothing.
        seed: Seed of the order, the crops and the mixtures.
        start: Number of the first batch, counted from 0.
    """

    batch_size: int
    mean: np.ndarray | None = None
    seed: int = 0
    start: int = 0


def keys_of(seed: int) -> list[tf.Tensor]:
    """Derive the random keys, int64 `[2]`, of the order, of crops and colours, and of mixtures."""
    import tensorflow as tf

    return tf.unstack(tf.random.split(tf.constant([seed, 0], tf.int64), 3, alg="philox"))


def batches_of_indices(count: int, stream: Stream, repeats: int = 1) -> tf.data.Dataset:
    """Draw the images of each batch, from the `start`-th batch on, without end; each pass has a fresh order.

    Args:
        count: Number of images.
        stream: Batch size, seed and start.
        repeats: Number of times that a pass takes each image, one after the other; the pass keeps its length.

    Returns:
        A data set of int32 `[batch_size]`, indices of images.
    """
    import tensorflow as tf

    size, steps = stream.batch_size, count // stream.batch_size
    with tf.device("CPU:0"):
        order_key = keys_of(stream.seed)[0]

    def one_pass(epoch: tf.Tensor) -> tf.data.Dataset:
        key = tf.random.fold_in(order_key, epoch, alg="philox")
        order = tf.random.experimental.stateless_shuffle(tf.range(count), key, alg="philox")
        taken = tf.repeat(order, repeats)[: steps * size]
        return tf.data.Dataset.from_tensor_slices(tf.reshape(taken, [steps, size]))

    return tf.data.Dataset.counter(stream.start // steps).flat_map(one_pass).skip(stream.start % steps)


def offset_of(mean: np.ndarray | None, shape: tuple[int, ...]) -> tf.Tensor:
    """Return the mean as a float32 tensor, 0 for None.

    Raises:
        ValueError: The mean fits no images of the shape `(h, w, c)`.
    """
    import tensorflow as tf

    by_channel = (1, 1, shape[-1])
    if mean is not None and np.shape(mean) not in (by_channel, tuple(shape)):
        raise ValueError(f"The mean must have the shape {by_channel} or {tuple(shape)}, not {np.shape(mean)}.")
    return tf.constant(0.0 if mean is None else mean, tf.float32)


def standardizer(mean: np.ndarray | None, shape: tuple[int, ...]) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return the function that turns pixels of 0 to 255 into the network's input: pixels / 255 - mean, float32.

    `images.in_graph.standardize` multiplies by 1 / 255 instead, which differs in the last bit: resumed runs would not
    go on exactly.

    Raises:
        ValueError: The mean fits no images of the shape `(h, w, c)`.
    """
    import tensorflow as tf

    offset = offset_of(mean, shape)
    return lambda pixels: tf.cast(pixels, tf.float32) / 255 - offset


def ahead(batches: tf.data.Dataset, count: int | None = None) -> tf.data.Dataset:
    """Prepare some batches ahead of their use.

    Args:
        batches: The data set.
        count: Number of its batches; None for a data set without end.
    """
    import tensorflow as tf

    options = tf.data.Options()
    # Rewriting the graph would write the images, or the table of files, into it once more.
    options.experimental_optimization.apply_default_optimizations = False
    known = tf.data.experimental.assert_cardinality(tf.data.INFINITE_CARDINALITY if count is None else count)
    return batches.apply(known).prefetch(tf.data.AUTOTUNE).with_options(options)
