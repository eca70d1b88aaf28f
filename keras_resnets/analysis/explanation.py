"""Explanations of single answers: the pixels that a network's class rests on, as heat maps on the images."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np

from keras_resnets import plotting
from keras_resnets._checking import Count, Natural, NotNegative, Range, Seed, checked
from keras_resnets._errors import listed, one_line, printable, unknown, warn_caller
from keras_resnets._text import table
from keras_resnets.analysis import heat_maps
from keras_resnets.analysis.subject import Subject, place_of
from keras_resnets.evaluation import Classifier
from keras_resnets.evaluation.classifier import takes_classifier
from keras_resnets.evaluation.forward import crops_of
from keras_resnets.evaluation.prediction import IMAGENET_CLASSES, image_list
from keras_resnets.images.crop_protocols import ONE_CROP
from keras_resnets.images.with_pillow import pixels_of
from keras_resnets.weights.classes import imagenet_classes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GrayLevel = Annotated[float, Range("from 0 to 255", lambda x: 0 <= x <= 255, "a number from 0 to 255")]
MOST_ROWS = 64  # images in one figure
SHOWN_SHARE = 99.5  # per cent of the pixels within the range of the colors: single ones would leave the rest pale
LONGEST_TITLE = 30  # characters above a panel
OPACITY = 0.6  # of a heat map on its image


@dataclass(frozen=True)
class Method:
    """Method of explanation.

    Attributes:
        title: Name of the method in a figure.
        heat_map: Function of a `Subject`, inputs and classes; its keyword arguments are options of `explain`.
        unit: Meaning of a heat map's values, as the label of a color bar.
        of_stage: Whether the map of a stage is explained, not the image.
        signed: Whether values below 0 speak against the class.
    """

    title: str
    heat_map: Callable[..., np.ndarray]
    unit: str
    of_stage: bool = False
    signed: bool = False

    @property
    def options(self) -> tuple[str, ...]:
        """Names of its options."""
        parameters = inspect.signature(self.heat_map).parameters.values()
        own = tuple(each.name for each in parameters if each.kind is each.KEYWORD_ONLY)
        return ("stage", *own) if self.of_stage else own


METHODS = {
    "grad_cam": Method("Grad-CAM", heat_maps.grad_cam, "weighted sum of the maps", of_stage=True),
    "layer_cam": Method("Layer-CAM", heat_maps.layer_cam, "weighted sum of the maps", of_stage=True),
    "integrated_gradients": Method(
        "Integrated gradients", heat_maps.integrated_gradients, "contribution to the logit", signed=True
    ),
    "occlusion": Method("Occlusion", heat_maps.occlusion, "fall of log p", signed=True),
    "saliency": Method("Saliency", heat_maps.saliency, "gradient of the logit"),
}


@dataclass(frozen=True, eq=False)
class Explanation:
    """Heat maps of what a network's answers rest on.

    Attributes:
        network: Name of the network.
        method: Name of the method, one of `METHODS`.
        stage: Name of the stage or layer whose map is explained; None for methods that explain the image itself.
        files: Path of each image; for an image in memory its index.
        images: Images as the network sees them, resized and cut, uint8 `[n, h, w, channels]`.
        heat_maps: Value of each of their pixels, float32 `[n, h, w]`, in the unit of the method.
        classes: Number of the class that is explained, for each image.
        class_names: Name of that class, for each image.
        probabilities: Probability that the network gives to that class, for each image.
    """

    network: str
    method: str
    stage: str | None
    files: tuple[Path | int, ...]
    images: np.ndarray
    heat_maps: np.ndarray
    classes: tuple[int, ...]
    class_names: tuple[str, ...]
    probabilities: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.images)

    @property
    def title(self) -> str:
        """Method, network and stage in words."""
        return f"{METHODS[self.method].title} of {self.network}" + (f", {self.stage}" if self.stage else "")

    def table(self) -> str:
        """Return the images as text, a line each: file, class, probability, and where the heat map is largest."""
        rows = [["image", "class", "probability", "largest at"]]
        for number, heat_map in enumerate(self.heat_maps):
            y, x = np.unravel_index(heat_map.argmax(), heat_map.shape)
            probability = f"{100 * self.probabilities[number]:.1f} %"
            rows.append([printable(self.files[number]), self.class_names[number], probability, f"x {x}, y {y}"])
        return table(rows, left=(0, 1))

    def figure(self, path: str | os.PathLike[str]) -> tuple[Path, ...]:
        """Draw each image as the network sees it, and beside it the same in gray under its heat map.

        Each heat map has colors of its own, from 0 to its 99.5th percentile, or as far below 0.

        Args:
            path: A file in .png or .svg; without a suffix, both are written.

        Raises:
            ValueError: There are more than 64 images.
        """
        refuse_rows(len(self))
        height = 0.5 + 2.9 * len(self)
        figure, axes = plotting.panels(2, len(self), title=self.title, width=7.0, height=height)
        for number in range(len(self)):
            _draw(axes[2 * number], axes[2 * number + 1], self, number)
        return plotting.save(figure, path)


def refuse_rows(images: int) -> None:
    """Raise ValueError if there are more images than a figure has rows."""
    if images > MOST_ROWS:
        raise ValueError(f"A figure shows at most {MOST_ROWS} images, not {images:,}: explain fewer at a time.")


@checked
@takes_classifier
def explain(
    model: Classifier,
    images: str | os.PathLike[str] | np.ndarray | Iterable[Any],
    method: Literal["grad_cam", "layer_cam", "integrated_gradients", "occlusion", "saliency"] = "grad_cam",
    *,
    target: Natural | str | Sequence[Natural | str] | None = None,
    stage: Natural | str | None = None,
    baseline: GrayLevel | None = None,
    steps: Count | None = None,
    window: Count | None = None,
    stride: Count | None = None,
    samples: Count | None = None,
    noise: NotNegative | None = None,
    seed: Seed | None = None,
    batch_size: Count | None = None,
) -> Explanation:
    """Show which pixels of images a network's class rests on, as heat maps.

    Methods: "grad_cam" (Selvaraju et al. 2017) weights the maps of a stage by the mean gradient of the class's logit;
    "layer_cam" (Jiang et al. 2021) by the gradient at each position; "integrated_gradients" (Sundararajan et al. 2017)
    shares the difference of the logit to a blank image among the pixels; "occlusion" (Zeiler & Fergus 2013) measures
    the fall of log p under a gray square; "saliency" (Simonyan et al. 2013) is the magnitude of the logit's gradient,
    smoothed by noise (Smilkov et al. 2017). Logits are those ahead of a last softmax.

    Args:
        model: Network as `evaluate` takes it, in test mode; auxiliary classifiers are ignored.
        images: As for `evaluation.predict`, or one array `[height, width, channels]`.
        method: Name of the method.
        target: Class to explain, by number or name, one for all images or one for each; by default the likeliest.
        stage: For class activation maps: stage of `feature_info`, by number or name, or name of a layer with a map;
            by default the last stage or, in a model without stages, the last map.
        baseline: Gray level, 0 to 255, of the blank image, by default 0, or of the square, by default 127.5.
        steps: Intervals of the line from the blank image; by default 32, tripled up to 864 until the heat map sums to
            the difference of the logits within 1 %.
        window, stride: Side of the square, by default a sixth of the image's, and distance of neighbouring squares, by
            default half a side, in pixels.
        samples, noise, seed: Noisy copies, by default 32; standard deviation of the noise as a share of the input's
            range, by default 0.15; seed of the noise.
        batch_size: Images per pass; by default as many as have the pixels of 8 images of 224 x 224, 32 at most.

    Raises:
        FloatingPointError: Outputs or gradients are not finite.
        NotImplementedError: The method needs gradients, and the backend is neither TensorFlow nor JAX.
        ValueError: A file cannot be read, images differ in size, a class, stage or option does not fit.
    """
    given = {"stage": stage, "baseline": baseline, "steps": steps, "window": window, "stride": stride}
    options = _options_of(method, {**given, "samples": samples, "noise": noise, "seed": seed})
    return _explained(model, image_list(images), method, target, batch_size, options)


def _options_of(method: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return the options that are given, other than None.

    Raises:
        ValueError: The method has no such option.
    """
    options = {name: value for name, value in given.items() if value is not None}
    for name in options:
        if name not in METHODS[method].options:
            others = " and ".join(repr(other) for other in METHODS if name in METHODS[other].options)
            raise ValueError(f"The method {method!r} has no option {name!r}: it is one of {others}.")
    return options


