"""Cropping, decoding, resizing and standardization of images in TensorFlow graphs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from keras_resnets.images import jpeg
from keras_resnets.images.exif_in_graph import segments
from keras_resnets.images.preprocessing import Preprocessing, center_offset

if TYPE_CHECKING:
    import tensorflow as tf

TRIES = 10
KERNELS = {"bilinear": "triangle", "bicubic": "keyscubic"}  # Pillow's, by TensorFlow's names
LUMA = (19595, 38470, 7471)  # of 65,536: Pillow's gray


class View(NamedTuple):
    """Crop of an image: the window of pixels that it needs, and their position in the output.

    Attributes:
        window: Top, left, height and width of the pixels to decode, in the upright image, int32 `[4]`.
        scale: Output pixels for one of the image, vertically and horizontally, float32 `[2]`.
        translation: Position of the window's corner in the output, float32 `[2]`.
    """

    window: tf.Tensor
    scale: tf.Tensor
    translation: tf.Tensor


def area_and_aspect(
    shape: tf.Tensor,
    key: tf.Tensor,
    size: int,
    area: tuple[float, float] = (0.08, 1.0),
    aspect: tuple[float, float] = (3 / 4, 4 / 3),
) -> View:
    """Draw a crop of random area and aspect ratio, resized to `size` x `size` (Szegedy et al. 2014, sec. 6).

    The area is uniform between the shares `area` of the image's, the logarithm of width / height uniform in `aspect`
    (as torchvision has it, so that a ratio is as likely as its inverse). Of ten draws the first that fits in the image
    is taken; if none does, the largest patch in the middle whose ratio is allowed. TensorFlow's
    `sample_distorted_bounding_box` draws the height uniformly, so that small patches are likelier: it is not used.

    Args:
        shape: int32 `[2]`, height and width of the upright image.
        key: Random key, integers `[2]`; the same key gives the same crop.
        size: Height and width of the output.
        area: Least and largest share of the image's area.
        aspect: Least and largest width / height.
    """
    import tensorflow as tf

    height, width = tf.unstack(tf.cast(shape, tf.float32))
    draws = tf.random.stateless_uniform([4, TRIES], key, alg="philox")
    areas = height * width * (area[0] + (area[1] - area[0]) * draws[0])
    lowest, highest = tf.math.log(float(aspect[0])), tf.math.log(float(aspect[1]))
    ratios = tf.exp(lowest + (highest - lowest) * draws[1])
    widths, heights = tf.round(tf.sqrt(areas * ratios)), tf.round(tf.sqrt(areas / ratios))
    fits = (widths >= 1) & (widths <= width) & (heights >= 1) & (heights <= height)
    first = tf.argmax(fits)

    own = tf.clip_by_value(width / height, float(aspect[0]), float(aspect[1]))
    middle_height = tf.maximum(1.0, tf.minimum(height, tf.round(width / own)))
    middle_width = tf.maximum(1.0, tf.minimum(width, tf.round(height * own)))
    found = tf.reduce_any(fits)
    rows = tf.where(found, heights[first], middle_height)
    columns = tf.where(found, widths[first], middle_width)
    top = tf.floor(tf.where(found, draws[2, first] * (height - rows + 1), (height - rows) / 2))
    left = tf.floor(tf.where(found, draws[3, first] * (width - columns + 1), (width - columns) / 2))
    # A draw so close to 1 that the product is rounded up would lead outside.
    top, left = tf.minimum(top, height - rows), tf.minimum(left, width - columns)
    window = tf.cast(tf.stack([top, left, rows, columns]), tf.int32)
    return View(window, float(size) / tf.stack([rows, columns]), tf.zeros(2))


def shorter_side(shape: tf.Tensor, key: tf.Tensor, size: int, sides: tuple[int, int]) -> View:
    """Draw a random crop of the image resized so that its shorter side is random in `sides` (He et al. 2015, sec. 3.4).

    Args:
        shape: int32 `[2]`, height and width of the upright image.
        key: Random key, integers `[2]`.
        size: Height and width of the crop, at most the least side.
        sides: Least and largest length of the shorter side, both included.
    """
    import tensorflow as tf

    side_key, place_key = tf.unstack(tf.random.split(key, 2, alg="philox"))
    side = tf.random.stateless_uniform([], side_key, sides[0], sides[1] + 1, tf.int32, alg="philox")
    resized = resized_to(shape, side)
    room = tf.cast(resized - size + 1, tf.float32)
    offset = tf.cast(tf.random.stateless_uniform([2], place_key, alg="philox") * room, tf.int32)
    return crop_of_resized(shape, resized, tf.minimum(offset, resized - size), size)


def padded(shape: tf.Tensor, key: tf.Tensor, size: int, pad: int) -> View:
    """Draw a random crop of the image with `pad` black pixels on each side (He et al. 2015, sec. 4.2).

    If the padded image is smaller than the crop, the rest of the crop stays black.

    Args:
        shape: int32 `[2]`, height and width of the upright image.
        key: Random key, integers `[2]`.
        size: Height and width of the crop.
        pad: Black pixels on each side.
    """
    import tensorflow as tf

    room = tf.maximum(shape + 2 * pad - size, 0)
    draws = tf.random.stateless_uniform([2], key, alg="philox") * tf.cast(room + 1, tf.float32)
    first = tf.minimum(tf.cast(draws, tf.int32), room) - pad
    start = tf.clip_by_value(first, 0, shape - 1)
    end = tf.clip_by_value(first + size, start + 1, shape)
    return View(tf.concat([start, end - start], 0), tf.ones(2), tf.cast(start - first, tf.float32))


def one_crop(shape: tf.Tensor, size: int, side: int) -> View:
    """Cut the center as the papers' protocol of one crop does: the shorter side is resized to `side` first.

    Args:
        shape: int32 `[2]`, height and width of the upright image; one of `size` x `size` is taken as it is.
        size: Of the center.
        side: Length of the resized shorter side.
    """
    import tensorflow as tf

    side = tf.where(tf.reduce_all(shape == size), size, side)
    resized = resized_to(shape, side)
    return crop_of_resized(shape, resized, center_offset(resized, size), size)


def center_crop(
    contents: tf.Tensor, orientation: tf.Tensor, shape: tf.Tensor, start: tf.Tensor | None, expected: Preprocessing
) -> tf.Tensor:
    """Decode an image file and cut its center as `with_pillow.center_crop` does, to within rounding.

    Args:
        contents: String, JPEG, PNG, GIF or BMP.
        orientation: int32, Exif's, 1 to 8.
        shape: int32 `[2]`, height and width of the upright image.
        start: int32, the position of a JPEG's first scan; None to look for it.
        expected: Says size, resize, interpolation, and whether gray is wanted.

    Returns:
        float32 `[size, size, channels]`, whole numbers of 0 to 255.
    """
    import tensorflow as tf

    size, side = expected.lengths
    view = one_crop(shape, size, side)
    top, left, height, width = tf.unstack(view.window)
    window = decode_whole(contents, orientation, start=start)[top : top + height, left : left + width]
    window = gray(window) if expected.channels == "L" else window
    return render_whole(window[None], view, size, expected.interpolation)[0]


def render_whole(windows: tf.Tensor, view: View, size: int, interpolation: str) -> tf.Tensor:
    """Resize the windows `[n, h, w, c]` of a view as Pillow does, first across, then down, each to whole numbers.

    Returns:
        float32 `[n, size, size, c]` of 0 to 255; halves are rounded up.
    """
    import tensorflow as tf

    def whole(images: tf.Tensor, scale: Any, translation: Any, shape: Any) -> tf.Tensor:
        resized = resample(images, tf.stack(scale), tf.stack(translation), shape, KERNELS[interpolation])
        return tf.clip_by_value(tf.floor(resized + 0.5), 0, 255)

    (down, across), (top, left) = tf.unstack(view.scale), tf.unstack(view.translation)
    rows = whole(windows, (1.0, across), (0.0, left), [tf.shape(windows)[1], size])
    return whole(rows, (down, 1.0), (top, 0.0), [size, size])


def gray(pixels: tf.Tensor) -> tf.Tensor:
    """Turn RGB, uint8 `[h, w, 3]`, into gray, uint8 `[h, w, 1]`, to the bit as Pillow converts it."""
    import tensorflow as tf

    luma = tf.reduce_sum(tf.cast(pixels, tf.int32) * tf.constant(LUMA), -1, keepdims=True)
    return tf.cast(tf.bitwise.right_shift(luma + (1 << 15), 16), tf.uint8)


def standardize(pixels: tf.Tensor, expected: Preprocessing) -> tf.Tensor:
    """Turn pixels of 0 to 255, `[batch, height, width, channels]`, into the network's input, float32.

    The same multiplication and addition as `Preprocessing.standardize`.
    """
    import tensorflow as tf

    if expected.channels == "BGR":
        pixels = tf.reverse(pixels, [-1])
    return tf.cast(pixels, tf.float32) * expected.factor + expected.offset


def resized_to(shape: tf.Tensor, side: tf.Tensor | int) -> tf.Tensor:
    """Compute height and width after resizing the shorter side to `side`; the longer one is rounded down."""
    import tensorflow as tf

    wide = tf.cast(shape, tf.int64)
    return tf.cast(wide * tf.cast(side, tf.int64) // tf.reduce_min(wide), tf.int32)


def crop_of_resized(shape: tf.Tensor, resized: tf.Tensor, offset: tf.Tensor, size: int) -> View:
    """Return the view of `size` x `size` pixels at `offset` in the resized image, with the window that they need."""
    import tensorflow as tf

    scale = tf.cast(resized, tf.float32) / tf.cast(shape, tf.float32)
    reach = tf.cast(tf.math.ceil(tf.maximum(1.0, 1 / scale)), tf.int32) + 1
    first = tf.cast(tf.floor(tf.cast(offset, tf.float32) / scale), tf.int32) - reach
    last = tf.cast(tf.math.ceil(tf.cast(offset + size, tf.float32) / scale), tf.int32) + reach
    first, last = tf.maximum(first, 0), tf.minimum(last, shape)
    translation = tf.cast(first, tf.float32) * scale - tf.cast(offset, tf.float32)
    return View(tf.concat([first, last - first], 0), scale, translation)


def render(pixels: tf.Tensor, view: View, size: int) -> tf.Tensor:
    """Resize a window's pixels to float32 `[size, size, c]` in 0 to 1 by a triangle filter, antialiased as Pillow's."""
    return resample(pixels[None], view.scale, view.translation, [size, size], "triangle")[0] / 255


def resample(images: tf.Tensor, scale: tf.Tensor, translation: tf.Tensor, shape, kernel: str) -> tf.Tensor:
    """Resample images `[n, h, w, c]` by a `View`'s scale and translation, antialiased: float32 `[n, *shape, c]`.

    Pillow's bilinear resizing is the kernel "triangle", its bicubic one "keyscubic", which overshoots.
    """
    import tensorflow as tf

    return tf.raw_ops.ScaleAndTranslate(
        images=images,
        size=shape,
        scale=scale,
        translation=translation,
        kernel_type=kernel,
        antialias=True,
    )


def reduced(view: View, factor: tf.Tensor) -> View:
    """Return the view of the same crop in the image made smaller by a factor."""
    import tensorflow as tf

    first, size = view.window[:2], view.window[2:]
    corner = first // factor
    end = (first + size + factor - 1) // factor
    kept = tf.cast(factor * corner - first, tf.float32) * view.scale
    return View(tf.concat([corner, end - corner], 0), view.scale * tf.cast(factor, tf.float32), view.translation + kept)


def decode(
    contents: tf.Tensor, orientation: tf.Tensor, view: View, start: tf.Tensor | None = None
) -> tuple[tf.Tensor, View]:
    """Decode the pixels that a view of an upright image needs, uint8 `[h, w, 3]`, and return the view of these.

    Of upright JPEGs no others are decoded; those that the view shrinks to a quarter or less are decoded at 1/2, 1/4 or
    1/8 of their size, where two pixels are left for one of the output. CMYK is turned into RGB, gray is repeated, 16
    bits keep the upper 8, transparency is dropped, and a GIF gives its first picture. Pixels that a JPEG lacks are an
    error, see `jpeg`.

    Args:
        contents: string.
        orientation: int32, Exif's, 1 to 8.
        view: of the upright image.
        start: int32, the position of a JPEG's first scan; None to look for it.
    """
    import tensorflow as tf

    is_jpeg = tf.io.is_jpeg(contents)
    spare = tf.where(is_jpeg, 0.5 / tf.reduce_max(view.scale), 1.0)
    halvings = tf.reduce_sum(tf.cast(spare >= tf.constant([2.0, 4.0, 8.0]), tf.int32))
    alone = is_jpeg & (orientation == 1)

    def strictly() -> tf.Tensor:
        first = segments(contents)[1] if start is None else start
        factor = tf.bitwise.left_shift(1, halvings)
        rows = -(-tf.image.extract_jpeg_shape(contents)[0] // factor)
        bottom = -(-(view.window[0] + view.window[2]) // factor)
        return jpeg.checked(contents, first, alone & (bottom < rows))

    contents = tf.cond(is_jpeg, strictly, lambda: contents)

    def part(factor: int) -> tf.Tensor:
        return tf.raw_ops.DecodeAndCropJpeg(
            contents=contents, crop_window=seen.window, channels=3, ratio=factor, dct_method=jpeg.EXACT
        )

    def at_scale(decoded: Callable[[int], tf.Tensor]) -> tf.Tensor:
        return tf.switch_case(halvings, [partial(decoded, factor) for factor in (1, 2, 4, 8)])

    def part_of_whole() -> tf.Tensor:
        return _cut(upright(at_scale(partial(_rgb, contents)), orientation), seen.window)

    seen = reduced(view, tf.bitwise.left_shift(1, halvings))
    pixels = tf.cond(alone, lambda: at_scale(part), part_of_whole)
    return tf.ensure_shape(pixels, [None, None, 3]), seen


def _cut(pixels: tf.Tensor, window: tf.Tensor) -> tf.Tensor:
    import tensorflow as tf

    top, left, height, width = tf.unstack(window)
    with tf.control_dependencies([tf.debugging.assert_less_equal(window[:2] + window[2:], tf.shape(pixels)[:2])]):
        return tf.identity(pixels[top : top + height, left : left + width])


def decode_whole(contents: tf.Tensor, orientation: tf.Tensor, start: tf.Tensor | None = None) -> tf.Tensor:
    """Decode all pixels of an image and turn it upright, uint8 `[h, w, 3]`.

    Equal to Pillow's bit for bit, JPEGs included; a window of a JPEG decoded alone differs in colour near its edges.
    """
    import tensorflow as tf

    def strictly() -> tf.Tensor:
        return jpeg.decode(contents, segments(contents)[1] if start is None else start)

    return upright(tf.cond(tf.io.is_jpeg(contents), strictly, lambda: _rgb(contents)), orientation)


def _rgb(contents: tf.Tensor, factor: int = 1) -> tf.Tensor:
    """Decode all pixels of an image, a JPEG made smaller by a factor.

    decode_image alone decodes JPEGs less exactly and refuses a BMP's fourth channel.
    """
    import tensorflow as tf

    def bmp() -> tf.Tensor:
        return tf.io.decode_bmp(contents)[..., :3]

    def of_jpeg() -> tf.Tensor:
        return tf.io.decode_jpeg(contents, channels=3, ratio=factor, dct_method=jpeg.EXACT)

    def other() -> tf.Tensor:
        return tf.io.decode_image(contents, channels=3, expand_animations=False)

    first = tf.strings.substr(contents, 0, 2)
    return tf.case([(first == b"\xff\xd8", of_jpeg), (first == b"BM", bmp)], default=other)


def upright(pixels: tf.Tensor, orientation: tf.Tensor) -> tf.Tensor:
    """Turn an image `[h, w, c]` of Exif orientation 1 to 8 upright."""
    import tensorflow as tf

    def among(*orientations: int) -> tf.Tensor:
        return tf.reduce_any(orientation == tf.constant(orientations))

    pixels = tf.cond(orientation >= 5, lambda: tf.transpose(pixels, [1, 0, 2]), lambda: pixels)
    pixels = tf.cond(among(2, 3, 6, 7), lambda: tf.reverse(pixels, [1]), lambda: pixels)
    return tf.cond(among(3, 4, 7, 8), lambda: tf.reverse(pixels, [0]), lambda: pixels)
