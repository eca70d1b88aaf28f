"""Weights of keras.applications."""

import functools
import os
import re
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from keras_resnets._checking import checked
from keras_resnets._errors import listed
from keras_resnets._finite import refuse_values
from keras_resnets._keras_files import load_keras_model, load_keras_weights
from keras_resnets._network import default_timeout
from keras_resnets.images.preprocessing import keras_applications_preprocessing
from keras_resnets.weights.load import attach
from keras_resnets.weights.names.keras_applications import APPLICATIONS, Application
from keras_resnets.weights.slots import layers_of

IMAGENET = "imagenet"
IMAGENET_CLASSES = 1000
ALLOWED = f"a model of keras.applications, the path of a .keras, .weights.h5 or .h5 file, or {IMAGENET!r}"
CLASSIFIER = "head_dense"
NORM: tuple[str, ...] = ("gamma", "beta", "moving_mean", "moving_variance")
KERNEL: tuple[str, ...] = ("kernel", "bias")
SHOWN = 6  # differences listed in an error
ANY_SIZE = 299  # pixels, for models that take any size

Pairs = dict[str, tuple[layers.Layer, layers.Layer]]  # our name to (our layer, theirs)


@functools.partial(checked, own={"source"})
def load_keras_applications_weights(
    model: keras.Model, source: keras.Model | str | os.PathLike, *, skip_head: bool = False
) -> None:
    """Load the weights of the same network in `keras.applications`; on an error the model is unchanged.

    In inference both models then compute the same function. A bias that only theirs has ahead of a batch normalization
    is subtracted from the moving mean; a difference of epsilons is added to the moving variance; gammas that theirs
    lacks become ones. Auxiliary classifiers are unchanged. ResNet50, 101 and 152 must be built with
    `downsample="1x1"`, and PreActResNet50, 101 and 152 for ResNet50V2, 101V2 and 152V2 with
    `variant="keras_applications"`.

    Args:
        model: Model of this package; without the top, the classifier of `source` is left out.
        source: Model of keras.applications, path of its `.keras` file, path of a `.weights.h5` or `.h5` file of its
            weights, or "imagenet" to let Keras download them.
        skip_head: Leave the classifier unchanged, for another number of classes.

    Raises:
        ValueError: If keras.applications lacks the network, if layers do not fit or weights are not finite; they are
            listed.
        OSError: If the file does not exist, or the download fails.
    """
    application, title = counterpart(model)
    theirs = read(source, model, title, skip_head)
    ours = own_layers(model)
    if skip_head:
        ours.pop(CLASSIFIER, None)
    pairs, problems = paired(ours, application, dict(ordinal_names(layers_of(theirs))))
    fitted, misfits = fitted_arrays(pairs)
    problems += misfits
    if pooled_paddings(model) != pooled_paddings(theirs):
        problems.append("the average pools treat the border of a map differently")
    if problems:
        raise ValueError(
            f"{model.name!r} takes the weights of keras.applications' {title}; these of {theirs.name!r} do not fit: "
            f"{listed(problems, SHOWN, separator='; ', longest=None)}.{hints(problems, application)}"
        )
    whose = f"the model {source.name!r}" if isinstance(source, keras.Model) else repr(os.fspath(source))
    refuse_values(((variable.path, array) for variable, array in fitted), whose)
    for variable, array in fitted:
        variable.assign(array)
    attach(model, keras_applications_preprocessing(application.mode, application.size))


def hints(problems: list[str], application: Application) -> str:
    """Return sentences on options that solve the problems."""
    of_head = [problem.startswith(f"{CLASSIFIER} ") for problem in problems]
    build_with = application.key_map.needs
    needs = f" Build it with {build_with}." if build_with and not all(of_head) else ""
    return needs + (" skip_head=True leaves the classifier as it is." if any(of_head) else "")


def counterpart(model: keras.Model) -> tuple[Application, str]:
    """Return the family of keras.applications with names for the layers of `model`, and the builder of its depths."""
    names = own_layers(model)
    blocks = {match.groups() for name in names if (match := re.match(r"stage(\d+)_block(\d+)_", name))}
    stages = [int(stage) for stage, _ in blocks]
    depths = tuple(stages.count(stage) for stage in sorted(set(stages)))
    for application in APPLICATIONS:
        if depths in application.titles and all(application.key_map.module(name) for name in names):
            return application, application.titles[depths]
    titles = ", ".join(title for application in APPLICATIONS for title in application.titles.values())
    raise ValueError(f"{model.name!r} has no counterpart in keras.applications: choose the counterpart of {titles}.")


def own_layers(model: keras.Model) -> dict[str, layers.Layer]:
    """Return the layers of `model` that own variables, without auxiliary classifiers, which theirs lacks."""
    return {layer.name: layer for layer in layers_of(model) if not layer.name.startswith("aux")}


def read(source: Any, model: keras.Model, title: str, skip_head: bool) -> keras.Model:
    """Return the model of keras.applications that `source` names or holds."""
    if isinstance(source, keras.Model):
        return source
    top = any(layer.name == CLASSIFIER for layer in model.layers)
    if not isinstance(source, str | os.PathLike):
        raise ValueError(f"source must be {ALLOWED}, not {type(source).__name__}.")
    if source == IMAGENET:
        return downloaded(title, top)
    path = Path(source)
    if not path.is_file():
        raise FileNotFoundError(f"source must be {ALLOWED}; the file {str(path)!r} does not exist.")
    if path.suffix == ".keras":
        return load_keras_model(path)
    if top and not skip_head:
        return read_weights(path, title, model.input_shape, {True: model.get_layer(CLASSIFIER).units})
    return read_weights(path, title, model.input_shape, dict.fromkeys((True, False), IMAGENET_CLASSES))


