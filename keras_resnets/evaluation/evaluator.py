"""Networks judged by a protocol: crops of images, batches, probabilities, and their mean over crops and networks."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import keras
import numpy as np

from keras_resnets._errors import positive_integer
from keras_resnets._finite import OutputCheck
from keras_resnets.evaluation import metrics
from keras_resnets.evaluation.batches import Bar, Owned, ahead, batches
from keras_resnets.evaluation.pictures import Pictures, pictures_of
from keras_resnets.evaluation.report import Evaluation
from keras_resnets.images.crop_protocols import ONE_CROP, Protocol, find_protocol
from keras_resnets.networks.auxiliary import main_path
from keras_resnets.weights import Preprocessing


@dataclass(frozen=True, eq=False)
class Judged:
    """A network and what it expects of an image.

    Attributes:
        model: gives logits or probabilities, [batch, classes].
        size: height and width of its input; None where an image is taken as it is.
        shorter: what an image's shorter side becomes for one crop.
        interpolation: of resizing.
        standardize: uint8 crops to its input, float32.
        preprocessing: which standardizes; None where pixels / 255 - `mean` does.
        mean: float32 [h, w, c] or [c]; None for none.
    """

    model: keras.Model
    size: int | None
    shorter: int | None
    interpolation: str
    standardize: Callable[[np.ndarray], np.ndarray]
    preprocessing: Preprocessing | None = None
    mean: np.ndarray | None = None

    @property
    def channels(self) -> int:
        """Of its input."""
        return self.model.input_shape[-1]

    @property
    def classes(self) -> int:
        """That it knows."""
        return self.model.output_shape[-1]


def judged(model: keras.Model, *, mean: np.ndarray | None = None, preprocessing: Preprocessing | None = None) -> Judged:
    """A model with its own preprocessing: the one given, else `model.preprocessing`, else pixels / 255 - `mean`.

    Raises:
        TypeError: if it is no Keras model.
        ValueError: if its outputs are neither logits nor probabilities of classes, or both a mean and a preprocessing
            are given.
    """
    if not isinstance(model, keras.Model):
        raise TypeError(f"A network to judge is a keras.Model, not {model!r:.80}.")
    if mean is not None and preprocessing is not None:
        raise ValueError("Give a mean or a preprocessing, not both: a preprocessing has a mean.")
    way = preprocessing or (getattr(model, "preprocessing", None) if mean is None else None)
    model = main_path(model)
    if not isinstance(model.output_shape, tuple) or len(model.output_shape) != 2:
        raise ValueError(f"{model.name!r} gives no [batch, classes], but {model.output_shape}: build it with its top.")
    metrics.gives_probabilities(model)
    height, width = model.input_shape[1:3]
    size = height if height == width else None
    if way is None:
        return Judged(model, size, size, "bilinear", lambda crops: less_mean(crops, mean), mean=mean)
    way = way.at(size) if size not in (None, way.size) else way
    return Judged(model, way.size, way.resize, way.interpolation, way.standardize, way)


def less_mean(crops: np.ndarray, mean: np.ndarray | None) -> np.ndarray:
    """uint8 crops / 255 - `mean`, float32."""
    inputs = crops.astype(np.float32) / 255
    if mean is None:
        return inputs
    *sides, channels = np.shape(mean)
    if tuple(sides) not in ((), (1, 1), crops.shape[1:3]) or channels != crops.shape[-1]:
        raise ValueError(f"A mean of the shape {np.shape(mean)} does not fit crops of the shape {crops.shape[1:]}.")
    return inputs - np.asarray(mean, np.float32)


def evaluate(
    models: keras.Model | Sequence[keras.Model],
    images,
    *,
    protocol: Protocol | str | int = ONE_CROP,
    mean: np.ndarray | None = None,
    preprocessing: Preprocessing | None = None,
    class_names: Sequence[str] | None = None,
    batch_size: int | None = None,
    progress: bool | None = None,
) -> Evaluation:
    """Judge a network, or several whose probabilities are averaged, by the crops of a paper.

    Args:
        models: each gives probabilities, if its last activation is a softmax, or, if it has none, logits,
            [batch, classes]; of a model with auxiliary classifiers the main one is judged.
        images: a `data.Split`; a `data.ImageSet`, of which the test images are taken; a pair (images, labels), the
            images uint8 [n, h, w, c], or a list of such arrays or files; or a folder with a subfolder a class.
        protocol: "one_crop", "ten_crops", "144_crops", "multi_scale", or a `Protocol`.
        mean: subtracted from the pixels / 255, float32 [h, w, c] or [c]; the one that the models were trained with.
        preprocessing: what the models expect, in place of their `preprocessing` and of a mean.
        class_names: of all classes, in the models' order; a folder's subfolders, sorted, by default.
        batch_size: crops at once; by default as many as 32 of 224 x 224 have pixels, 500 at most.
        progress: whether to show a bar; by default where standard error is a terminal.

    Raises:
        FloatingPointError: if a network's outputs are not finite; it tells of how many images, and whether weights are
            at fault.
        TypeError: for models or data of another kind.
        ValueError: if models, images, labels and protocol do not fit each other, or no file can be read.
    """
    given = [models] if isinstance(models, keras.Model) else list(models)
    networks = [judged(model, mean=mean, preprocessing=preprocessing) for model in given]
    ways = [preprocessing, *(getattr(model, "preprocessing", None) for model in given)]
    names = class_names or next((way.labels for way in ways if way is not None and way.labels), None)
    pictures = pictures_of(images, names)
    return judge(networks, pictures, find_protocol(protocol), batch_size=batch_size, progress=progress)


def judge(
    networks: Sequence[Judged],
    pictures: Pictures,
    protocol: Protocol = ONE_CROP,
    *,
    batch_size: int | None = None,
    progress: bool | None = None,
) -> Evaluation:
    """Judge networks, each with what it expects of an image, by their mean probabilities; see `evaluate`."""
    classes = _classes_of(networks)
    if int(pictures.labels.max()) >= classes:
        raise ValueError(
            f"The labels reach {int(pictures.labels.max())}, but {networks[0].model.name!r} has the classes 0 to "
            f"{classes - 1}."
        )
    if pictures.class_names is not None and len(pictures.class_names) != classes:
        raise ValueError(
            f"{pictures.name!r} has {len(pictures.class_names):,} classes, but {networks[0].model.name!r} knows "
            f"{classes:,}: give class_names, the network's classes in their order."
        )
    start = time.monotonic()
    log_p, broken = predictions(networks, pictures, protocol, batch_size=batch_size, progress=progress)
    whole = np.array([index not in broken for index in range(len(pictures))])
    if not whole.any():
        raise ValueError(f"None of the {len(pictures):,} images can be read: {next(iter(broken.values()))}")
    log_p, labels = log_p[whole], pictures.labels[whole]
    rank, best = metrics.ranks(log_p, labels), log_p.argmax(axis=1)
    errors = int((rank > 0).sum())
    low, high = metrics.wilson_interval(errors, len(rank))
    return Evaluation(
        images=len(rank),
        errors=errors,
        top1_error=100 * float((rank >= 1).mean()),
        top5_error=100 * float((rank >= 5).mean()),
        negative_log_likelihood=metrics.negative_log_likelihood(log_p, labels),
        calibration_error=100 * metrics.calibration_error(np.exp(log_p.max(axis=1)), rank == 0),
        interval=(100 * low, 100 * high),
        protocol=str(protocol),
        crops=protocol.crops_an_image,
        networks=tuple(network.model.name for network in networks),
        data=pictures.name,
        class_names=pictures.class_names,
        confusion=metrics.confusion(labels, best, classes),
        broken=tuple(str(pictures.images[index]) for index in sorted(broken)),
        seconds=time.monotonic() - start,
    )


def predictions(
    networks: Sequence[Judged],
    pictures: Pictures,
    protocol: Protocol = ONE_CROP,
    *,
    batch_size: int | None = None,
    progress: bool | None = None,
) -> tuple[np.ndarray, dict[int, str]]:
    """The logarithms of the mean probabilities, over crops and networks.

    Returns:
        log p, float64 [images, classes], and, by number, why an image's file cannot be read; its row is -inf.

    Raises:
        FloatingPointError: if a network's outputs are not finite; it tells of how many images, and whether weights are
            at fault.
    """
    classes = _classes_of(networks)
    if batch_size is not None:
        positive_integer("batch_size", batch_size)
    total = np.full((len(pictures), classes), -np.inf)
    broken: dict[int, str] = {}
    shown = sys.stderr.isatty() if progress is None else progress
    with Bar(len(networks) * len(pictures), shown) as bar:
        for network in networks:
            _add(total, network, pictures, protocol, batch_size, broken, bar)
    return total - np.log(protocol.crops_an_image * len(networks)), broken


def _classes_of(networks: Sequence[Judged]) -> int:
    """The number of classes that all networks have."""
    if not networks:
        raise ValueError("There is no network to judge.")
    first = networks[0]
    for network in networks:
        if network.classes != first.classes:
            raise ValueError(
                f"Networks that are averaged have the same classes, but {first.model.name!r} has {first.classes:,} and "
                f"{network.model.name!r} {network.classes:,}."
            )
    return first.classes


def _add(total, network, pictures, protocol, batch_size, broken, bar) -> None:
    """Add the probabilities of each crop, as logarithms, to the row of its image."""
    model = flexible(network.model) if protocol.cut == "whole" else network.model
    check = OutputCheck(network.model)
    for owners, crops in batches(_owned_crops(network, pictures, protocol, broken, bar), network.size, batch_size):
        outputs = model.predict_on_batch(network.standardize(crops))
        if not check.see(owners, outputs):
            continue  # to count the images; nothing is told of their classes
        log_p = metrics.log_probabilities(network.model, outputs)
        starts = np.flatnonzero(np.diff(owners, prepend=-1))
        total[owners[starts]] = np.logaddexp(total[owners[starts]], np.logaddexp.reduceat(log_p, starts, axis=0))
    check.refuse()


def _owned_crops(network, pictures, protocol, broken, bar) -> Iterator[Owned]:
    """The crops of one image after the other, scale by scale; files that cannot be read go to `broken`."""

    def read(index: int) -> str | list[np.ndarray]:
        try:
            pixels = pictures.pixels(index, network.channels)
        except ValueError as error:
            if isinstance(pictures.images[index], np.ndarray):
                raise
            return str(error)
        return list(crops_of(pixels, network, protocol))

    for index, crops in enumerate(ahead(read, range(len(pictures)))):
        bar.step()
        if isinstance(crops, str):
            broken[index] = crops
        else:
            yield from ((np.full(len(some), index), some) for some in crops)


def crops_of(image: np.ndarray, network: Judged, protocol: Protocol) -> Iterator[np.ndarray]:
    """What a network sees of an image: uint8 [crops, h, w, c], scale by scale.

    Raises:
        ValueError: if the crops do not fit the image or the network.
    """
    if network.size is None or network.shorter is None:
        if protocol.scales is not None or protocol.cut not in ("centre", "whole"):
            raise ValueError(
                f"{network.model.name!r} takes {network.model.input_shape[1:3]}, which says no size of crops: give a "
                "preprocessing."
            )
        yield image[None]
    else:
        yield from protocol.crops(image, network.size, shorter=network.shorter, interpolation=network.interpolation)


def flexible(model: keras.Model) -> keras.Model:
    """The model for images of any size, with the same layers: convolutions slide, and the head averages what they give,
    which is the fully convolutional form of a network that ends in a global average and one dense layer.

    Raises:
        ValueError: if its head needs a map of one size.
    """
    if None in model.input_shape[1:3]:
        return model
    fixed = next((layer for layer in model.layers if isinstance(layer, keras.layers.Flatten)), None)
    if fixed is not None:
        raise ValueError(
            f"{model.name!r} takes images of {model.input_shape[1]} x {model.input_shape[2]} alone, for its layer "
            f"{fixed.name!r} flattens a map: judge it by crops."
        )
    inputs = keras.Input((None, None, model.input_shape[-1]))
    free = keras.models.clone_model(model, input_tensors=inputs, clone_function=lambda layer: layer)
    if keras.backend.backend() == "tensorflow":
        free.jit_compile = False  # XLA would compile the network anew for each size
    return free
