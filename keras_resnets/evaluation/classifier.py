"""The record of a model, the preprocessing of its input and the names of its classes."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import keras
import numpy as np

from keras_resnets import data
from keras_resnets._checking import Phrase, checked, hints_of
from keras_resnets._files import replacing
from keras_resnets._finite import load_model
from keras_resnets._names import check_source
from keras_resnets.augment.transform import ImageTransform
from keras_resnets.evaluation import metrics
from keras_resnets.evaluation.prediction import Prediction, predict_classes
from keras_resnets.images.crop_protocols import ONE_CROP, Protocol
from keras_resnets.images.preprocessing import Preprocessing
from keras_resnets.layers import ImageModel, carrying, preprocessing_of
from keras_resnets.networks import build
from keras_resnets.networks.auxiliary import main_path
from keras_resnets.runs import Run, open_run
from keras_resnets.weights.load import dataset_of
from keras_resnets.weights.native import SUFFIX, save_native

Source = str | os.PathLike[str]


@dataclass(frozen=True)
class Origin:
    """Source of a classifier.

    Attributes:
        source: Name of the run, file, or "NETWORK@WEIGHTS"; None if it was made from a model.
        run: Run of its training, if known.
        dataset: Name of the run's data set.
        files: Location of the run's images, if they are files; see `data.from_source`.
    """

    source: str | None = None
    run: Run | None = None
    dataset: str | None = None
    files: Mapping[str, Any] | None = None


@checked
@dataclass(frozen=True, eq=False)
class Classifier:
    """A model, the preprocessing of its input, and the names of its classes.

    Attributes:
        model: Model of logits or probabilities, `[batch, classes]`; auxiliary classifiers are removed.
        preprocessing: Preprocessing of the model's input; by default the one that the model carries, else pixels / 255.
        class_names: Names of the classes, in the order of the outputs; by default those of the preprocessing, if any.
        origin: Source of the classifier.

    Raises:
        TypeError: The model is not a `keras.Model`.
        ValueError: The model does not give `[batch, classes]`, ends in an activation that gives neither logits nor
            probabilities, or has another number of classes than names.
    """

    model: keras.Model
    preprocessing: Preprocessing = None  # type: ignore[assignment]  # its default follows from the model
    class_names: Sequence[str] | None = None
    origin: Origin = field(default_factory=Origin)

    def __post_init__(self) -> None:
        if not isinstance(self.model, keras.Model):
            raise TypeError(f"A Classifier takes a keras.Model, not {self.model!r:.80}.")
        expected = self.preprocessing or preprocessing_of(self.model)
        model = main_path(_functional(self.model, expected))
        if not isinstance(model.output_shape, tuple) or len(model.output_shape) != 2:
            raise ValueError(f"{model.name!r} gives {model.output_shape}, not [batch, classes]: build it with its top.")
        metrics.gives_probabilities(model)
        height, width, channels = model.input_shape[1:]
        size = height if height == width else None
        if expected is None:
            expected = Preprocessing.of_training(channels=channels, size=size)
        elif size not in (None, expected.size):
            expected = expected.at(size)
        names = self.class_names or expected.labels
        if names is not None and len(names) != model.output_shape[-1]:
            raise ValueError(
                f"There are {len(names):,} class names, but {model.name!r} has {model.output_shape[-1]:,} classes."
            )
        object.__setattr__(self, "model", model)
        object.__setattr__(self, "preprocessing", expected)
        object.__setattr__(self, "class_names", None if names is None else tuple(map(str, names)))

    def __repr__(self) -> str:
        source = f", from {self.origin.source}" if self.origin.source else ""
        side = self.preprocessing.size or "any"
        return f"<Classifier {self.name!r}: {self.classes:,} classes, input {side}x{side}x{self.channels}{source}>"

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    @property
    def channels(self) -> int:
        """Channels of the input, 1 or 3."""
        return self.model.input_shape[-1]

    @property
    def classes(self) -> int:
        """Number of classes."""
        return self.model.output_shape[-1]

    @classmethod
    @functools.partial(checked, own={"options"})
    def open(
        cls,
        source: Source,
        *,
        weights: str = "last",
        preprocessing: Preprocessing | None = None,
        class_names: Sequence[str] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> Classifier:
        """Open a run, a saved model, or a network with its weights.

        Args:
            source: A run directory; a `.keras` file; or "NETWORK@WEIGHTS", such as "resnet20@cifar10",
                "resnet50@torchvision" or "resnet20@resnet20.th", as `build` takes them.
            weights: Weights of a run, "last" or "best".
            preprocessing: Preprocessing to use in place of the source's.
            class_names: Names of the classes to use in place of the source's.
            options: Options of the builder for "NETWORK@WEIGHTS", such as {"shortcut": "A-centered"}.

        Raises:
            FileNotFoundError: The run or file does not exist.
            OSError: A file of the run is damaged.
            TypeError: The options are no mapping.
            ValueError: The network is unknown, its weights do not fit or are not finite.
        """
        if options is not None and not isinstance(options, Mapping):
            raise TypeError(f'options must be a mapping, such as {{"shortcut": "A-centered"}}, not {options!r:.80}.')
        path = Path(source)
        name, at, of = os.fspath(source).partition("@")
        if at and not path.exists():
            model = build(name, weights=of, **(options or {}))
            dataset = dataset_of(of)
            origin = Origin(f"{name}@{of if dataset else Path(of).name}", dataset=dataset)
            return cls(model, preprocessing, class_names, origin)  # type: ignore[arg-type]
        if path.suffix == ".keras":
            if not path.is_file():
                raise FileNotFoundError(f"File {str(path)!r} does not exist.")
            run, model = Run(path.parent), load_model(path)
            if run.exists():
                return _of_run(run, model, path.name, preprocessing, class_names)
            return cls(model, preprocessing, class_names, Origin(path.name))  # type: ignore[arg-type]
        check_source(os.fspath(source))
        run = open_run(path)
        return _of_run(run, run.load(weights), path.name, preprocessing, class_names)

    def save(self, path: Source) -> Path:
        """Save the model, its preprocessing and class names.

        Args:
            path: A `.keras` file, which `open` and Keras load; or a `.safetensors` file of the weights alone, which
                "NETWORK@PATH" and a builder's `weights` load, with the recipe and error of a run.

        Raises:
            ValueError: The path has another suffix.
            OSError: The file cannot be written; an existing one stays as it was.
        """
        path = Path(path).expanduser()
        expected = replace(self.preprocessing, labels=self.class_names)
        if path.suffix == SUFFIX:
            save_native(self.model, path, expected, _training(self.origin))
        elif path.suffix == ".keras":
            with replacing(path) as temporary:
                carrying(self.model, expected).save(temporary)
        else:
            raise ValueError(f"A classifier is saved as a .keras or .safetensors file, not {str(path)!r}.")
        return path

    def predict(
        self,
        images: Any,
        *,
        top: int = 3,
        protocol: Protocol | str | int = ONE_CROP,
    ) -> list[Prediction]:
        """Name the likeliest classes of each image.

        Args:
            images: Image files, one or several; a folder, of which all image files are taken; or arrays, uint8
                `[n, height, width, channels]`, `[height, width, channels]` or a list of these.
            top: Number of classes named for each image.
            protocol: Crops whose probabilities are averaged, as for `evaluate`.

        Raises:
            FloatingPointError: The outputs are not finite.
            ValueError: A file is missing or cannot be read, before anything is predicted.
        """
        return predict_classes([self], images, top=top, protocol=protocol)


SOURCES = "a Classifier, a keras.Model, a run directory, a .keras file or NETWORK@WEIGHTS"
Given: TypeAlias = Annotated[Classifier | keras.Model | Source, Phrase(SOURCES)]
"""What every function of a network takes."""


@functools.partial(checked, own={"mean"})
def classifier_of(
    source: Given,
    *,
    preprocessing: Preprocessing | None = None,
    mean: np.ndarray | None = None,
    class_names: Sequence[str] | None = None,
    weights: str = "last",
    options: Mapping[str, Any] | None = None,
) -> Classifier:
    """Return a classifier, made from a model or opened from a path; given values replace those of the source.

    Args:
        source: A `Classifier`, a `keras.Model`, a run directory, a `.keras` file or "NETWORK@WEIGHTS".
        preprocessing: Preprocessing to use in place of the source's.
        mean: In place of a preprocessing: subtracted from pixels / 255, float32 `[h, w, c]` or `[c]`.
        class_names: Names of the classes to use in place of the source's.
        weights, options: As for `Classifier.open`.

    Raises:
        TypeError: The source is of another type.
        ValueError: Both a mean and a preprocessing are given, or the parts do not fit; see `Classifier`.
    """
    if isinstance(source, Classifier):
        preprocessing = given_preprocessing(source.model, preprocessing, mean)
        if preprocessing is None and class_names is None:
            return source
        names = class_names or source.class_names
        return Classifier(source.model, preprocessing or source.preprocessing, names, source.origin)
    if isinstance(source, keras.Model):
        return Classifier(source, given_preprocessing(source, preprocessing, mean), class_names)  # type: ignore[arg-type]
    if mean is not None:
        raise ValueError(
            "Give mean with a model only: a run has a mean of its own, and other networks take a preprocessing."
        )
    return Classifier.open(
        source, weights=weights, preprocessing=preprocessing, class_names=class_names, options=options
    )


_HINTS = hints_of(classifier_of)  # resolved here: other modules need not know the names in them
LACKING = tuple(
    each.replace(annotation=_HINTS[each.name]) for each in inspect.signature(classifier_of).parameters.values()
)[1:]


def takes_classifier(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a function of a `Classifier` so that it takes every source and keyword of `classifier_of`."""

    @functools.wraps(function)
    def wrapped(model: Any, *args: Any, **keywords: Any) -> Any:
        lacking = {each.name: keywords.pop(each.name) for each in LACKING if each.name in keywords}
        return function(classifier_of(model, **lacking), *args, **keywords)

    named = names_lacking(wrapped)
    signature = inspect.signature(named)
    first, *others = signature.parameters.values()
    named.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[first.replace(annotation=Given), *others]
    )
    return named


