"""Random changes of the colours of an image, float32 `[h, w, 3]` RGB in 0 to 1; functions of image and key `[2]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf

# The principal components of ImageNet's colours, pixels in 0 to 1, as fb.resnet.torch has them (datasets/imagenet.lua).
PRINCIPAL_VALUES = (0.2175, 0.0188, 0.0045)
# fmt: off
PRINCIPAL_COLOURS = (  # a row a channel (red, green, blue), a column a component
    (-0.5675,  0.7192,  0.4009),
    (-0.5808, -0.0045, -0.8140),
    (-0.5836, -0.6948,  0.4203),
)
# fmt: on
LUMA = (0.299, 0.587, 0.114)


def gray(image: tf.Tensor) -> tf.Tensor:
    """Compute the luma of each pixel (ITU-R BT.601), `[h, w, 1]`."""
    import tensorflow as tf

    return tf.reduce_sum(image * tf.constant(LUMA, image.dtype), axis=-1, keepdims=True)


def jitter(image: tf.Tensor, key: tf.Tensor, strength: float = 0.4) -> tf.Tensor:
    """Change brightness, contrast and saturation in random order, each by a random factor of 1 +- `strength`.

    The image is blended with black, with its mean gray and with its own gray (fb.resnet.torch, datasets/transforms.lua,
    ColorJitter). Values are not clipped, there as here.
    """
    import tensorflow as tf

    order_key, factor_key = tf.unstack(tf.random.split(key, 2, alg="philox"))
    order = tf.random.experimental.stateless_shuffle(tf.range(3), order_key, alg="philox")
    factors = tf.random.stateless_uniform([3], factor_key, 1 - strength, 1 + strength, alg="philox")
    return in_order(image, order, factors)


def in_order(image: tf.Tensor, order: tf.Tensor, factors: tf.Tensor) -> tf.Tensor:
    """Change brightness (0), contrast (1) and saturation (2) in the given order, each by its factor.

    Each is affine in a pixel's colour, and the mean gray of the contrast is the gray of the mean colour: so all three
    together are one matrix and one constant for all pixels.
    """
    import tensorflow as tf

    one, luma = tf.eye(3), tf.constant([LUMA])
    mean = tf.reduce_mean(image, axis=(0, 1))[:, None]
    matrix, constant = one, tf.zeros([3, 1])
    for place in range(3):
        which = order[place]
        factor = factors[which]
        contrast, saturation = ((1 - factor) * tf.cast(which == kind, tf.float32) for kind in (1, 2))
        gray_of_mean = luma @ (matrix @ mean + constant)
        blend = factor * one + saturation * luma  # every channel's row of the second is the luma
        matrix, constant = blend @ matrix, blend @ constant + contrast * gray_of_mean
    return recoloured(image, matrix, constant[:, 0])


def recoloured(image: tf.Tensor, matrix: tf.Tensor, constant: tf.Tensor) -> tf.Tensor:
    """Multiply every pixel's colour by a matrix `[3, 3]` and add a colour `[3]`."""
    import tensorflow as tf

    colours = tf.matmul(tf.reshape(image, [-1, 3]), matrix, transpose_b=True)
    return tf.reshape(tf.nn.bias_add(colours, constant), tf.shape(image))


def pca_noise(image: tf.Tensor, key: tf.Tensor, deviation: float = 0.1) -> tf.Tensor:
    """Add to every pixel `sum_i a_i l_i p_i` with a_i of N(0, `deviation`) (Krizhevsky et al. 2012, sec. 4.1).

    p_i and l_i are ImageNet's principal colours and values, in fb.resnet.torch's numbers.
    """
    import tensorflow as tf

    amounts = tf.random.stateless_normal([3], key, 0.0, deviation, alg="philox") * tf.constant(PRINCIPAL_VALUES)
    return tf.nn.bias_add(image, tf.linalg.matvec(tf.constant(PRINCIPAL_COLOURS), amounts))
