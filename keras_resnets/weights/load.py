"""The `weights` option of the builders: find weights, check that they are of the network, load them."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from keras_resnets._checking import checked
from keras_resnets._finite import refuse_weights
from keras_resnets._keras_files import load_keras_weights
from keras_resnets.images.preprocessing import Preprocessing, timm_preprocessing
from keras_resnets.weights.bundled import BUNDLED, bundled_file
from keras_resnets.weights.hub import cached, hub_file
from keras_resnets.weights.native import is_native, load_native, read_training
from keras_resnets.weights.pretrained import PUBLISHERS, Publisher
from keras_resnets.weights.reading import READERS
from keras_resnets.weights.slots import layers_of
from keras_resnets.weights.torch import load_torch_weights, say_new_head
from keras_resnets.weights.traits import difference

KERAS_FORMATS = (".h5", ".keras")
IMAGENET = "imagenet"  # of keras.applications
PUBLISHED_BY = re.compile(rf"(?P<publisher>{'|'.join(PUBLISHERS)})(?:/(?P<tag>.+))?")
TIMM = re.compile(r"(?P<repository>timm/[^/@.]+\.[^/@]+)(?P<revision>)(?P<file>)")
HUB = re.compile(r"hf://(?P<repository>[^/@]+/[^/@]+)(?:@(?P<revision>[^/]+))?(?:/(?P<file>.+))?")
WEIGHTS_FILE, CONFIG_FILE = "model.safetensors", "config.json"
ALLOWED = (
    f'None, {", ".join(map(repr, (*BUNDLED, *PUBLISHERS)))}, "timm/NAME.TAG", "hf://OWNER/NAME", or the path of a '
    f"{', '.join((*KERAS_FORMATS[1:], '.weights.h5', *READERS))} file"
)


@checked
def load_weights(
    model: keras.Model, source: str | os.PathLike, network: str = "", options: Mapping[str, Any] | None = None
) -> None:
    """Load the weights that a builder's `weights` names; all but files of other libraries set `model.preprocessing`.

    If published weights have another number of classes than `model`, its head keeps its random values, and a line says
    so.

    Args:
        model: Newly built model.
        source: "cifar10" for weights of the package; "torchvision" (or "torchvision/V1" for the older ones),
            "akamaster", "chenyaofo/cifar10" or "chenyaofo/cifar100"; "timm/NAME.TAG" or
            `"hf://OWNER/NAME[@REVISION][/FILE]"` for the Hugging Face hub; or the path of a file.
        network: Name of the network, which pretrained weights must be of.
        options: Options of the network's design.

    Raises:
        ValueError: If `source` is none of these, or the weights are not of this network or not finite.
        OSError: If a download fails.
        ImportError: If the package of the hub is missing.
    """
    text = os.fspath(source)
    if text == IMAGENET:
        raise ValueError(
            f'Unknown weights {text!r}, a name of keras.applications: choose weights="torchvision" for weights trained '
            f"on ImageNet, or kr.load_keras_applications_weights(model, {text!r}) for those of keras.applications."
        )
    if text in BUNDLED:
        _load_native(model, bundled_file(network, text))
    elif match := PUBLISHED_BY.fullmatch(text):
        publisher = PUBLISHERS[match["publisher"]]
        pretrained = publisher.find(network, match["tag"] or "")
        _check_design(model, text, publisher, network, options or {})
        path = cached(publisher.url(pretrained), publisher.file(pretrained), pretrained.digest)
        _load_pretrained(model, path, text, publisher.classes)
        attach(model, pretrained.preprocessing)
    elif match := TIMM.fullmatch(text) or HUB.fullmatch(text):
        _check_design(model, text, PUBLISHERS["torchvision"], network, options or {})
        _load_from_hub(model, match, network)
    else:
        _load_file(model, Path(text))


def _load_from_hub(model: keras.Model, match: re.Match[str], network: str) -> None:
    repository, revision, file = match["repository"], match["revision"] or None, match["file"] or WEIGHTS_FILE
    config = _read_config(hub_file(repository, revision, CONFIG_FILE))
    architecture = config.get("architecture")
    if architecture not in (None, timm_name(network)):
        raise ValueError(f"{match.group()!r} has the weights of {architecture!r}, not of {timm_name(network)!r}.")
    classes = config.get("num_classes")
    path = hub_file(repository, revision, file)
    _load_pretrained(model, path, match.group(), classes if isinstance(classes, int) and classes > 0 else None)
    preprocessing = timm_preprocessing(config)
    if preprocessing is not None:
        attach(model, preprocessing)


def _load_pretrained(model: keras.Model, path: Path, source: str, classes: int | None) -> None:
    """Load a file with a head of `classes` classes (None: unknown); a head of another number keeps its values."""
    units = next((layer.units for layer in layers_of(model) if layer.name == "head_dense"), None)
    if units is None or classes is None or units == classes:
        load_torch_weights(model, path)
        return
    load_torch_weights(model, path, skip_head=True)
    say_new_head(source, classes, model.name, units)


def timm_name(network: str) -> str:
    """Return the name of `network` in timm."""
    return network.replace("preact_resnet", "resnetv2_")


def _read_config(path: Path) -> Mapping[str, Any]:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as fault:
        raise ValueError(f"Cannot read configuration {str(path)!r} as JSON: {fault}.") from None
    if not isinstance(config, Mapping):
        raise ValueError(f"Cannot read configuration {str(path)!r}: it is not a JSON object.")
    return config


def _load_file(model: keras.Model, path: Path) -> None:
    if not path.is_file():
        raise ValueError(f"Cannot find a file {str(path)!r}: weights must be {ALLOWED}.")
    if is_native(path):
        _load_native(model, path)
    elif path.suffix in READERS:
        load_torch_weights(model, path)
    elif path.suffix in KERAS_FORMATS:
        _load_keras_file(model, path)
    else:
        raise ValueError(f"weights must be {ALLOWED}, not {str(path)!r}.")


def _load_native(model: keras.Model, path: Path) -> None:
    attach(model, load_native(model, path))


def dataset_of(source: str) -> str | None:
    """Return the name of the data set that weights were trained on, as `kr.data.load` takes it; None if unknown."""
    if source in BUNDLED:
        return source
    if match := PUBLISHED_BY.fullmatch(source):
        return PUBLISHERS[match["publisher"]].dataset
    path = Path(source)
    return read_training(path).get("dataset") if path.is_file() and is_native(path) else None


def _load_keras_file(model: keras.Model, path: Path) -> None:
    """Load a file of Keras; if it does not fit or its values are not finite, the model keeps its weights."""
    before = model.get_weights()
    try:
        load_keras_weights(model, path)
        refuse_weights(model, repr(str(path)))
    except ValueError:
        model.set_weights(before)
        raise


def _check_design(
    model: keras.Model, source: str, publisher: Publisher, network: str, options: Mapping[str, Any]
) -> None:
    """Raise if the model computes another function than the published network, with the same weights."""
    trait = difference(model, publisher.traits)
    needed, given = (trait.needed, trait.given) if trait else ("", "")
    if network in publisher.variants and options.get("variant") != publisher.variants[network]:
        needed, given = f'variant="{publisher.variants[network]}"', f'variant="{options.get("variant")}"'
    if needed:
        raise ValueError(
            f"The weights {source!r} are of a network with {needed}, not {given}, and would compute another function: "
            f"build {model.name!r} with {needed}."
        )


def attach(model: keras.Model, preprocessing: Preprocessing) -> None:
    """Set `model.preprocessing`, at the size of the model's input if that is a fixed square."""
    height, width = model.inputs[0].shape[1:3]
    fixed = height is not None and height == width
    model.preprocessing = preprocessing.at(height) if fixed else preprocessing
