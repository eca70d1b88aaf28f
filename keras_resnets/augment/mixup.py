"""Random erasing, cutout, mixup and CutMix: functions of pixels, labels and a key `[2]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf

TRIES = 10
ERASED_AREA, ERASED_ASPECT = (0.02, 0.33), (0.3, 3.3)


def erase(image: tf.Tensor, key: tf.Tensor, probability: float) -> tf.Tensor:
    """Set a random box to 0 with the given probability (Zhong et al. 2017, arXiv 1708.04896, in torchvision's numbers).

    The mean was subtracted before, so that 0 is the mean. The box's area is 2 to 33 % of the image's, the logarithm of
    height / width uniform from 0.3 to 3.3. The first of ten draws that is smaller than the image is used; without one
    nothing is erased.
    """
    import tensorflow as tf

    height, width, _ = image.shape
    draws = tf.random.stateless_uniform([5, TRIES], key, alg="philox")
    areas = height * width * (ERASED_AREA[0] + (ERASED_AREA[1] - ERASED_AREA[0]) * draws[0])
    lowest, highest = tf.math.log(ERASED_ASPECT[0]), tf.math.log(ERASED_ASPECT[1])
    ratios = tf.exp(lowest + (highest - lowest) * draws[1])
    rows, columns = tf.round(tf.sqrt(areas * ratios)), tf.round(tf.sqrt(areas / ratios))
    fits = (rows < height) & (columns < width)
    first = tf.argmax(fits)
    size = tf.stack([rows[first], columns[first]])
    corner = tf.floor(draws[2:4, first] * (tf.constant([height, width], tf.float32) - size + 1))
    erased = (draws[4, 0] < probability) & tf.reduce_any(fits)
    return tf.cond(erased, lambda: tf.where(inside(height, width, corner, corner + size), 0.0, image), lambda: image)


def cut_out(image: tf.Tensor, key: tf.Tensor, side: int) -> tf.Tensor:
    """Set a square of `side` pixels around a uniform centre to 0, cut off at borders (DeVries & Taylor 2017).

    arXiv 1708.04552, sec. 3.2: 16 pixels for CIFAR-10 and 8 for CIFAR-100, after the mean was subtracted.
    """
    import tensorflow as tf

    height, width, _ = image.shape
    whole = tf.constant([height, width], tf.float32)
    centre = tf.floor(tf.random.stateless_uniform([2], key, alg="philox") * whole)
    first = centre - side // 2
    return tf.where(inside(height, width, first, first + side), 0.0, image)


def inside(height: int, width: int, first: tf.Tensor, last: tf.Tensor) -> tf.Tensor:
    """Return the mask of a box, bool `[h, w, 1]`, from corner `first` to before `last`, each (row, column)."""
    import tensorflow as tf

    y, x = tf.range(height, dtype=tf.float32)[:, None], tf.range(width, dtype=tf.float32)[None, :]
    return ((y >= first[0]) & (y < last[0]) & (x >= first[1]) & (x < last[1]))[..., None]


def mix(
    images: tf.Tensor, labels: tf.Tensor, key: tf.Tensor, classes: int, mixup: float, cutmix: float
) -> tuple[tf.Tensor, tf.Tensor]:
    """Mix each image of a batch, and its label, with its partner in the reversed batch.

    By mixup (Zhang et al. 2017, arXiv 1710.09412) or CutMix (Yun et al. 2019, arXiv 1905.04899), at random if both
    are above 0; the share is drawn once a batch.

    Args:
        images: float32 `[b, h, w, c]`.
        labels: Class numbers `[b]`.
        key: Random key, integers `[2]`.
        classes: Number of classes.
        mixup: Alpha of mixup's share, Beta(alpha, alpha); 0 for none.
        cutmix: Alpha of CutMix's share; 0 for none.

    Returns:
        The images, and shares of classes float32 `[b, classes]`.
    """
    import tensorflow as tf

    which_key, mixup_key, cutmix_key, box_key = tf.unstack(tf.random.split(key, 4, alg="philox"))
    pairs = images[::-1]
    shares = tf.one_hot(labels, classes)

    def by_mixup() -> tuple[tf.Tensor, tf.Tensor]:
        own = beta(mixup_key, mixup)
        return own * images + (1 - own) * pairs, own

    def by_cutmix() -> tuple[tf.Tensor, tf.Tensor]:
        return cut_in(images, pairs, beta(cutmix_key, cutmix), tf.random.stateless_uniform([2], box_key, alg="philox"))

    if mixup and cutmix:
        chance = tf.random.stateless_uniform([], which_key, alg="philox") < 0.5
        images, own = tf.cond(chance, by_mixup, by_cutmix)
    else:
        images, own = by_mixup() if mixup else by_cutmix()
    return images, own * shares + (1 - own) * shares[::-1]


def cut_in(images: tf.Tensor, pairs: tf.Tensor, own: tf.Tensor, place: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Paste a box of `1 - own` of the area from each image's pair, around a uniform centre, cut off at borders.

    Returns:
        The images, and the share of their own area that is left.
    """
    import tensorflow as tf

    height, width = images.shape[1:3]
    whole = tf.constant([height, width], tf.float32)
    centre, half = tf.floor(place * whole), tf.floor(0.5 * tf.sqrt(1 - own) * whole)
    first, last = tf.maximum(centre - half, 0), tf.minimum(centre + half, whole)
    box = inside(height, width, first, last)
    return tf.where(box, pairs, images), 1 - tf.reduce_prod(last - first) / (height * width)


def beta(key: tf.Tensor, alpha: float) -> tf.Tensor:
    """Draw a number from the distribution Beta(alpha, alpha)."""
    import tensorflow as tf

    both = tf.random.stateless_gamma([2], key, alpha)
    return both[0] / tf.maximum(both[0] + both[1], 1e-30)
