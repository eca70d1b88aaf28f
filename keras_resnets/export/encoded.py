"""JPEGs and PNGs of strangers as what a network sees of them, in a graph; what cannot be taken is told, image by image.

Servers put the requests of several clients into one batch, and an op that fails, such as a decoder, fails all of it.
So nothing here fails: an image that cannot be taken becomes zeros and a sentence. Its kind and its size are read from
its first bytes, ahead of decoding; and tf.data, alone of TensorFlow, goes on after an error in a decoder.
"""

from __future__ import annotations

import tensorflow as tf

from keras_resnets.images import in_graph
from keras_resnets.images.exif_in_graph import UPRIGHT, orientation
from keras_resnets.images.preprocessing import Preprocessing

MOST_ASPECT = 100
"""Of the longer side to the shorter one: resizing by the shorter one makes the longer one long."""

DECODERS = 4  # images decoded at once, each of MOST_PIXELS at most

NO_KIND = "no JPEG or PNG by its first bytes"
DAMAGED = "damaged: it cannot be decoded"


def decoded(contents: tf.Tensor, expected: Preprocessing, most_pixels: int) -> tuple[tf.Tensor, tf.Tensor]:
    """The centre of each image, and why there is none.

    Args:
        contents: string [batch], JPEG or PNG.
        expected: Says size, resize, interpolation and channels.
        most_pixels: Of an image that is decoded.

    Returns:
        float32 [batch, size, size, channels], whole numbers of 0 to 255, and string [batch], "" for an image that is
        well.
    """
    size, channels = expected.size, len(expected.channels)

    def read(one: tf.Tensor):
        shape, turned, error = examined(one, most_pixels)
        pixels = tf.cond(
            error == "",
            lambda: in_graph.center_crop(one, turned, shape, expected),
            lambda: tf.zeros([size, size, channels]),
        )
        return tf.ensure_shape(pixels, [size, size, channels]), error

    def guarded(one: tf.Tensor) -> tf.data.Dataset:
        well = tf.data.Dataset.from_tensors(one).map(read).ignore_errors()
        damaged = tf.data.Dataset.from_tensors((tf.zeros([size, size, channels]), tf.constant(DAMAGED)))
        return well.concatenate(damaged).take(1)

    images = tf.data.Dataset.from_tensor_slices(contents)
    images = images.interleave(guarded, cycle_length=DECODERS, num_parallel_calls=DECODERS, deterministic=True)
    return images.batch(tf.size(contents, tf.int64)).get_single_element()


def examined(contents: tf.Tensor, most_pixels: int) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """By its header alone: an image's upright height and width, int32 [2], its orientation, and what is wrong, or "".

    Raises:
        tf.errors.InvalidArgumentError: where the graph runs, if a JPEG or PNG is cut short within its header.
    """

    def jpeg():
        height, width, _ = tf.unstack(tf.image.extract_jpeg_shape(contents))
        turned = orientation(contents)
        upright = tf.where(turned >= 5, [width, height], [height, width])
        return tf.cast(upright, tf.int64), turned, ""

    def png():
        digits = tf.io.decode_raw(tf.strings.substr(contents, 16, 8), tf.uint8)
        width, height = tf.unstack(
            tf.reduce_sum(tf.reshape(tf.cast(digits, tf.int64), [2, 4]) * [1 << 24, 1 << 16, 1 << 8, 1], 1)
        )
        return tf.stack([height, width]), tf.constant(UPRIGHT), ""

    def neither():
        return tf.ones([2], tf.int64), tf.constant(UPRIGHT), NO_KIND

    is_jpeg = tf.strings.substr(contents, 0, 3) == b"\xff\xd8\xff"
    start = tf.strings.join([tf.strings.substr(contents, 0, 16), tf.constant(bytes(16))])  # 16 bytes at least
    # libpng knows no other order: the header is the first chunk.
    is_png = (tf.strings.substr(start, 0, 8) == b"\x89PNG\r\n\x1a\n") & (tf.strings.substr(start, 12, 4) == b"IHDR")
    shape, turned, error = tf.case([(is_jpeg, jpeg), (is_png, png)], default=neither)
    height, width = tf.unstack(shape)
    # Sides that each are too long have a product that may be beyond 64 bits.
    large = (height > most_pixels) | (width > most_pixels)
    large |= tf.minimum(height, most_pixels) * tf.minimum(width, most_pixels) > most_pixels
    size = tf.strings.format("{}x{} pixels", (width, height))
    thin = tf.reduce_max(shape) > MOST_ASPECT * tf.reduce_min(shape)
    reasons = [
        (error != "", lambda: error),
        (tf.reduce_min(shape) < 1, lambda: size),
        (large, lambda: tf.strings.join([size, f", more than the {most_pixels:,} that are decoded"])),
        (thin, lambda: tf.strings.join([size, f": one side is more than {MOST_ASPECT} times the other"])),
    ]
    return tf.cast(shape, tf.int32), turned, tf.case(reasons, default=lambda: tf.constant(""))
