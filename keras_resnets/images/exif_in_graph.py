"""Exif orientation and first scan of a JPEG, read in a graph as `images.headers` reads them from a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf

ORIENTATION, SHORT = 0x0112, 3
UPRIGHT = 1
NOWHERE = -1
MOST_SEGMENTS = 512  # read ahead of the pixels; a colour profile takes up to 255
MOST_ENTRIES = 1024
WITHOUT_LENGTH = (0x01, *range(0xD0, 0xD9))  # markers that no length follows
FILL, EXIF, END, SCAN = 0xFF, 0xE1, 0xD9, 0xDA


def segments(contents: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return Exif's orientation, 1 (upright) to 8, of a JPEG, a string, and the position of its first scan's marker.

    The orientation is 1 if it is missing or invalid; the position is -1 if the JPEG has no scan.
    """
    import tensorflow as tf

    size = tf.strings.length(contents)

    def going(position, found, start, more):
        return more & (position + 4 <= size)

    def step(position, found, start, more):
        first, code, high, low = tf.unstack(_bytes(contents, position, 4))
        length = 256 * high + low
        segment = (first == FILL) & ~_among(code, (FILL, *WITHOUT_LENGTH, END, SCAN))
        said = tf.cond(segment & (code == EXIF), lambda: _of_segment(contents, position + 4, length - 2), lambda: 0)
        skipped = tf.where(segment, 2 + length, tf.where(code == FILL, 1, 2))
        start = tf.where((first == FILL) & (code == SCAN), position, start)
        more = (first == FILL) & ~_among(code, (END, SCAN))
        return position + skipped, tf.where(said > 0, said, found), start, more

    _, found, start, _ = tf.while_loop(
        going,
        step,
        (tf.constant(2), tf.constant(UPRIGHT), tf.constant(NOWHERE), tf.constant(True)),
        maximum_iterations=MOST_SEGMENTS,
    )
    return found, start


def _of_segment(contents: tf.Tensor, position: tf.Tensor, length: tf.Tensor) -> tf.Tensor:
    """Return the orientation in the segment of this position and length; 0 for none."""
    import tensorflow as tf

    tiff = tf.strings.substr(contents, position + 6, tf.maximum(length - 6, 0))
    exif = tf.strings.substr(contents, position, 6) == b"Exif\0\0"
    order = tf.strings.substr(tiff, 0, 2)

    def said() -> tf.Tensor:
        weights = tf.where(order == b"II", [1, 1 << 8, 1 << 16, 1 << 24], [1 << 24, 1 << 16, 1 << 8, 1])
        of_two = tf.where(order == b"II", [1, 1 << 8], [1 << 8, 1])
        first = tf.reduce_sum(_bytes(tiff, 4, 4) * weights)
        count = tf.minimum(tf.reduce_sum(_bytes(tiff, first, 2) * of_two), MOST_ENTRIES)
        entries = tf.reshape(_bytes(tiff, first + 2, 12 * count), [-1, 12])
        tags, kinds, values = (tf.reduce_sum(entries[:, at : at + 2] * of_two, 1) for at in (0, 2, 8))
        found = tf.boolean_mask(values, (tags == ORIENTATION) & (kinds == SHORT))[:1]
        return tf.reduce_sum(tf.where((found >= 1) & (found <= 8), found, 0))

    return tf.cond(exif & ((order == b"II") | (order == b"MM")), said, lambda: 0)


def _bytes(text: tf.Tensor, at: tf.Tensor | int, count: tf.Tensor | int) -> tf.Tensor:
    """Return `count` bytes of `text` from `at` on, int32; zeros beyond its end."""
    import tensorflow as tf

    size = tf.strings.length(text)
    inside = (at >= 0) & (at <= size)
    found = tf.strings.substr(text, tf.where(inside, at, size), count)
    values = tf.cast(tf.io.decode_raw(found, tf.uint8), tf.int32)
    return tf.reshape(tf.pad(values, [[0, count - tf.size(values)]]), [count])


def _among(code: tf.Tensor, codes: tuple[int, ...]) -> tf.Tensor:
    import tensorflow as tf

    return tf.reduce_any(code == tf.constant(codes))
