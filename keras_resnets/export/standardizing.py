"""Pixels as a network's input, in TensorFlow."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from keras_resnets.weights import Preprocessing


def standardized(pixels: tf.Tensor, preprocessing: Preprocessing | None, mean: np.ndarray | None) -> tf.Tensor:
    """What `evaluation.Judged.standardize` makes of pixels of 0 to 255, by one multiplication and one addition.

    Args:
        pixels: [batch, height, width, channels], RGB or gray.
        preprocessing: which standardizes; None where pixels / 255 - `mean` does.
        mean: [h, w, c] or [c]; None for none.

    Returns:
        float32, of the same shape.
    """
    way = preprocessing
    if way is not None and way.channels == "BGR":
        pixels = tf.reverse(pixels, [-1])
    pixels = tf.cast(pixels, tf.float32)
    if way is not None:
        std = np.asarray(way.std)
        return pixels * np.float32(way.scale / std) + np.float32(-np.asarray(way.mean) / std)
    pixels = pixels * np.float32(1 / 255)
    return pixels if mean is None else pixels + np.float32(-np.asarray(mean))