def names_lacking(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the keywords of `classifier_of` to the signature of a function that takes them as `**keywords`."""
    signature = inspect.signature(function)
    own = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
    function.__signature__ = signature.replace(parameters=[*own, *LACKING])  # type: ignore[attr-defined]
    return function


def image_size(model: keras.Model) -> tuple[int | None, int | None, int] | None:
    """Return height, width and channels of a model's input; None for a subclassed model, whose input is unknown."""
    try:
        shape = model.input_shape
    except AttributeError:
        return None
    if not isinstance(shape, tuple) or len(shape) != 4:
        raise ValueError(
            f"{model.name!r} takes {shape}: a classifier takes one input [batch, height, width, channels]."
        )
    return shape[1:]


def _functional(model: keras.Model, expected: Preprocessing | None) -> keras.Model:
    """Return a functional model of the same layers: a Sequential or subclassed model is called on an input."""
    shape = image_size(model)
    if hasattr(model, "operations"):
        return model
    if isinstance(model, keras.Sequential):
        if shape is None:
            raise ValueError(f"{model.name!r} is not built: give it a keras.Input, or call it on images, before.")
        return ImageModel(model.inputs[0], model.outputs[0], name=model.name)
    if shape is None:
        if expected is None or expected.size is None:
            raise ValueError(
                f"{model.name!r} is a subclassed model of unknown input size: give a preprocessing with a size."
            )
        shape = (expected.size, expected.size, len(expected.channels))
    inputs = keras.Input(shape, name="images")
    return keras.Model(inputs, model(inputs), name=model.name)


def given_preprocessing(
    model: keras.Model, preprocessing: Preprocessing | None, mean: np.ndarray | None
) -> Preprocessing | None:
    """Return the preprocessing that is given, or made of the mean that is given; None without either.

    Raises:
        ValueError: Both are given, or the mean does not fit the model.
    """
    if mean is not None and preprocessing is not None:
        raise ValueError("Give a mean or a preprocessing, not both: a preprocessing has a mean.")
    return preprocessing if mean is None else less_mean(mean, model)


def less_mean(mean: np.ndarray, model: keras.Model) -> Preprocessing:
    """Return the preprocessing of pixels / 255 - `mean`, for the size of a model's input.

    Raises:
        ValueError: The mean is no array of numbers, `[h, w, c]` or `[c]`, or does not fit the model.
    """
    if np.asarray(mean).dtype.kind not in "fiub" or np.ndim(mean) not in (1, 3):
        raise ValueError(
            f"mean must be an array of numbers, [height, width, channels] or [channels], not {mean!r:.80}."
        )
    height, width, channels = image_size(model) or (None, None, np.shape(mean)[-1])
    size = height if height == width else None
    return Preprocessing.of_training(mean, channels=channels, size=size)


def _training(origin: Origin) -> dict[str, Any]:
    """Return data set, recipe, seed, versions and result of the run that a classifier is of."""
    if origin.run is None:
        return {}
    config = origin.run.read_config()
    kept = {name: config[name] for name in ("network", "dataset", "recipe", "seed", "versions") if name in config}
    return kept | ({"result": dict(origin.run.read_result())} if origin.run.result.exists() else {})


def _of_run(
    run: Run, model: keras.Model, source: str, preprocessing: Preprocessing | None, class_names: Sequence[str] | None
) -> Classifier:
    config = run.read_config()
    files = config.get("files")
    if preprocessing is None:
        mean, transform = run.read_mean(), files and ImageTransform.from_mapping(files["augmentation"])
        preprocessing = transform.tested(mean) if transform else less_mean(mean, model)
    origin = Origin(source, run, config.get("dataset"), files)
    return Classifier(model, preprocessing, class_names or tuple(config["class_names"]), origin)


def test_images(classifiers: Iterable[Classifier], data_dir: Source | None = None) -> data.ImageSet | data.FileSet:
    """Return the test images of runs of one data set.

    Raises:
        ValueError: The classifiers are not runs of one data set.
    """
    origins = [classifier.origin for classifier in classifiers]
    datasets = {origin.dataset for origin in origins}
    name = datasets.pop() if len(datasets) == 1 else None
    if name is None:
        raise ValueError("The networks are not runs of one data set: give the images to evaluate them on.")
    files = origins[0].files
    return data.from_source(files) if files else data.load(name, data_dir)


test_images.__test__ = False  # type: ignore[attr-defined]  # pytest would collect it wherever it is imported
