"""The `weights` option of every builder: where weights come from, and whether they are of the network built."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from keras_resnets._finite import refuse_weights
from keras_resnets.images.preprocessing import Preprocessing, timm_preprocessing
from keras_resnets.weights.hub import cached, hub_file
from keras_resnets.weights.pretrained import CLASSES, torchvision_weights
from keras_resnets.weights.reading import READERS
from keras_resnets.weights.slots import layers_of
from keras_resnets.weights.torch import class_counts, load_torch_weights

KERAS_FORMATS = (".h5", ".keras")
TORCHVISION = re.compile(r"torchvision(?:/(?P<tag>.+))?")
TIMM = re.compile(r"(?P<repository>timm/[^/@.]+\.[^/@]+)(?P<revision>)(?P<file>)")
HUB = re.compile(r"hf://(?P<repository>[^/@]+/[^/@]+)(?:@(?P<revision>[^/]+))?(?:/(?P<file>.+))?")
WEIGHTS_FILE, CONFIG_FILE = "model.safetensors", "config.json"
ALLOWED = (
    'None, "torchvision", "timm/NAME.TAG", "hf://OWNER/NAME", or the path of a '
    f"{', '.join((*KERAS_FORMATS[1:], '.weights.h5', *READERS))} file"
)

# The options that torchvision's and timm's networks have been trained with, of those that change what a network
# computes and not the names and shapes of its weights: nothing else would tell.
TRAINED_WITH = {"downsample": "3x3", "survival_probability": None, "local_response": False}
VARIANTS = {"googlenet": "torchvision", "inception_v3": "torchvision"}  # of the others, the default


def load_weights(
    model: keras.Model, source: str | os.PathLike, network: str = "", options: Mapping[str, Any] | None = None
) -> None:
    """Give `model` the weights that a builder's `weights` names, and with published ones `model.preprocessing`.

    Args:
        model: as it was built.
        source: "torchvision" (or "torchvision/V1" for the older ones), "timm/NAME.TAG" or
            "hf://OWNER/NAME[@REVISION][/FILE]" for the Hugging Face hub, or the path of a file.
        network: the network's name here, which published weights must be of.
        options: the builder's, of the network's design.

    Raises:
        ValueError: if `source` is none of these, or the weights are not of this network or not finite.
        OSError: if a download fails.
        ImportError: if the hub's package is missing.
    """
    text = os.fspath(source)
    if match := TORCHVISION.fullmatch(text):
        published = torchvision_weights(network, match["tag"] or "")
        _check_options(text, network, options or {})
        _check_classes(model, CLASSES)
        load_torch_weights(model, cached(published.url, published.file, published.digest))
        attach(model, published.preprocessing)
    elif match := TIMM.fullmatch(text) or HUB.fullmatch(text):
        _load_from_hub(model, match, network, options or {})
    else:
        _load_file(model, Path(text))


def _load_from_hub(model, match: re.Match, network: str, options: Mapping[str, Any]) -> None:
    repository, revision, file = match["repository"], match["revision"] or None, match["file"] or WEIGHTS_FILE
    _check_options(match.group(), network, options)
    config = _read_config(hub_file(repository, revision, CONFIG_FILE))
    architecture = config.get("architecture")
    if architecture not in (None, timm_name(network)):
        raise ValueError(f"{match.group()!r} has the weights of {architecture!r}, not of {timm_name(network)!r}.")
    if isinstance(config.get("num_classes"), int) and config["num_classes"] > 0:
        _check_classes(model, config["num_classes"])
    load_torch_weights(model, hub_file(repository, revision, file))
    preprocessing = timm_preprocessing(config)
    if preprocessing is not None:
        attach(model, preprocessing)


def timm_name(network: str) -> str:
    """What timm calls our `network`."""
    return network.replace("preact_resnet", "resnetv2_")


def _read_config(path: Path) -> Mapping[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as fault:
        raise ValueError(f"{str(path)!r} is no configuration in JSON: {fault}.") from None
    if not isinstance(config, Mapping):
        raise ValueError(f"{str(path)!r} is no configuration: it is not an object.")
    return config


def _load_file(model: keras.Model, path: Path) -> None:
    if not path.is_file():
        raise ValueError(f"weights must be {ALLOWED}; there is no file {str(path)!r}.")
    if path.suffix in READERS:
        load_torch_weights(model, path)
    elif path.suffix in KERAS_FORMATS:
        _load_keras_file(model, path)
    else:
        raise ValueError(f"weights must be {ALLOWED}, not {str(path)!r}.")


def _load_keras_file(model: keras.Model, path: Path) -> None:
    """Load Keras's own file; one whose values are not finite leaves the model as it was."""
    before = model.get_weights()
    model.load_weights(path)
    try:
        refuse_weights(model, repr(str(path)))
    except ValueError:
        model.set_weights(before)
        raise


def _check_options(source: str, network: str, options: Mapping[str, Any]) -> None:
    """Refuse a design that computes something else with the same weights."""
    needed = {**TRAINED_WITH, **({"variant": VARIANTS[network]} if network in VARIANTS else {})}
    for option, value in needed.items():
        if option in options and options[option] != value:
            raise ValueError(
                f"The weights {source!r} are of a network with {option}={value!r}, not {options[option]!r}. "
                "kr.load_torch_weights(model, file) loads them nevertheless where they fit."
            )


def _check_classes(model: keras.Model, classes: int) -> None:
    """Tell of another number of classes before anything is downloaded."""
    units = [layer.units for layer in layers_of(model) if layer.name == "head_dense"]
    if units and units[0] != classes:
        raise ValueError(class_counts(classes, units[0]))


def attach(model: keras.Model, preprocessing: Preprocessing) -> None:
    """`model.preprocessing`, for the size of the model's input."""
    height, width = model.inputs[0].shape[1:3]
    fixed = height is not None and height == width
    model.preprocessing = preprocessing.at(height) if fixed else preprocessing