def _explained(
    network: Classifier,
    files: Sequence[Path | np.ndarray],
    method: str,
    target: int | str | Sequence[int | str] | None,
    batch_size: int | None,
    options: dict[str, Any],
) -> Explanation:
    """Return the explanation of images, of which there is at least one."""
    stage, place = place_of(network.model, options.pop("stage", None)) if METHODS[method].of_stage else (None, None)
    crops = _as_seen(network, files)
    inputs = network.preprocessing.standardize(crops)
    subject = Subject(network, place, batch_size)
    names = _class_names(network)
    chosen = None if target is None else _classes(target, names, len(crops))
    log_p = subject.log_probabilities(inputs)
    classes = log_p.argmax(axis=1) if chosen is None else chosen
    found = METHODS[method].heat_map(subject, inputs, classes, **options)
    return Explanation(
        network=network.name,
        method=method,
        stage=stage,
        files=tuple(file if isinstance(file, Path) else number for number, file in enumerate(files)),
        images=crops,
        heat_maps=found.astype(np.float32),
        classes=tuple(classes.tolist()),
        class_names=tuple(names[label] for label in classes),
        probabilities=tuple(np.exp(log_p[np.arange(len(log_p)), classes]).tolist()),
    )


def _as_seen(network: Classifier, files: Sequence[Path | np.ndarray]) -> np.ndarray:
    """Return the images as the network sees them, uint8 `[n, h, w, channels]`.

    Raises:
        ValueError: There are none, one cannot be read, or their sizes differ from each other's or the network's.
    """
    if not files:
        raise ValueError("Give at least one image.")
    crops = [next(crops_of(pixels_of(file, network.channels), network, ONE_CROP)) for file in files]
    sizes = {crop.shape[1:3] for crop in crops}
    if len(sizes) > 1:
        raise ValueError(
            f"{network.name!r} takes images of any size, and these are of {listed(_in_pixels(sizes))} pixels: explain "
            "images of one size at a time, or give a preprocessing."
        )
    wanted, found = network.model.input_shape[1:3], crops[0].shape[1:3]
    if any(side not in (None, given) for side, given in zip(wanted, found, strict=True)):
        raise ValueError(
            f"{network.name!r} takes images of {_in_pixels([wanted])[0]} pixels, not {_in_pixels([found])[0]}."
        )
    return np.concatenate(crops)


