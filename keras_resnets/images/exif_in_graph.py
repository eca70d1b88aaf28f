"""Which way up a JPEG is to be shown, read in a graph as `data.headers` reads it from a file."""

from __future__ import annotations

import tensorflow as tf

ORIENTATION, SHORT = 0x0112, 3
UPRIGHT = 1
MOST_SEGMENTS = 512  # ahead of the pixels that are looked at; a profile of any size takes 255
MOST_ENTRIES = 1024
# Of the markers: those that no length follows; the frames, behind which nothing is looked for; the ends.
WITHOUT_LENGTH = (0x01, *range(0xD0, 0xD9))
LAST = (*(code for code in range(0xC0, 0xD0) if code not in (0xC4, 0xC8, 0xCC)), 0xD9, 0xDA)
FILL, EXIF = 0xFF, 0xE1


def orientation(contents: tf.Tensor) -> tf.Tensor:
    """Exif's orientation, 1 (upright) to 8, of a JPEG, a string; 1 where it says none that means anything."""
    size = tf.strings.length(contents)

    def going(position, found, more):
        return more & (position + 4 <= size)

    def step(position, found, more):
        start, code, high, low = tf.unstack(_bytes(contents, position, 4))
        length = 256 * high + low
        segment = (start == FILL) & ~_among(code, (FILL, *WITHOUT_LENGTH, *LAST))
        said = tf.cond(segment & (code == EXIF), lambda: _of_segment(contents, position + 4, length - 2), lambda: 0)
        skipped = tf.where(segment, 2 + length, tf.where(code == FILL, 1, 2))
        more = (start == FILL) & ~_among(code, LAST)
        return position + skipped, tf.where(said > 0, said, found), more

    _, found, _ = tf.while_loop(
        going, step, (tf.constant(2), tf.constant(UPRIGHT), tf.constant(True)), maximum_iterations=MOST_SEGMENTS
    )
    return found


def _of_segment(contents: tf.Tensor, position: tf.Tensor, length: tf.Tensor) -> tf.Tensor:
    """What a segment of this place and length says; 0 for nothing."""
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
    """`count` bytes of `text` from `at` on, int32; zeros where it has none."""
    size = tf.strings.length(text)
    inside = (at >= 0) & (at <= size)
    found = tf.strings.substr(text, tf.where(inside, at, size), count)
    values = tf.cast(tf.io.decode_raw(found, tf.uint8), tf.int32)
    return tf.reshape(tf.pad(values, [[0, count - tf.size(values)]]), [count])


def _among(code: tf.Tensor, codes: tuple[int, ...]) -> tf.Tensor:
    return tf.reduce_any(code == tf.constant(codes))
