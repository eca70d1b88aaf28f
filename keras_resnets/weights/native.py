"""Weights files of this package: a .safetensors file that knows its network and what that expects of an image.

Arrays have the names of our layers and Keras's layout. The metadata holds the preprocessing, the design of the network
(what its layers do, beside the shapes of their weights) and how it was trained; a mean image is an array of its own.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import safetensors
from safetensors.numpy import save_file

from keras_resnets._errors import listed
from keras_resnets._files import replacing
from keras_resnets._finite import refuse_values
from keras_resnets.images.preprocessing import Preprocessing
from keras_resnets.layers import ExpectedInput, Recompute
from keras_resnets.weights.reading import read_safetensors
from keras_resnets.weights.slots import layers_of
from keras_resnets.weights.torch import LAST_LAYERS, say_new_head

SUFFIX = ".safetensors"
FORMAT = "keras_resnets"
MEAN = "preprocessing/mean"
OPTIONAL = ("head_", "aux")  # first letters of layers that a model may lack

# Attributes by which layers with the same weights compute different functions.
FUNCTION = (
    *("strides", "stride", "padding", "dilation_rate", "pool_size", "output_size"),
    *("epsilon", "negative_slope", "survival", "scale", "size", "k", "alpha", "beta"),
)
WITHOUT_FUNCTION = (keras.layers.InputLayer, ExpectedInput, Recompute, keras.Model)

Design = dict[str, dict[str, Any]]


def save_native(
    model: keras.Model, path: Path, preprocessing: Preprocessing, training: Mapping[str, Any] | None = None
) -> None:
    """Save the weights of a model, with its preprocessing and design.

    Args:
        model: A model whose layers have different names, as those of the builders.
        path: A .safetensors file, in place of an existing one.
        preprocessing: Preprocessing of its input, with the names of its classes.
        training: How it was trained, in values of JSON.

    Raises:
        ValueError: Two layers have the same name.
    """
    variables = _variables(model)
    arrays = {name: np.ascontiguousarray(_array(variable)) for name, variable in variables.items()}
    refuse_values(arrays.items(), repr(model.name))
    config = preprocessing.to_config()
    if preprocessing.has_mean_image:
        arrays[MEAN] = np.ascontiguousarray(preprocessing.mean, np.float32)
        config["mean"] = None
    metadata = {
        "format": FORMAT,
        "network": model.name,
        "preprocessing": json.dumps(config),
        "design": json.dumps(design(model)),
        "training": json.dumps(dict(training or {})),
    }
    with replacing(path) as temporary:
        save_file(arrays, temporary, metadata=metadata)


def is_native(path: Path) -> bool:
    """Return whether a file is a weights file of this package."""
    return path.suffix == SUFFIX and _metadata(path).get("format") == FORMAT


def read_training(path: Path) -> dict[str, Any]:
    """Return how the network of a weights file of this package was trained; empty if that is not known."""
    try:
        training = json.loads(_metadata(path).get("training", "{}"))
    except (ValueError, RecursionError):
        return {}
    return training if isinstance(training, dict) else {}


def load_native(model: keras.Model, path: Path) -> Preprocessing:
    """Load a weights file into a model of the same design, and return its preprocessing; on an error nothing changes.

    A model without the top leaves the head of the file out; a head with another number of classes keeps its values,
    and a line says so.

    Raises:
        ValueError: The file is damaged, or of a network with other layers, shapes or functions of its layers.
    """
    arrays, metadata = read_safetensors(path), _metadata(path)
    try:
        config, theirs = json.loads(metadata["preprocessing"]), json.loads(metadata["design"])
        if config["mean"] is None:
            config["mean"] = arrays.pop(MEAN)
        preprocessing = Preprocessing.from_config(config)
        _refuse_other_design(design(model), theirs, repr(str(path)), model.name)
    except (KeyError, TypeError, AttributeError, RecursionError, json.JSONDecodeError) as fault:
        raise ValueError(f"Cannot read the description in {str(path)!r}: {fault!r:.100}.") from None
    variables = _variables(model)
    arrays = {name: array for name, array in arrays.items() if name in variables or not name.startswith(OPTIONAL)}
    if missing := variables.keys() ^ arrays.keys():
        raise ValueError(
            f"The weights {str(path)!r} are of {metadata.get('network')!r} and do not fit {model.name!r}: only one of "
            f"the two has {listed(sorted(missing))}."
        )
    new_head = {name for name in variables if _of_other_classes(name, variables[name], arrays[name])}
    others = [name for name in variables if name not in new_head and variables[name].shape != arrays[name].shape]
    if others:
        pairs = [f"{name} {arrays[name].shape}, not {tuple(variables[name].shape)}" for name in others]
        raise ValueError(f"The weights {str(path)!r} do not fit {model.name!r}: {listed(pairs)}.")
    refuse_values(arrays.items(), repr(str(path)))
    for name in variables.keys() - new_head:
        variables[name].assign(arrays[name])
    if new_head:
        name = min(new_head)
        say_new_head(str(path), arrays[name].shape[-1], model.name, variables[name].shape[-1])
    return preprocessing


def design(model: keras.Model) -> Design:
    """Return what each layer of a model does beside its weights, in values of JSON, by the layer's name."""
    return {
        layer.name: json.loads(json.dumps({key: value for key, value in layer.get_config().items() if key in FUNCTION}))
        for layer in model._flatten_layers(include_self=False)
        if not isinstance(layer, WITHOUT_FUNCTION)
    }


def _refuse_other_design(ours: Design, theirs: Design, source: str, name: str) -> None:
    differing = [layer for layer in ours.keys() ^ theirs.keys() if not layer.startswith(OPTIONAL)]
    if differing:
        raise ValueError(
            f"The weights {source} are of another network than {name!r}: only one of the two has the layers "
            f"{listed(sorted(differing))}."
        )
    for layer in [name for name in ours if name in theirs]:
        for key in FUNCTION:
            our, their = ours[layer].get(key), theirs[layer].get(key)
            if our != their:
                raise ValueError(
                    f"The weights {source} are of a network that computes another function than {name!r}: its layer "
                    f"{layer!r} has {key}={their!r}, not {our!r}."
                )


def _of_other_classes(name: str, ours: keras.Variable, theirs: np.ndarray) -> bool:
    """Return whether only the number of classes, the last axis, differs."""
    of_last_layer = LAST_LAYERS.fullmatch(name.partition("/")[0]) is not None
    return of_last_layer and ours.shape[:-1] == theirs.shape[:-1] and ours.shape != theirs.shape


def _variables(model: keras.Model) -> dict[str, keras.Variable]:
    """Return the variables of floating point by the names of their layers."""
    named = [
        (f"{layer.name}/{variable.name}", variable)
        for layer in layers_of(model)
        for variable in (*layer._trainable_variables, *layer._non_trainable_variables)
        if keras.backend.is_float_dtype(variable.dtype)
    ]
    if len(dict(named)) < len(named):
        raise ValueError(f"{model.name!r} has several layers of the same name: its weights cannot be saved by name.")
    return dict(named)


def _array(variable: keras.Variable) -> np.ndarray:
    return keras.ops.convert_to_numpy(variable).astype(np.float32)


def _metadata(path: Path) -> dict[str, str]:
    try:
        with safetensors.safe_open(path, framework="np") as file:
            return file.metadata() or {}
    except (safetensors.SafetensorError, OSError):  # the reader of the arrays says what is wrong
        return {}