def downloaded(title: str, top: bool) -> keras.Model:
    """Return the network with its ImageNet weights, from Keras's cache or from the server."""
    try:
        with default_timeout():
            return getattr(keras.applications, title)(weights=IMAGENET, include_top=top)
    except Exception as error:  # Keras raises nothing more specific
        raise OSError(
            f"The weights of keras.applications' {title} could not be downloaded ({error}): download the file on "
            "another machine and give its path."
        ) from error


def read_weights(path: Path, title: str, input_shape: tuple[int | None, ...], tops: dict[bool, int]) -> keras.Model:
    """Return the network with the weights of a file, with the first of `tops` (include_top: classes) that fits."""
    shape = [size or ANY_SIZE for size in input_shape[1:]]
    reasons = []
    for top, classes in tops.items():
        theirs = getattr(keras.applications, title)(
            weights=None, include_top=top, classes=classes, input_shape=shape, name=title
        )
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Keras repeats the warnings in its error
                load_keras_weights(theirs, path)
        except ValueError as error:
            reasons.append(str(error))
        else:
            return theirs
    raise ValueError(f"{str(path)!r} does not hold the weights of keras.applications' {title}: {reasons[0]}")


def ordinal_names(found: Iterable[layers.Layer]) -> Iterable[tuple[str, layers.Layer]]:
    """Yield layers by name, those that Keras numbers over all models of a process by their number in this model."""
    numbered: dict[str, dict[int, layers.Layer]] = {"conv2d": {}, "batch_normalization": {}}
    for layer in found:
        match = re.fullmatch(r"(conv2d|batch_normalization)(?:_(\d+))?", layer.name)
        if match is None:
            yield layer.name, layer
        else:
            numbered[match[1]][int(match[2] or 0)] = layer
    for kind, by_number in numbered.items():
        yield from ((f"{kind}_{index}", by_number[number]) for index, number in enumerate(sorted(by_number)))


def paired(
    ours: dict[str, layers.Layer], application: Application, theirs: dict[str, layers.Layer]
) -> tuple[Pairs, list[str]]:
    """Return our layers by name, each with its counterpart, and a sentence for each that has none."""
    names = {name: str(application.key_map.module(name)) for name in ours}
    pairs = {name: (ours[name], theirs[other]) for name, other in names.items() if other in theirs}
    problems = [f"{name} has no {other} there" for name, other in names.items() if other not in theirs]
    spare = theirs.keys() - names.values()
    if CLASSIFIER not in ours:
        spare = {name for name in spare if not isinstance(theirs[name], layers.Dense)}
    problems += [f"{name} has no layer here" for name in sorted(spare)]
    return pairs, problems


def fitted_arrays(pairs: Pairs) -> tuple[list[tuple[keras.Variable, np.ndarray]], list[str]]:
    """Return every variable with its new value, and a sentence for each that does not fit."""
    fitted: list[tuple[keras.Variable, np.ndarray]] = []
    problems: list[str] = []
    moved = moved_biases(pairs)
    for name, (layer, other) in pairs.items():
        if isinstance(layer, layers.Conv2D) and any(a > b for a, b in zip(layer.strides, other.strides, strict=True)):
            problems.append(f"{name} has stride {layer.strides[0]}, theirs {other.strides[0]}")
        if isinstance(layer, layers.BatchNormalization):
            kinds, arrays = NORM, norm_arrays(layer, other, pairs[moved[name]][1].bias if name in moved else None)
        else:
            kinds, arrays = KERNEL, {kind: getattr(other, kind) for kind in KERNEL}
            if name in moved.values():
                del arrays["bias"]
        for kind in kinds:
            variable, array = getattr(layer, kind), arrays.get(kind)
            shapes = [None if each is None else tuple(each.shape) for each in (variable, array)]
            if shapes[0] != shapes[1]:
                problems.append(f"{name} has {kind} {shapes[0]}, theirs {shapes[1]}")
            elif variable is not None:
                fitted.append((variable, copy(array)))
    return fitted, problems


def moved_biases(pairs: Pairs) -> dict[str, str]:
    """Return the names of norms behind a convolution that has a bias in theirs only, with that convolution's."""
    norms = (layer for layer, _ in pairs.values() if isinstance(layer, layers.BatchNormalization))
    ahead = {norm.name: norm.input._keras_history.operation.name for norm in norms}
    return {norm: conv for norm, conv in ahead.items() if conv in pairs and only_theirs_has_bias(*pairs[conv])}


def only_theirs_has_bias(layer: layers.Layer, other: layers.Layer) -> bool:
    """Return whether a layer is a convolution with a bias in theirs only."""
    return isinstance(layer, layers.Conv2D) and layer.bias is None and other.bias is not None


def norm_arrays(layer: layers.Layer, other: layers.Layer, bias: Any) -> dict[str, np.ndarray]:
    """Return the weights with which a normalization computes `other` behind a convolution with `bias`."""
    mean, variance = (copy(value).astype("float64") for value in (other.moving_mean, other.moving_variance))
    return {
        "gamma": np.ones_like(mean) if other.gamma is None else copy(other.gamma),
        "beta": copy(other.beta),
        "moving_mean": mean if bias is None else mean - copy(bias),
        "moving_variance": variance + (other.epsilon - layer.epsilon),
    }


def copy(array: Any) -> np.ndarray:
    """Copy the values of a variable, because JAX may donate its buffer in a later step."""
    return np.array(keras.ops.convert_to_numpy(array))


def pooled_paddings(model: keras.Model) -> set[str]:
    """Return the paddings of the average pools of a model."""
    return {layer.padding for layer in model.layers if isinstance(layer, layers.AveragePooling2D)}
