"""Signatures of a SavedModel: from pixels, or files, to probabilities, the likeliest classes and features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from keras_resnets.export.encoded import decoded
from keras_resnets.export.served import Served
from keras_resnets.images import in_graph
from keras_resnets.images.headers import MOST_ASPECT

IMAGES, IMAGE_BYTES = "images", "image_bytes"
SERVING, BYTES, FEATURES = "serving_default", "classify_bytes", "features"


def signatures_of(served: Served, *, top: int, dtype: str, most_pixels: int) -> dict[str, Any]:
    """Trace the signatures: functions of a named tensor that return dictionaries of named tensors.

    `serving_default`: `images`, [batch, height, width, channels] of 0 to 255, to `probabilities`, float32
    [batch, classes]. `classify_bytes`: `image_bytes`, string [batch], to `classes`, string [batch, k], `scores`,
    float32 [batch, k], the likeliest first, and `error`, string [batch]: "", or the reason for a refusal.
    `features`, if the network has them: `images` to `features`, float32 [batch, channels], the last layer's input.
    """
    network, outputs = served.network, served.outputs

    def run(pixels: tf.Tensor) -> dict[str, tf.Tensor]:
        found = outputs(in_graph.standardize(pixels, served.expected), training=False)
        return {name: tf.cast(values, tf.float32) for name, values in found.items()}

    def probabilities(pixels: tf.Tensor) -> tf.Tensor:
        values = run(pixels)["outputs"]
        return values if served.gives_probabilities else tf.nn.softmax(values)

    def serving_default(images):
        return {"probabilities": probabilities(centred(images, served))}

    def features(images):
        maps = run(centred(images, served))["features"]
        return {"features": tf.reduce_mean(maps, [1, 2]) if len(maps.shape) == 4 else maps}

    def classify_bytes(image_bytes):
        pixels, error = pixels_of(image_bytes, served, most_pixels)
        scores, indices = tf.math.top_k(probabilities(pixels), top)
        well = (error == "")[:, None]
        return {
            "classes": tf.where(well, tf.gather(tf.constant(served.labels), indices), ""),
            "scores": tf.where(well, scores, 0.0),
            "error": error,
        }

    images = tf.TensorSpec([None, None, None, network.channels], dtype, name=IMAGES)
    files = tf.TensorSpec([None], tf.string, name=IMAGE_BYTES)
    traced = {SERVING: _traced(serving_default, images), BYTES: _traced(classify_bytes, files)}
    return traced | ({FEATURES: _traced(features, images)} if "features" in outputs.output else {})


def owner_of(signatures: dict[str, Any]) -> tf.Module:
    """Return a module that owns the signatures' variables, for `tf.saved_model.save`, without Keras's layers."""
    owner = tf.Module()
    found = {id(variable): variable for function in signatures.values() for variable in function.graph.variables}
    owner.kept = list(found.values())
    return owner


def _traced(function: Callable, spec: tf.TensorSpec):
    return tf.function(function, input_signature=[spec]).get_concrete_function()


def pixels_of(image_bytes: tf.Tensor, served: Served, most_pixels: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the center crops of encoded images, and error messages; see `encoded.decoded`."""
    return decoded(image_bytes, served.expected, most_pixels)


def centred(images: tf.Tensor, served: Served) -> tf.Tensor:
    """Return the center crops, float32 [batch, size, size, channels] of 0 to 255, of images [batch, h, w, channels]."""
    shape = tf.shape(images)[1:3]
    with tf.control_dependencies(
        [
            tf.debugging.assert_positive(tf.shape(images), "there must be images, and they must have pixels"),
            tf.debugging.assert_less_equal(
                tf.reduce_max(shape),
                MOST_ASPECT * tf.reduce_min(shape),
                f"one side of images must be at most {MOST_ASPECT} times the other",
            ),
        ]
    ):
        images, shape = tf.identity(images), tf.identity(shape)  # divisions by the shape must wait too
    expected = served.expected
    view = in_graph.one_crop(shape, *expected.lengths)
    top, left, height, width = tf.unstack(view.window)
    windows = images[:, top : top + height, left : left + width]
    as_they_are = tf.reduce_all(shape == served.size)
    pixels = tf.cond(
        as_they_are,
        lambda: tf.cast(images, tf.float32),
        lambda: in_graph.render_whole(windows, view, served.size, expected.interpolation),
    )
    return tf.ensure_shape(pixels, [None, served.size, served.size, served.network.channels])
