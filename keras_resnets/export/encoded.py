"""Untrusted JPEGs and PNGs decoded and cropped in a graph, with an error message for each image that is refused.

Servers put the requests of several clients into one batch, and an op that fails, such as a decoder, fails all of it.
So nothing here fails: an image that is refused becomes zeros and an error message. Format and size are read from the
first bytes, ahead of decoding; and tf.data is the only part of TensorFlow that continues after an error in a decoder.
"""

from __future__ import annotations

import tensorflow as tf

from keras_resnets.images import in_graph
from keras_resnets.images.exif_in_graph import NOWHERE, UPRIGHT, segments
from keras_resnets.images.headers import (
    CHANNELS,
    DEEPEST,
    MOST_ASPECT,
    MOST_SCANNED,
    MOST_SCANS,
    MOST_SPARE,
    most_packed,
)
from keras_resnets.images.jpeg import scans
from keras_resnets.images.preprocessing import Preprocessing

DECODERS = 4  # images decoded at once, each of `most_pixels` at most

NO_KIND = "no JPEG or PNG by its first bytes"
DAMAGED = "damaged: it cannot be decoded"
PACKED = r"\C{1,79}\x00\x01\C*"  # start of an iTXt chunk whose text is compressed


def decoded(contents: tf.Tensor, expected: Preprocessing, most_pixels: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Decode images and cut out their centers.

    Args:
        contents: string [batch], JPEG or PNG.
        expected: Preprocessing, of which size, resize, interpolation and channels are used.
        most_pixels: Largest number of pixels of an image that is decoded.

    Returns:
        float32 [batch, size, size, channels], whole numbers of 0 to 255, and error messages, string [batch], "" for
        images without error.
    """
    size, channels = expected.size, len(expected.channels)

    def read(one: tf.Tensor):
        shape, turned, start, error = examined(one, most_pixels)
        pixels = tf.cond(
            error == "",
            lambda: in_graph.center_crop(one, turned, shape, start, expected),
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


def examined(contents: tf.Tensor, most_pixels: int) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
    """Read the header of an image before it is decoded.

    Returns:
        Upright height and width, int32 [2]; orientation; offset of a JPEG's first scan; and the error message, or "".

    Raises:
        tf.errors.InvalidArgumentError: When the graph runs: a JPEG or PNG is truncated within its header.
    """

    def jpeg():
        height, width, _ = tf.unstack(tf.image.extract_jpeg_shape(contents))
        turned, start = segments(contents)
        upright = tf.cast(tf.where(turned >= 5, [width, height], [height, width]), tf.int64)
        wrong = tf.cond(start == NOWHERE, lambda: DAMAGED, lambda: _of_scans(contents, start, tf.reduce_prod(upright)))
        return upright, turned, start, wrong

    def png():
        digits = tf.io.decode_raw(tf.strings.substr(contents, 16, 8), tf.uint8)
        width, height = tf.unstack(
            tf.reduce_sum(tf.reshape(tf.cast(digits, tf.int64), [2, 4]) * [1 << 24, 1 << 16, 1 << 8, 1], 1)
        )
        # Sides that are too long are refused as such.
        sides = [tf.minimum(side, most_pixels) for side in (height, width)]
        return tf.stack([height, width]), tf.constant(UPRIGHT), tf.constant(NOWHERE), _of_packed(contents, *sides)

    def neither():
        return tf.ones([2], tf.int64), tf.constant(UPRIGHT), tf.constant(NOWHERE), NO_KIND

    is_jpeg = tf.strings.substr(contents, 0, 3) == b"\xff\xd8\xff"
    start = tf.strings.join([tf.strings.substr(contents, 0, 16), tf.constant(bytes(16))])  # 16 bytes at least
    # libpng knows no other order: the header is the first chunk.
    is_png = (tf.strings.substr(start, 0, 8) == b"\x89PNG\r\n\x1a\n") & (tf.strings.substr(start, 12, 4) == b"IHDR")
    shape, turned, start, error = tf.case([(is_jpeg, jpeg), (is_png, png)], default=neither)
    height, width = tf.unstack(shape)
    # Sides that each are too long have a product that may be beyond 64 bits.
    large = (height > most_pixels) | (width > most_pixels)
    large |= tf.minimum(height, most_pixels) * tf.minimum(width, most_pixels) > most_pixels
    size = tf.strings.format("{}x{} pixels", (width, height))
    thin = tf.reduce_max(shape) > MOST_ASPECT * tf.reduce_min(shape)
    reasons = [
        (error == NO_KIND, lambda: error),
        (tf.reduce_min(shape) < 1, lambda: size),
        (large, lambda: tf.strings.join([size, f", more than the {most_pixels:,} that are decoded"])),
        (thin, lambda: tf.strings.join([size, f": one side is more than {MOST_ASPECT} times the other"])),
    ]
    return tf.cast(shape, tf.int32), turned, start, tf.case(reasons, default=lambda: error)


def _of_scans(contents: tf.Tensor, start: tf.Tensor, pixels: tf.Tensor) -> tf.Tensor:
    """Return the error message of a JPEG with too many scans, or ""."""
    count = tf.cast(scans(contents, start)[1], tf.int64)
    scanned = count * pixels
    reasons = [
        (count > MOST_SCANS, lambda: tf.constant(f"a JPEG of more than the {MOST_SCANS} scans that are decoded")),
        (
            (count > 1) & (scanned > MOST_SCANNED),
            lambda: tf.strings.format(
                f"a JPEG of {{}} pixels in {{}} scans, {{}} together, more than the {MOST_SCANNED:,} that are decoded",
                (pixels, count, scanned),
            ),
        ),
    ]
    return tf.case(reasons, default=lambda: tf.constant(""))


def _of_packed(contents: tf.Tensor, height: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
    """Return the error message of a PNG with too many compressed bytes, or "".

    Chunk names that occur by chance within the data are counted as chunks too.
    """

    def packed(name: str) -> tf.Tensor:
        pieces = tf.strings.split(contents, name)
        # The four bytes before a chunk's name are its length.
        before = tf.strings.join([tf.constant(bytes(4)), pieces[:-1]])
        digits = tf.reshape(tf.io.decode_raw(tf.strings.substr(before, -4, 4), tf.uint8), [-1, 4])
        lengths = tf.reduce_sum(tf.cast(digits, tf.int64) * [1 << 24, 1 << 16, 1 << 8, 1], 1)
        if name == "iTXt":
            flagged = tf.strings.regex_full_match(tf.strings.substr(pieces[1:], 0, 82), PACKED)
            lengths = tf.where(flagged, lengths, 0)
        return tf.reduce_sum(lengths)

    depth, colour = tf.unstack(tf.cast(tf.io.decode_raw(tf.strings.substr(contents, 24, 2), tf.uint8), tf.int64), 2)
    channels = tf.gather(tf.constant([CHANNELS.get(k, 4) for k in range(7)], tf.int64), tf.minimum(colour, 6))
    pixels, text = packed("IDAT"), packed("zTXt") + packed("iTXt")
    most = most_packed(height, width, tf.minimum(depth, DEEPEST), channels)
    reasons = [
        (
            pixels > most,
            lambda: tf.strings.format(
                "a PNG of {} packed bytes of pixels, more than the {} that its size needs", (pixels, most)
            ),
        ),
        (
            text > MOST_SPARE,
            lambda: tf.strings.format(
                f"a PNG of {{}} bytes of packed texts, more than the {MOST_SPARE:,} that are read", text
            ),
        ),
    ]
    return tf.case(reasons, default=lambda: tf.constant(""))
