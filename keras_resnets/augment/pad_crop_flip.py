"""Padding, random crop and random flip of whole batches (He et al. 2015, sec. 4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keras_resnets._checking import Natural, checked

if TYPE_CHECKING:
    import tensorflow as tf


@checked
@dataclass(frozen=True)
class Augmentation:
    """Zero padding on each side, a random crop of the original size, and a mirror image with probability 1/2.

    "4 pixels are padded on each side, and a 32x32 crop is randomly sampled from the padded image or its
    horizontal flip" (He et al. 2015, sec. 4.2). The paper's inputs have "the per-pixel mean subtracted"
    before that, and so has fb.resnet.torch (ColorNormalize, then RandomCrop); hence the zeros here are the
    mean, not black, and the mean stays registered with the pixels that it was taken from.

    Attributes:
        pad: Pixels added on each side; 0 for no shift.
        flip: Whether to mirror images; not for digits, which a mirror turns into other signs.
    """

    pad: Natural = 4
    flip: bool = True

    @property
    def mixes(self) -> bool:
        """Whether labels become shares of classes; always False."""
        return False

    def __call__(self, images: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
        """Augment a batch `[b, h, w, c]`; the same `key` always gives the same crops."""
        offsets, flips = draw(key, images.shape[0], self)
        return pad_crop_flip(images, offsets, flips, self.pad)


def draw(key: tf.Tensor, count: int, augmentation: Augmentation) -> tuple[tf.Tensor, tf.Tensor]:
    """Draw random crops for `count` images, a pure function of `key`.

    Args:
        key: Key of TensorFlow's stateless random ops, integers `[2]`.
        count: Number of images.
        augmentation: Padding, and whether to mirror.

    Returns:
        offsets: int32 `[count, 2]`, the crop's top and left in the padded image, each uniform in 0 to `2 *
            pad`.
        flips: bool `[count]`, true with probability 1/2, or never.
    """
    import tensorflow as tf

    shift_key, flip_key = tf.unstack(tf.random.split(key, 2, alg="philox"))
    offsets = tf.random.stateless_uniform([count, 2], shift_key, 0, 2 * augmentation.pad + 1, tf.int32, alg="philox")
    flips = tf.random.stateless_uniform([count], flip_key, alg="philox") < (0.5 if augmentation.flip else 0.0)
    return offsets, flips


def pad_crop_flip(images: tf.Tensor, offsets: tf.Tensor, flips: tf.Tensor, pad: int) -> tf.Tensor:
    """Cut crops of the original size from zero-padded images, mirrored where `flips` is true.

    One gather of pixels for the whole batch; a flip is the crop's columns read backwards.

    Args:
        images: `[b, h, w, c]`, all sizes known.
        offsets: int32 `[b, 2]`, top and left in the padded image, 0 to `2 * pad`.
        flips: bool `[b]`.
        pad: Zeros on each side.

    Returns:
        A batch of the shape and type of `images`.
    """
    import tensorflow as tf

    count, height, width, channels = images.shape
    padded_height, padded_width = height + 2 * pad, width + 2 * pad
    padded = tf.pad(images, [[0, 0], [pad, pad], [pad, pad], [0, 0]])

    rows = offsets[:, :1] + tf.range(height)
    columns = tf.where(flips[:, None], tf.range(width)[::-1], tf.range(width)) + offsets[:, 1:]
    image_rows = tf.range(count)[:, None] * padded_height + rows
    pixels = image_rows[:, :, None] * padded_width + columns[:, None, :]
    return tf.gather(tf.reshape(padded, [-1, channels]), pixels)
