"""Networks as backbones: multi-scale feature maps, as for a feature pyramid, and frozen stages.

A level is a stage, "stage1" and so on, and its feature map is the stage's last map. The map of the last stage includes
what precedes the head, such as the last batch normalization of a pre-activation network, but not a pool.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import keras

from keras_resnets._checking import checked
from keras_resnets._errors import unknown
from keras_resnets.layers import ImageModel
from keras_resnets.networks import build
from keras_resnets.networks.abstract import abstract_init

STEM, TAIL = "stem", "tail"


@dataclass(frozen=True)
class FeatureInfo:
    """Feature map of one level.

    Attributes:
        level: Name of the level, "stage1" and so on.
        name: Name of the layer whose output is the map.
        channels: Number of channels.
        stride: Distance of neighbouring positions of the map in the image, in pixels.
    """

    level: str
    name: str
    channels: int
    stride: int


@checked
def feature_info(network: str | keras.Model) -> tuple[FeatureInfo, ...]:
    """Return the levels of a network, in order, with their channels and strides.

    Args:
        network: Model of this package, or name of `list_models()`, whose network is built without memory for weights.

    Raises:
        ValueError: For an unknown name, or a model without stages.
    """
    if isinstance(network, str):
        with abstract_init():
            network = build(network, include_top=False, input_shape=(None, None, 3))
    operations = _last_operations(network)
    strides = _strides(network)
    return tuple(
        FeatureInfo(level, last.name, last.output.shape[-1], strides[last.name]) for level, last in operations.items()
    )


@checked
def features(model: keras.Model, levels: str | int | Iterable[str | int] | None = None) -> keras.Model:
    """Return the backbone of a network: a model of the feature maps by level, `{"stage2": [batch, h, w, c], ...}`.

    The maps feed a feature pyramid or another head for detection or segmentation. Layers and weights are shared with
    `model`, which may take images of any size; its head is not computed.

    Args:
        model: Model of this package.
        levels: Names or numbers of levels, `("stage2", "stage3")` or `(2, 3)`; by default all.

    Raises:
        ValueError: For an unknown level, with the nearest match, or a model without stages.
    """
    maps = {level: last.output for level, last in _last_operations(model).items()}
    if levels is not None:
        wanted = [levels] if isinstance(levels, str | int) else levels
        maps = {level: maps[level] for level in [_named("level", level, maps) for level in wanted]}
    if not maps:
        raise ValueError("levels must name at least one level, or be None for all.")
    return ImageModel(model.inputs, maps, name=f"{model.name}_features")


@checked
def freeze(model: keras.Model, until: str | int | None = None) -> None:
    """Freeze the stem and the stages up to `until`, and unfreeze all later layers.

    Frozen batch normalizations normalize by their moving statistics, which do not change. Compile the model afterwards:
    Keras trains the layers that were trainable when it was compiled.

    Args:
        model: Model of this package.
        until: "stem", or the name or number of a stage; the last one freezes all but the head, None the head too.

    Raises:
        ValueError: For an unknown part, with the nearest match, or a model without stages.
    """
    levels = list(_last_operations(model))
    parts = [STEM, *levels] if any(_part(layer) == STEM for layer in model.layers) else levels
    if until is None:
        _freeze(model, {_part(layer) for layer in model.layers})
    else:
        frozen = parts[: parts.index(_named("part", until, parts)) + 1]
        _freeze(model, {*frozen, TAIL} if frozen[-1] == levels[-1] else set(frozen))


@checked
def unfreeze(model: keras.Model) -> None:
    """Make all layers trainable again; compile the model afterwards.

    `model.trainable = True` is not enough: with TensorFlow it changes nothing if the model's own flag is True already.
    """
    _freeze(model, set())


def _freeze(model: keras.Model, parts: set[str]) -> None:
    """Freeze the layers of the given parts, and unfreeze all others."""
    model.trainable = True
    for layer in model.layers:
        for inner in layer._flatten_layers():
            inner.trainable = _part(layer) not in parts


def _part(operation: keras.Operation) -> str:
    """Return the part of a network that an operation belongs to, such as "stage2" for "stage2_block1_conv1"."""
    return operation.name.split("_")[0]


def _named(kind: str, given: str | int, allowed: Iterable[str]) -> str:
    """Return one of the allowed names; a stage may be given by its number."""
    name = given if isinstance(given, str) else f"stage{given}"
    if name not in allowed:
        raise ValueError(unknown(kind, given, allowed))
    return name


def last_operations(model: keras.Model) -> dict[str, keras.Operation]:
    """Return the operation whose output is the map of each level, in order; none for a model without stages."""
    operations = getattr(model, "operations", ())  # of functional models only, in order
    last = {_part(operation): operation for operation in operations}
    levels = sorted((part for part in last if re.fullmatch(r"stage\d+", part)), key=lambda part: int(part[5:]))
    found = {level: last[level] for level in levels}
    if levels and TAIL in last and all(_stride(operation) == 1 for operation in operations if _part(operation) == TAIL):
        found[levels[-1]] = last[TAIL]
    return found


def _last_operations(model: keras.Model) -> dict[str, keras.Operation]:
    """Return `last_operations`.

    Raises:
        ValueError: If there are none.
    """
    found = last_operations(model)
    if not found:
        raise ValueError(f"Model {model.name!r} is not of this package: none of its layers is named after a stage.")
    return found


def _strides(model: keras.Model) -> dict[str, int]:
    """Return the stride of each operation's output in the image, by name: the product of the strides on the way."""
    strides: dict[str, int] = {}
    for operation in model.operations:
        sources = {tensor._keras_history.operation.name for tensor in keras.tree.flatten(operation.input)}
        ahead = max((strides[source] for source in sources - {operation.name}), default=1)
        strides[operation.name] = ahead * _stride(operation)
    return strides


def _stride(operation: keras.Operation) -> int:
    """Return the stride of one operation."""
    stride = getattr(operation, "strides", getattr(operation, "stride", 1))
    return stride if isinstance(stride, int) else stride[0]
