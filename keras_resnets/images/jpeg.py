"""Strict decoding of JPEGs in a graph: a JPEG whose pixels end too early is refused, whatever marker follows them.

libjpeg takes an end-of-image marker for the end of the pixels too, invents the missing ones, and warns; TensorFlow's
ops do not pass the warning on. Data that end without a marker are an error, though. So the marker is taken away and a
few bytes are put in its place, as many as the decoder reads ahead: a whole image does not need more, one that is cut
short runs out of them. An image of several scans is read up to its marker before anything is decoded; so it is decoded
twice, with and without other bytes ahead of the marker, which change the pixels where they are taken for missing ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keras_resnets.images.headers import MOST_SCANS

if TYPE_CHECKING:
    import tensorflow as tf

EXACT = "INTEGER_ACCURATE"  # libjpeg's cosine transform as Pillow has it
SCAN, END = b"\xff\xda", b"\xff\xd9"
# The zero makes data of an 0xFF that the cut may have left; 64 bits are read ahead; codes of many ones are long.
AHEAD = b"\0" + b"\xfe" * 8
OTHERS = b"\0" + bytes(1 + 97 * k % 251 for k in range(4096))
COMPARED = 1 << 27
"""Largest product of pixels and scans at which an image of several scans is decoded twice; above it takes seconds."""
BLOCK = 8


def scans(contents: tf.Tensor, start: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return a JPEG up to its end-of-image marker, or "" if it has none, and its number of scans.

    More than `headers.MOST_SCANS` are not counted further.

    Args:
        contents: string.
        start: Position of the first scan's marker, int32; -1 if the JPEG has no scan. Thumbnails before it have
            markers too.
    """
    import tensorflow as tf

    start = tf.maximum(start, 0)
    pieces = tf.strings.split(tf.strings.substr(contents, start, tf.strings.length(contents)), END, maxsplit=1)
    body = tf.strings.substr(contents, 0, start + tf.strings.length(pieces[0]))
    count = tf.size(tf.strings.split(pieces[0], SCAN, maxsplit=MOST_SCANS + 1)) - 1
    return tf.where(tf.size(pieces) > 1, body, ""), count


def decode(contents: tf.Tensor, start: tf.Tensor) -> tf.Tensor:
    """Return all pixels of a JPEG, uint8 `[h, w, 3]`.

    Args:
        contents: string.
        start: as for `scans`.

    Raises:
        tf.errors.InvalidArgumentError: where the graph runs, if it is damaged or cut short.
    """
    import tensorflow as tf

    body, twice, compared = _plan(contents, start, tf.constant(False))
    cases = [(twice & compared, lambda: _compared(contents, body)), (twice, lambda: _pixels(contents))]
    return tf.case(cases, default=lambda: _pixels(_with_last_row(contents, body)))


def refuse_cut(contents: bytes, start: int) -> None:
    """Raise if a JPEG is cut short or damaged, as far as it is noticed where it is decoded.

    Raises:
        ValueError: The reason, as the end of a sentence.
    """
    import tensorflow as tf

    with tf.device("CPU:0"):
        try:
            checked(tf.constant(contents), tf.constant(start), tf.constant(False))
        except tf.errors.OpError:
            raise ValueError("damaged or cut short: it cannot be decoded") from None


def checked(contents: tf.Tensor, start: tf.Tensor, inside: tf.Tensor) -> tf.Tensor:
    """Return a JPEG, string, such that decoding a part of it fails where pixels of that are missing.

    Args:
        contents: string.
        start: as for `scans`.
        inside: whether the part leaves out the last row. What is missing below it is not noticed then.

    Raises:
        tf.errors.InvalidArgumentError: where the graph runs, if it is cut short and the part goes to the last row.
    """
    import tensorflow as tf

    body, twice, compared = _plan(contents, start, inside)

    def after_comparison() -> tf.Tensor:
        least = tf.reduce_min(tf.cast(_compared(contents, body), tf.int32))
        with tf.control_dependencies([tf.debugging.assert_greater_equal(least, 0)]):
            return tf.identity(contents)

    cases = [
        (twice & compared, after_comparison),
        (twice, lambda: contents),
        (inside, lambda: body + AHEAD),  # behind the last row the decoder would look for the marker
    ]
    return tf.case(cases, default=lambda: _with_last_row(contents, body))


def _plan(contents: tf.Tensor, start: tf.Tensor, inside: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Return the JPEG up to its end-of-image marker, whether it must be decoded twice, and whether it may be."""
    import tensorflow as tf

    body, count = scans(contents, start)
    height, width, _ = tf.unstack(tf.image.extract_jpeg_shape(contents))
    scanned = tf.cast(count, tf.int64) * tf.cast(height, tf.int64) * tf.cast(width, tf.int64)
    # Where the last row of pixels alone has a row of blocks, the row before it does without these. Without a marker
    # the decoder itself notices the end.
    twice = (body == "") | (count > 1) | (~inside & ((height - 1) % BLOCK == 0))
    return body, twice, (body != "") & (scanned <= COMPARED)


def _compared(contents: tf.Tensor, body: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    found = _pixels(contents)
    equal = tf.debugging.assert_equal(found, _pixels(body + OTHERS + END), "The pixels end too early")
    with tf.control_dependencies([equal]):
        return tf.identity(found)


def _with_last_row(contents: tf.Tensor, body: tf.Tensor) -> tf.Tensor:
    """Return `contents` after decoding a pixel of the last row but one; the rows before it are only read."""
    import tensorflow as tf

    row = tf.image.extract_jpeg_shape(contents)[0] - 2
    last = tf.raw_ops.DecodeAndCropJpeg(
        contents=body + AHEAD, crop_window=tf.stack([row, 0, 1, 1]), channels=3, dct_method=EXACT
    )
    # The comparison keeps TensorFlow from leaving out an op whose pixels nothing needs.
    with tf.control_dependencies([tf.debugging.assert_less_equal(tf.cast(last, tf.int32), 255)]):
        return tf.identity(contents)


def _pixels(contents: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    return tf.io.decode_jpeg(contents, channels=3, dct_method=EXACT)
