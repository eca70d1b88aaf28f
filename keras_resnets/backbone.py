"""Networks as backbones: the maps of their stages with their strides, and stages held still in training.

A level is a stage, "stage1" and so on, and its map is the stage's last. That of the last stage is taken behind what
follows it ahead of the head, such as the last batch normalization of a pre-activation network, but ahead of a pool.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import keras

from keras_resnets._errors import unknown
from keras_resnets.layers import ImageModel
from keras_resnets.networks import build
from keras_resnets.networks.abstract import abstract_init

STEM, TAIL = "stem", "tail"


@dataclass(frozen=True)
class FeatureInfo:
    """The map of one level.

    Attributes:
        level: "stage1" and so on.
        name: of the layer that gives the map.
        channels: of the map.
        stride: of the image, in pixels, from one position of the map to the next.
    """

    level: str
    name: str
    channels: int
    stride: int


def feature_info(network: str | keras.Model) -> tuple[FeatureInfo, ...]:
    """The levels of a network, in order, without computing anything.

    Args:
        network: a model of this package, or a name of `list_models()`, for which no weights are made.

    Raises:
        ValueError: for an unknown name, or a model that has no stages.
    """
    if isinstance(network, str):
        with abstract_init():
            network = build(network, include_top=False, input_shape=(None, None, 3))
    operations = _last_operations(network)
    strides = _strides(network)
    return tuple(
        FeatureInfo(level, last.name, last.output.shape[-1], strides[last.name]) for level, last in operations.items()
    )


def features(model: keras.Model, levels: str | int | Iterable[str | int] | None = None) -> keras.Model:
    """A model of the maps of some levels, by level: `{"stage2": [batch, h, w, c], ...}`.

    A dictionary, so that each map keeps its name whichever others are asked for. Layers and weights are those of
    `model`, which may take images of any size; its head is not computed.

    Args:
        model: of this package.
        levels: names or numbers of levels, `("stage2", "stage3")` or `(2, 3)`; by default all.

    Raises:
        ValueError: for an unknown level, with the nearest match, or a model that has no stages.
    """
    maps = {level: last.output for level, last in _last_operations(model).items()}
    if levels is not None:
        wanted = [levels] if isinstance(levels, str | int) else levels
        maps = {level: maps[level] for level in [_named("level", level, maps) for level in wanted]}
    if not maps:
        raise ValueError("levels must name at least one level, or be None for all.")
    return ImageModel(model.inputs, maps, name=f"{model.name}_features")


def freeze(model: keras.Model, until: str | int | None = None) -> None:
    """Hold the layers of the stem and of the stages up to `until` still in training, and free all behind them.

    Frozen batch normalizations normalize by their moving statistics, which stay. Compile the model afterwards: Keras
    trains what was free when it was compiled.

    Args:
        model: of this package.
        until: "stem", or the name or number of a stage; the last one holds all but the head, None the head too.

    Raises:
        ValueError: for an unknown part, with the nearest match, or a model that has no stages.
    """
    levels = list(_last_operations(model))
    parts = [STEM, *levels] if any(_part(layer) == STEM for layer in model.layers) else levels
    if until is None:
        _hold(model, {_part(layer) for layer in model.layers})
    else:
        held = parts[: parts.index(_named("part", until, parts)) + 1]
        _hold(model, {*held, TAIL} if held[-1] == levels[-1] else set(held))


def unfreeze(model: keras.Model) -> None:
    """Free all layers again; compile the model afterwards.

    `model.trainable = True` does not: with TensorFlow it changes nothing where the model's own flag is True already.
    """
    _hold(model, set())


def _hold(model: keras.Model, parts: set[str]) -> None:
    model.trainable = True
    for layer in model.layers:
        for inner in layer._flatten_layers():
            inner.trainable = _part(layer) not in parts


def _part(operation: keras.Operation) -> str:
    """The part of a network that an operation belongs to: "stage2" of "stage2_block1_conv1"."""
    return operation.name.split("_")[0]


def _named(kind: str, given: str | int, allowed: Iterable[str]) -> str:
    """One of the names allowed, of which a stage's may be given by its number."""
    name = given if isinstance(given, str) else f"stage{given}"
    if name not in allowed:
        raise ValueError(unknown(kind, given, allowed))
    return name


def _last_operations(model: keras.Model) -> dict[str, keras.Operation]:
    """By level, in order, the operation that gives its map."""
    operations = getattr(model, "operations", ())  # of a functional model, in the order in which they are computed
    last = {_part(operation): operation for operation in operations}
    levels = sorted((part for part in last if re.fullmatch(r"stage\d+", part)), key=lambda part: int(part[5:]))
    if not levels:
        raise ValueError(f"{model.name!r} is no network of this package: none of its layers is named after a stage.")
    found = {level: last[level] for level in levels}
    if TAIL in last and all(_stride(operation) == 1 for operation in operations if _part(operation) == TAIL):
        found[levels[-1]] = last[TAIL]
    return found


def _strides(model: keras.Model) -> dict[str, int]:
    """The stride of each operation's output, by its name: the product of those on the way."""
    strides: dict[str, int] = {}
    for operation in model.operations:
        sources = {tensor._keras_history.operation.name for tensor in keras.tree.flatten(operation.input)}
        ahead = max((strides[source] for source in sources - {operation.name}), default=1)
        strides[operation.name] = ahead * _stride(operation)
    return strides


def _stride(operation: keras.Operation) -> int:
    """How many positions of the map that it reads lie between two of the one that it gives."""
    stride = getattr(operation, "strides", getattr(operation, "stride", 1))
    return stride if isinstance(stride, int) else stride[0]
