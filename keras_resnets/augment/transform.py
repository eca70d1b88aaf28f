"""Cutting and augmentation of images: the record, and the words by which recipes describe it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keras_resnets._checking import checked
from keras_resnets._errors import positive_integer, unknown
from keras_resnets.augment import autoaugment, color, mixup
from keras_resnets.images import in_graph
from keras_resnets.images.preprocessing import Preprocessing

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf

MEANS = ("channel", "pixel")
POLICIES = ("", "trivial", "rand")


@checked
@dataclass(frozen=True)
class ImageTransform:
    """Cutting, augmentation and test crop of images; `ImageTransform.parse(text)` reads the words of the recipes.

    Attributes:
        size: Height and width of the network's input, in pixels.
        area: Least and largest share of the image's area in a training crop; None with `shorter_side` or `pad`.
        aspect: Least and largest width / height of such a crop.
        shorter_side: Least and largest length to which the shorter side is resized before cropping; replaces `area`.
        pad: Black pixels added on each side before cropping; replaces `area`.
        flip: Whether to mirror images with probability 1/2.
        jitter: Largest relative change of brightness, contrast and saturation, 0 to 1.
        pca: Standard deviation of the noise along ImageNet's principal colours; 0.1 in the papers.
        policy: "trivial" (TrivialAugment, wide), "rand" (RandAugment, as in timm), or "" for none.
        magnitude: Mean and standard deviation of RandAugment's strength, on a scale of 0 to 10.
        erasing: Probability of random erasing, 0 to 1.
        cutout: Side of the square that cutout erases, in pixels; 0 for none.
        mixup: Alpha of mixup; 0 for none. With `cutmix` above 0, one of them is drawn for each batch.
        cutmix: Alpha of CutMix; 0 for none.
        repeats: Number of random variants of each image in a batch; the pass keeps its length (repeated augmentation,
            Hoffer et al. 2019, arXiv 1901.09335).
        mean: Mean subtracted from image files, a value a "channel" or a "pixel"; images in memory have one a pixel.
        centre: Share of the shorter side in the test crop of a file; 224 of 256 in the papers.

    Raises:
        ValueError: A value is out of its range.
    """

    size: int = 224
    area: tuple[float, float] | None = (0.08, 1.0)
    aspect: tuple[float, float] = (3 / 4, 4 / 3)
    shorter_side: tuple[int, int] | None = None
    pad: int | None = None
    flip: bool = True
    jitter: float = 0.0
    pca: float = 0.0
    policy: str = ""
    magnitude: tuple[float, float] = (7.0, 0.5)
    erasing: float = 0.0
    cutout: int = 0
    mixup: float = 0.0
    cutmix: float = 0.0
    repeats: int = 1
    mean: str = "channel"
    centre: float = 0.875

    def __post_init__(self) -> None:
        positive_integer("size", self.size)
        if [self.area, self.shorter_side, self.pad].count(None) != 2:
            raise ValueError("A training crop takes a share of the area, a range of the shorter side, or padding.")
        if self.area is not None and not 0 < self.area[0] <= self.area[1] <= 1:
            raise ValueError(f"area is two shares above 0 and up to 1, the least first, not {self.area}.")
        if not 0 < self.aspect[0] <= self.aspect[1]:
            raise ValueError(f"aspect is two ratios above 0, the least first, not {self.aspect}.")
        if self.shorter_side is not None and not self.size <= self.shorter_side[0] <= self.shorter_side[1]:
            raise ValueError(
                f"shorter_side is two lengths of at least the size, {self.size}, the least first, not "
                f"{self.shorter_side}."
            )
        if self.pad is not None and self.pad < 0:
            raise ValueError(f"pad counts pixels, so it is 0 or more, not {self.pad}.")
        if not 0 <= self.jitter <= 1 or self.pca < 0:
            raise ValueError(f"jitter is 0 to 1 and pca 0 or more, not {self.jitter} and {self.pca}.")
        if self.policy not in POLICIES:
            raise ValueError(unknown("policy", self.policy, POLICIES))
        if not 0 <= self.erasing <= 1 or self.cutout < 0 or self.mixup < 0 or self.cutmix < 0:
            raise ValueError(
                f"erasing is 0 to 1, cutout, mixup and cutmix are 0 or more, not {self.erasing}, {self.cutout}, "
                f"{self.mixup}, {self.cutmix}."
            )
        if not 0 < self.centre <= 1:
            raise ValueError(f"centre is a share of the shorter side, above 0 and up to 1, not {self.centre}.")
        positive_integer("repeats", self.repeats)
        if self.mean not in MEANS:
            raise ValueError(unknown("mean", self.mean, MEANS))

    @classmethod
    def parse(cls, text: str) -> ImageTransform:
        """Make the record from words such as "area 8 to 100 %, aspect 3/4 to 4/3, 224 crop, flip, PCA colour".

        Raises:
            ValueError: A phrase is unknown; the message names the known ones.
        """
        values: dict[str, Any] = {"area": None, "flip": False}
        for phrase in re.split(r",\s*(?![^\[]*\])", text.strip()):  # not at the comma inside brackets
            values |= _fields_of(phrase)
        if values["area"] is None and not {"shorter_side", "pad"} & values.keys():
            examples = ", ".join(repr(PHRASES[k].example) for k in (0, 2, 3))
            raise ValueError(f"{text!r} lacks the crop, one of {examples}.")
        return cls(**values)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> ImageTransform:
        """Make the record from the result of `dataclasses.asdict`, also after JSON has turned tuples into lists."""
        values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in mapping.items()}
        return cls(**values)

    @property
    def mixes(self) -> bool:
        """Whether mixup or CutMix turns labels into shares of classes."""
        return bool(self.mixup or self.cutmix)

    @property
    def test_side(self) -> int:
        """Length of the resized shorter side from which the test crop is cut, in pixels."""
        return round(self.size / self.centre)

    @property
    def needs_colour(self) -> bool:
        """Whether it changes colours, which requires RGB images."""
        return bool(self.jitter or self.pca or self.policy)

    def refuse_in_memory(self, shape: tuple[int, int, int]) -> None:
        """Raise if it does not fit images in memory of the shape `(h, w, c)`.

        Raises:
            ValueError: It changes the size of the images, or the colours of gray ones.
        """
        height, width, channels = shape
        if (height, width) != (self.size, self.size):
            raise ValueError(
                f"images in memory keep their size, {height} x {width}, and are not cut to {self.size} x {self.size}"
            )
        if self.needs_colour and channels != 3:
            raise ValueError(f"colours are changed of RGB images, and these have {channels} channel")

    def training_view(self, shape: tf.Tensor, key: tf.Tensor) -> in_graph.View:
        """Draw a random crop of an image whose height and width are `shape`, int32 `[2]`."""
        if self.pad is not None:
            return in_graph.padded(shape, key, self.size, self.pad)
        if self.shorter_side is not None:
            return in_graph.shorter_side(shape, key, self.size, self.shorter_side)
        return in_graph.area_and_aspect(shape, key, self.size, self.area or (1.0, 1.0), self.aspect)

    def tested(self, mean: np.ndarray | None = None) -> Preprocessing:
        """Return the preprocessing of a network trained with this transform and this mean."""
        return Preprocessing.of_training(mean, size=self.size, resize=self.test_side)

    def change(self, image: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
        """Mirror and recolour a cropped image, float32 `[size, size, c]` in 0 to 1, at random; a function of `key`."""
        import tensorflow as tf

        flip_key, policy_key, jitter_key, pca_key = tf.unstack(tf.random.split(key, 4, alg="philox"))
        if self.flip:
            mirrored = tf.random.stateless_uniform([], flip_key, alg="philox") < 0.5
            image = tf.cond(mirrored, lambda: tf.reverse(image, [1]), lambda: image)  # faster than a slice
        image = tf.ensure_shape(image, [self.size, self.size, None])
        if self.policy == "trivial":
            image = autoaugment.trivial_augment(image, policy_key)
        if self.policy == "rand":
            image = autoaugment.rand_augment(image, policy_key, *self.magnitude)
        if self.jitter:
            image = color.jitter(image, jitter_key, self.jitter)
        if self.pca:
            image = color.pca_noise(image, pca_key, self.pca)
        return tf.ensure_shape(image, [self.size, self.size, None])

    def erase(self, image: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
        """Apply random erasing and cutout to an image from which the mean was subtracted."""
        import tensorflow as tf

        erasing_key, cutout_key = tf.unstack(tf.random.split(key, 2, alg="philox"))
        if self.erasing:
            image = mixup.erase(image, erasing_key, self.erasing)
        return mixup.cut_out(image, cutout_key, self.cutout) if self.cutout else image


@dataclass(frozen=True)
class Phrase:
    """Phrase of an augmentation: an example for messages, its pattern, and the fields that it sets."""

    example: str
    pattern: str
    fields: Callable[..., dict[str, Any]]


def _number(text: str) -> float:
    """Read a number such as "0.75" or "3/4"."""
    above, _, below = text.partition("/")
    return float(above) / float(below or 1)


NUMBER = r"(\d+(?:\.\d+)?(?:/\d+)?)"

PHRASES = (
    Phrase(
        "area 8 to 100 %",
        rf"area {NUMBER} to {NUMBER} %",
        lambda least, most: {"area": (_number(least) / 100, _number(most) / 100)},
    ),
    Phrase(
        "aspect 3/4 to 4/3",
        rf"aspect {NUMBER} to {NUMBER}",
        lambda least, most: {"aspect": (_number(least), _number(most))},
    ),
    Phrase(
        "shorter side in [256, 480]",
        r"shorter side in \[(\d+), (\d+)\]",
        lambda least, most: {"shorter_side": (int(least), int(most))},
    ),
    # Padded images are small, and tested whole.
    Phrase("padding 4", r"padding (\d+)", lambda pad: {"pad": int(pad), "centre": 1.0}),
    Phrase("224 crop", r"(\d+) crop", lambda size: {"size": int(size)}),
    Phrase("flip", "flip", lambda: {"flip": True}),
    Phrase("colour jitter", "colour jitter", lambda: {"jitter": 0.4}),
    Phrase("PCA colour", "PCA colour", lambda: {"pca": 0.1}),
    # Howard 2013 (arXiv 1312.5402), sec. 2, to which Szegedy et al. refer: factors of 0.5 to 1.5, then the PCA's noise.
    Phrase("photometric distortions", "photometric distortions", lambda: {"jitter": 0.5, "pca": 0.1}),
    Phrase("TrivialAugment wide", "TrivialAugment wide", lambda: {"policy": "trivial"}),
    Phrase(
        "RandAugment 7 / 0.5",
        rf"RandAugment {NUMBER} / {NUMBER}",
        lambda mean, deviation: {"policy": "rand", "magnitude": (_number(mean), _number(deviation))},
    ),
    Phrase("random erasing 0.1", rf"random erasing {NUMBER}", lambda share: {"erasing": _number(share)}),
    Phrase("cutout 16", r"cutout (\d+)", lambda side: {"cutout": int(side)}),
    Phrase(
        "mixup 0.2 or CutMix 1.0",
        rf"mixup {NUMBER} or CutMix {NUMBER}",
        lambda mixup, cutmix: {"mixup": _number(mixup), "cutmix": _number(cutmix)},
    ),
    Phrase("mixup 0.2", rf"mixup {NUMBER}", lambda alpha: {"mixup": _number(alpha)}),
    Phrase("CutMix 1.0", rf"CutMix {NUMBER}", lambda alpha: {"cutmix": _number(alpha)}),
    Phrase("3 repeats", r"(\d+) repeats", lambda count: {"repeats": int(count)}),
    Phrase("per-pixel mean", "per-pixel mean", lambda: {"mean": "pixel"}),
    Phrase("centre 95 %", rf"centre {NUMBER} %", lambda share: {"centre": _number(share) / 100}),
)


def _fields_of(phrase: str) -> dict[str, Any]:
    for known in PHRASES:
        found = re.fullmatch(known.pattern, phrase)
        if found:
            return known.fields(*found.groups())
    raise ValueError(unknown("augmentation", phrase, [known.example for known in PHRASES]))
