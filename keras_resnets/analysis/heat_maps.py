"""Heat maps of what a network's answer rests on: class activation maps, attributions and occlusion.

Each function takes a `Subject`, its inputs and a class for each, and returns a value for each pixel. They are written
here because no library of the field serves Keras 3 on both backends: tf-keras-vis runs on TensorFlow alone and has
neither integrated gradients nor occlusion, captum explains PyTorch's modules.
"""

from collections.abc import Callable

import numpy as np
from keras import ops

from keras_resnets._errors import listed, warn_caller
from keras_resnets.analysis.subject import Subject

COMPLETE = 0.01  # of the difference of the logits, by which integrated gradients may miss it
FIRST_STEPS, MOST_STEPS = 32, 864  # intervals of the line of integrated gradients, unless they are given
SQUARES_ACROSS = 6  # side lengths of the default occluding square in the shorter side of an image


def grad_cam(subject: Subject, inputs: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return the maps of a stage, weighted by the mean of the logit's gradient at each and summed, where positive.

    Selvaraju et al. 2017, "Grad-CAM", arXiv 1610.02391, eq. 1 and 2; resized to the image by bilinear interpolation.
    """
    _, maps, found = subject.gradients(inputs, classes)
    weights = found.mean(axis=(1, 2), keepdims=True)
    return resized(np.maximum((weights * maps).sum(axis=-1), 0), inputs.shape[1:3])


def layer_cam(subject: Subject, inputs: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return the maps of a stage, each position weighted by the logit's gradient there if positive, and summed.

    Jiang et al. 2021, "LayerCAM", IEEE Transactions on Image Processing 30, eq. 6 to 8. Fine maps of early stages are
    explained well too, where one weight a map is too coarse.
    """
    _, maps, found = subject.gradients(inputs, classes)
    return resized(np.maximum((np.maximum(found, 0) * maps).sum(axis=-1), 0), inputs.shape[1:3])


def integrated_gradients(
    subject: Subject, inputs: np.ndarray, classes: np.ndarray, *, baseline: float = 0.0, steps: int | None = None
) -> np.ndarray:
    """Return each pixel's share in the difference of the logit between the image and a blank one.

    Sundararajan et al. 2017, "Axiomatic Attribution for Deep Networks", arXiv 1703.01365, eq. 1: the mean gradient
    along the straight line from the blank image, by the midpoint rule, times the difference of the pixels. The heat
    map sums to the difference of the logits (their Proposition 1), up to the error of the rule; a warning names the
    images where that is more than 1 % of the difference.

    Args:
        subject, inputs, classes: As for every method.
        baseline: Gray level of the blank image, 0 to 255.
        steps: Intervals of the line; by default 32, tripled up to 864 until the sum is within 1 %.
    """
    blank = subject.blank(inputs.shape[1:], baseline)
    ends = np.concatenate([inputs, blank[None]])
    logits, _, _ = subject.gradients(ends, np.zeros(len(ends), np.int64))
    differences = (logits[:-1] - logits[-1])[np.arange(len(inputs)), classes]
    found = [
        _integrated(subject, blank, image, int(label), difference, steps)
        for image, label, difference in zip(inputs, classes, differences, strict=True)
    ]
    short = [number for number, (_, gap) in enumerate(found) if gap > COMPLETE]
    if short:
        warn_caller(
            f"The heat maps of images {listed(short)} (from 0) do not sum to the difference of the logits within "
            f"{COMPLETE:.0%}: take more steps than {steps or MOST_STEPS:,}."
        )
    return np.stack([heat_map for heat_map, _ in found])


def _integrated(
    subject: Subject, blank: np.ndarray, image: np.ndarray, label: int, difference: float, steps: int | None
) -> tuple[np.ndarray, float]:
    """Return the heat map of one image, and the gap between its sum and the difference, as a share of the latter."""

    def mean_gradient(first: float, apart: float, count: int) -> np.ndarray:
        return subject.mean_gradient(
            lambda number: blank + np.float32(first + number * apart) * (image - blank), count, label
        )

    intervals = steps or FIRST_STEPS
    mean = mean_gradient(0.5 / intervals, 1 / intervals, intervals)
    while True:
        heat_map = ((image - blank) * mean).sum(axis=-1)
        gap = abs(heat_map.sum() - difference) / max(abs(difference), np.finfo(np.float32).tiny)
        if gap <= COMPLETE or steps or intervals >= MOST_STEPS:
            return heat_map, gap
        # A third of each interval has the middle of the interval in its own middle: two thirds are new.
        before, after = (mean_gradient(at / intervals, 1 / intervals, intervals) for at in (1 / 6, 5 / 6))
        mean = (mean + before + after) / 3
        intervals *= 3


def saliency(
    subject: Subject,
    inputs: np.ndarray,
    classes: np.ndarray,
    *,
    samples: int = 32,
    noise: float = 0.15,
    seed: int = 0,
) -> np.ndarray:
    """Return the magnitude of the logit's gradient at each pixel, the largest of its channels, smoothed by noise.

    Simonyan et al. 2013, arXiv 1312.6034, sec. 3; Smilkov et al. 2017, "SmoothGrad", arXiv 1706.03825: the mean
    gradient of noisy copies of the image. With a noise of 0 it is the plain gradient.

    Args:
        subject, inputs, classes: As for every method.
        samples: Noisy copies.
        noise: Standard deviation of the normal noise, as a share of the input's range of values.
        seed: Seed of the noise.
    """

    def heat_map(image, label):
        deviation = noise * (image.max() - image.min())

        def noisy(number):
            drawn = np.random.default_rng([seed, number]).standard_normal(image.shape, np.float32)
            return image + np.float32(deviation) * drawn

        return np.abs(subject.mean_gradient(noisy, samples if noise else 1, label)).max(axis=-1)

    return _each(heat_map, inputs, classes)


def occlusion(
    subject: Subject,
    inputs: np.ndarray,
    classes: np.ndarray,
    *,
    baseline: float = 127.5,
    window: int | None = None,
    stride: int | None = None,
) -> np.ndarray:
    """Return the fall of log p when a gray square covers a pixel, the mean over the squares that do.

    Zeiler & Fergus 2013, arXiv 1311.2901, sec. 4.2. They draw p itself, which hardly moves where a network is sure.

    Args:
        subject, inputs, classes: As for every method.
        baseline: Gray level of the square, 0 to 255.
        window: Side of the square in pixels; by default a sixth of the image's shorter side.
        stride: Distance of neighbouring squares in pixels; by default half a square. The last ones end at the edge.

    Raises:
        ValueError: The square is larger than the image, or the stride larger than the square.
    """
    height, width = inputs.shape[1:3]
    side = max(1, round(min(height, width) / SQUARES_ACROSS)) if window is None else window
    step = max(1, side // 2) if stride is None else stride
    if side > min(height, width):
        raise ValueError(f"window must be at most the image's shorter side, {min(height, width)} pixels, not {side}.")
    if step > side:
        raise ValueError(f"stride must be at most the side of the square, {side} pixels, not {step}.")
    corners = [(top, left) for top in _starts(height, side, step) for left in _starts(width, side, step)]
    blank = subject.blank(inputs.shape[1:], baseline)

    def heat_map(image, label):
        whole = subject.log_probabilities(image[None])[0, label]
        total, squares = np.zeros((height, width)), np.zeros((height, width))
        for part in subject.passes(len(corners), image.shape):
            covered = np.stack([_covered(image, blank, corner, side) for corner in corners[part]])
            falls = whole - subject.log_probabilities(covered)[:, label]
            for (top, left), fall in zip(corners[part], falls, strict=True):
                total[top : top + side, left : left + side] += fall
                squares[top : top + side, left : left + side] += 1
        return total / squares

    return _each(heat_map, inputs, classes)


def _starts(length: int, side: int, step: int) -> list[int]:
    """Return the first rows, or columns, of squares that cover a length; the last one ends at its end."""
    return sorted({*range(0, length - side, step), length - side})


def _covered(image: np.ndarray, blank: np.ndarray, corner: tuple[int, int], side: int) -> np.ndarray:
    square = tuple(slice(start, start + side) for start in corner)
    covered = image.copy()
    covered[square] = blank[square]
    return covered


def _each(heat_map: Callable[[np.ndarray, int], np.ndarray], inputs: np.ndarray, classes: np.ndarray) -> np.ndarray:
    return np.stack([heat_map(image, int(label)) for image, label in zip(inputs, classes, strict=True)])


def resized(maps: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize maps, `[n, h, w]`, by bilinear interpolation, whatever their values."""
    return ops.convert_to_numpy(ops.image.resize(maps[..., None], size, "bilinear", data_format="channels_last"))[
        ..., 0
    ]
