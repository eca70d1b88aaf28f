"""TrivialAugment and RandAugment: random operations on one image, float32 `[h, w, 3]` of RGB in 0 to 1.

Each operation is Pillow's, with an amount in its own unit; operations on levels use 256 of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keras_resnets.augment.color import gray

if TYPE_CHECKING:
    import tensorflow as tf

LEVELS = 30  # strengths of TrivialAugment above 0
LAYERS, SHARE = 2, 0.5  # RandAugment in timm: operations an image, and the probability of each


@dataclass(frozen=True)
class Operation:
    """Operation of a policy.

    Attributes:
        act: Function of an image and an amount.
        none: Amount at strength 0.
        full: Amount at strength 1.
        signed: Whether the difference from `none` is negated with probability 1/2.
    """

    act: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    none: float = 0.0
    full: float = 0.0
    signed: bool = False


def affine(image: tf.Tensor, matrix: Sequence[tf.Tensor | float]) -> tf.Tensor:
    """Map pixel (x, y) of the result to (a x + b y + c, d x + e y + f) of the image; bilinear, black outside."""
    import tensorflow as tf

    transform = tf.stack([tf.cast(value, tf.float32) for value in (*matrix, 0.0, 0.0)])[None]
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=image[None],
        transforms=transform,
        output_shape=tf.shape(image)[:2],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
    return tf.ensure_shape(moved[0], image.shape)


# Pixel centres are at halves in Pillow and at whole numbers in TensorFlow: hence the 0.5.
def shear_x(image, amount):
    """Shift each row by `amount` times its distance from the top."""
    return affine(image, (1, amount, 0.5 * amount, 0, 1, 0))


def shear_y(image, amount):
    """Shift each column by `amount` times its distance from the left."""
    return affine(image, (1, 0, 0, amount, 1, 0.5 * amount))


def translate_x(image, amount):
    """Shift horizontally by `amount` pixels."""
    return affine(image, (1, 0, amount, 0, 1, 0))


def translate_y(image, amount):
    """Shift vertically by `amount` pixels."""
    return affine(image, (1, 0, 0, 0, 1, amount))


def rotate(image, amount):
    """Rotate about the centre by `amount` degrees, counter-clockwise."""
    import tensorflow as tf

    height, width, _ = image.shape
    x, y = (width - 1) / 2, (height - 1) / 2
    angle = amount * (math.pi / 180)
    cos, sin = tf.cos(angle), tf.sin(angle)
    return affine(image, (cos, -sin, x - cos * x + sin * y, sin, cos, y - sin * x - cos * y))


def blend(image, base, factor):
    """Interpolate from `base` (factor 0) to the image (factor 1), or extrapolate beyond it."""
    import tensorflow as tf

    return tf.clip_by_value(base + factor * (image - base), 0.0, 1.0)


def brightness(image, amount):
    """Blend with black by a factor of `amount`."""
    return blend(image, 0.0, amount)


def saturation(image, amount):
    """Blend with the gray image by a factor of `amount`."""
    return blend(image, gray(image), amount)


def contrast(image, amount):
    """Blend with the mean gray by a factor of `amount`."""
    import tensorflow as tf

    return blend(image, tf.round(tf.reduce_mean(gray(image)) * 255) / 255, amount)


def sharpness(image, amount):
    """Blend with the image smoothed by (1 1 1, 1 5 1, 1 1 1) / 13; the outermost pixels stay."""
    import tensorflow as tf

    kernel = tf.constant([[1.0, 1, 1], [1, 5, 1], [1, 1, 1]]) / 13
    smooth = tf.nn.depthwise_conv2d(image[None], tf.tile(kernel[:, :, None, None], [1, 1, 3, 1]), [1] * 4, "VALID")[0]
    inner = tf.pad(tf.ones_like(smooth), [[1, 1], [1, 1], [0, 0]])
    return blend(image, tf.where(inner > 0, tf.pad(smooth, [[1, 1], [1, 1], [0, 0]]), image), amount)


def levels(image):
    """Quantize to levels of 0 to 255, int32."""
    import tensorflow as tf

    return tf.cast(tf.round(tf.clip_by_value(image, 0.0, 1.0) * 255), tf.int32)


def from_levels(values):
    """Return the image of levels of 0 to 255, float32 in 0 to 1."""
    import tensorflow as tf

    return tf.cast(values, tf.float32) / 255


def posterize(image, amount):
    """Keep the uppermost `amount` bits of 8, rounded."""
    import tensorflow as tf

    dropped = tf.bitwise.left_shift(1, 8 - tf.cast(tf.round(amount), tf.int32))
    return from_levels(levels(image) // dropped * dropped)


def solarize(image, amount):
    """Invert levels of at least `amount`."""
    import tensorflow as tf

    values = levels(image)
    return from_levels(tf.where(tf.cast(values, tf.float32) >= amount, 255 - values, values))


def solarize_add(image, amount):
    """Add `amount` to levels below 128."""
    import tensorflow as tf

    values = levels(image)
    return from_levels(tf.where(values < 128, tf.minimum(values + tf.cast(amount, tf.int32), 255), values))


def invert(image, amount):
    """Return the negative."""
    return 1 - image


def autocontrast(image, amount):
    """Stretch each channel to 0 to 1."""
    import tensorflow as tf

    lowest = tf.reduce_min(image, axis=(0, 1), keepdims=True)
    highest = tf.reduce_max(image, axis=(0, 1), keepdims=True)
    flat = highest <= lowest
    return tf.where(flat, image, (image - lowest) / tf.where(flat, 1.0, highest - lowest))


def equalize(image, amount):
    """Equalize the histogram of each channel, by Pillow's table."""
    import tensorflow as tf

    def channel(values):
        counts = tf.math.bincount(tf.reshape(values, [-1]), minlength=256, maxlength=256)
        last = tf.reduce_max(tf.where(counts > 0, tf.range(256), 0))
        step = (tf.reduce_sum(counts) - counts[last]) // 255
        table = tf.minimum((step // 2 + tf.cumsum(counts, exclusive=True)) // tf.maximum(step, 1), 255)
        return tf.where(step == 0, values, tf.gather(table, values))

    values = levels(image)
    return from_levels(tf.stack([channel(values[..., k]) for k in range(3)], axis=-1))


def unchanged(image, amount):
    """Return the image."""
    return image


def trivial_operations() -> tuple[Operation, ...]:
    """Return the wide search space of Müller & Hutter 2021 (arXiv 2103.10158), Table 1's last column."""
    # fmt: off
    return (
        Operation(unchanged),
        Operation(shear_x,     0,    0.99, signed=True),
        Operation(shear_y,     0,    0.99, signed=True),
        Operation(translate_x, 0,   32,    signed=True),
        Operation(translate_y, 0,   32,    signed=True),
        Operation(rotate,      0,  135,    signed=True),
        Operation(brightness,  1,    1.99, signed=True),
        Operation(saturation,  1,    1.99, signed=True),
        Operation(contrast,    1,    1.99, signed=True),
        Operation(sharpness,   1,    1.99, signed=True),
        Operation(posterize,   8,    2),
        Operation(solarize,  255,    0),
        Operation(autocontrast),
        Operation(equalize),
    )
    # fmt: on


def rand_operations(size: int) -> tuple[Operation, ...]:
    """Return the operations of RandAugment (Cubuk et al. 2019, arXiv 1909.13719) in timm's "increasing" set."""
    # fmt: off
    return (
        Operation(autocontrast),
        Operation(equalize),
        Operation(invert),
        Operation(rotate,       0,  30,   signed=True),
        Operation(posterize,    4,   0),
        Operation(solarize,   256,   0),
        Operation(solarize_add, 0, 110),
        Operation(saturation,   1,   1.9, signed=True),
        Operation(contrast,     1,   1.9, signed=True),
        Operation(brightness,   1,   1.9, signed=True),
        Operation(sharpness,    1,   1.9, signed=True),
        Operation(shear_x,      0,   0.3, signed=True),
        Operation(shear_y,      0,   0.3, signed=True),
        Operation(translate_x,  0,   0.45 * size, signed=True),
        Operation(translate_y,  0,   0.45 * size, signed=True),
    )
    # fmt: on


def apply(image: tf.Tensor, operations: Sequence[Operation], which: tf.Tensor, strength: tf.Tensor, turned: tf.Tensor):
    """Apply operation number `which` at a strength of 0 to 1; negated if it is signed and `turned` is true."""
    import tensorflow as tf

    def acting(operation: Operation) -> Callable[[], tf.Tensor]:
        def act() -> tf.Tensor:
            change = strength * (operation.full - operation.none)
            sign = tf.where(turned, -1.0, 1.0) if operation.signed else 1.0
            return operation.act(image, operation.none + sign * change)

        return act

    return tf.switch_case(which, [acting(operation) for operation in operations])


def trivial_augment(image: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    """Apply a random operation at one of 31 strengths, all equally likely (Müller & Hutter 2021, Algorithm 1)."""
    import tensorflow as tf

    which_key, strength_key, sign_key = tf.unstack(tf.random.split(key, 3, alg="philox"))
    operations = trivial_operations()
    which = tf.random.stateless_uniform([], which_key, 0, len(operations), tf.int32, alg="philox")
    level = tf.random.stateless_uniform([], strength_key, 0, LEVELS + 1, tf.int32, alg="philox")
    turned = tf.random.stateless_uniform([], sign_key, alg="philox") < 0.5
    return apply(image, operations, which, tf.cast(level, tf.float32) / LEVELS, turned)


def rand_augment(image: tf.Tensor, key: tf.Tensor, magnitude: float, deviation: float) -> tf.Tensor:
    """Apply two random operations, each with probability 1/2, of strength N(magnitude, deviation) / 10, as in timm."""
    import tensorflow as tf

    operations = rand_operations(image.shape[1])
    for layer in tf.unstack(tf.random.split(key, LAYERS, alg="philox")):
        which_key, strength_key, chance_key = tf.unstack(tf.random.split(layer, 3, alg="philox"))
        which = tf.random.stateless_uniform([], which_key, 0, len(operations), tf.int32, alg="philox")
        drawn = tf.random.stateless_normal([], strength_key, magnitude, deviation, alg="philox")
        strength = tf.clip_by_value(drawn / 10, 0.0, 1.0)
        acts, turned = tf.unstack(tf.random.stateless_uniform([2], chance_key, alg="philox") < 0.5)
        changed = tf.cond(
            acts, lambda i=image, w=which, s=strength, t=turned: apply(i, operations, w, s, t), lambda i=image: i
        )
        image = tf.ensure_shape(changed, image.shape)
    return image