def _in_pixels(sizes: Iterable[tuple[int, int]]) -> list[str]:
    return [f"{height} x {width}" for height, width in sorted(sizes)]


def _class_names(network: Classifier) -> Sequence[str]:
    """Return the names of the classes, those of ImageNet for 1,000 without names, or else their numbers."""
    if network.class_names is not None:
        return network.class_names
    if network.classes == IMAGENET_CLASSES:
        try:
            return [name for _, name in imagenet_classes()]
        except OSError as error:
            warn_caller(f"The classes are numbers, as the names of ImageNet's are not at hand: {one_line(error)}.")
    return list(map(str, range(network.classes)))


def _classes(target: Any, names: Sequence[str], images: int) -> np.ndarray:
    """Return the number of the class to explain of each image, int64 `[n]`; `target` is that of `explain`.

    Raises:
        ValueError: A class is unknown, or the number of classes is not 1 or the images'.
    """
    several = list(target) if isinstance(target, Iterable) and not isinstance(target, str) else [target] * images
    if len(several) != images:
        raise ValueError(
            f"target must be one class for all images, or one for each of {images:,}, not {len(several):,} classes."
        )
    return np.array([_class(one, names) for one in several], np.int64)


def _class(given: int | str, names: Sequence[str]) -> int:
    if isinstance(given, str):
        if names.count(given) > 1:
            numbers = [number for number, name in enumerate(names) if name == given]
            raise ValueError(f"target {given!r} is the name of the classes {listed(numbers)}: give the number.")
        if given not in names:
            raise ValueError(unknown("class", given, names))
        return names.index(given)
    if given >= len(names):
        raise ValueError(f"target must be the number of a class, 0 to {len(names) - 1}, or its name, not {given}.")
    return int(given)


def _draw(picture: Axes, overlay: Axes, found: Explanation, number: int) -> None:
    """Draw one image into a panel, and its heat map into another."""
    image, heat_map, method = found.images[number], found.heat_maps[number], METHODS[found.method]
    file = found.files[number]
    picture.set_title(plotting.plain(_shortened(file.name if isinstance(file, Path) else f"image {file}")))
    name = _shortened(found.class_names[number])
    overlay.set_title(plotting.plain(f"{name}, {100 * found.probabilities[number]:.1f} %"))
    picture.imshow(image if image.shape[-1] == 3 else image.mean(axis=-1), cmap="gray", vmin=0, vmax=255)
    overlay.imshow(image.mean(axis=-1), cmap="gray", vmin=0, vmax=255)
    limit = float(np.percentile(np.abs(heat_map), SHOWN_SHARE)) or float(np.abs(heat_map).max()) or 1.0
    drawn = overlay.imshow(
        heat_map,
        cmap="RdBu_r" if method.signed else "inferno",
        vmin=-limit if method.signed else 0,
        vmax=limit,
        alpha=OPACITY,
    )
    overlay.figure.colorbar(drawn, ax=overlay, label=method.unit, shrink=0.9)
    for axes in (picture, overlay):
        axes.grid(False)
        axes.axis("off")


def _shortened(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 3]}..."
