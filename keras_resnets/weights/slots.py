"""Slots of a model's weights: the variable for each array of a foreign state dict, and the conversion of layouts.

PyTorch keeps kernels as `[out, in, height, width]` and `[out, in]`, Keras as `[height, width, in, out]` and
`[in, out]`; a fully connected layer behind a flattened map reads it flattened channels first in PyTorch.
"""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers

from keras_resnets.layers import Tensor
from keras_resnets.weights.key_map import KeyMap

NORM = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
KERNEL = {"weight": "kernel", "bias": "bias"}


@dataclass(frozen=True)
class WeightSlot:
    """Variable of a model, and the conversion of a foreign array to it and back.

    Attributes:
        layer: Name of the layer.
        variable: Variable of the layer.
        shape: Shape of the foreign array.
        read: Converts from the foreign layout to Keras's.
        write: Converts back.
    """

    layer: str
    variable: keras.Variable
    shape: tuple[int, ...]
    read: Callable[[np.ndarray], np.ndarray]
    write: Callable[[np.ndarray], np.ndarray]


def layers_of(model: keras.Model) -> list[keras.layers.Layer]:
    """Return the layers that own variables, those of nested models included."""
    return [
        layer
        for layer in model._flatten_layers(include_self=False)
        if layer._trainable_variables or layer._non_trainable_variables
    ]


def weight_slots(model: keras.Model, key_map: KeyMap) -> tuple[dict[str, WeightSlot], list[str]]:
    """Return the slots of all variables by their foreign names, and the layers that `key_map` has no name for."""
    slots: dict[str, WeightSlot] = {}
    unnamed: list[str] = []
    for layer in layers_of(model):
        module = key_map.module(layer.name)
        if module is None:
            unnamed.append(layer.name)
            continue
        names = NORM if isinstance(layer, layers.BatchNormalization) else KERNEL
        for theirs, ours in names.items():
            variable = getattr(layer, ours, None)
            if variable is not None:
                slots[f"{module}.{theirs}"] = _slot(layer, variable, layer.name in key_map.dense_as_conv)
    return slots, unnamed


def _slot(layer: keras.layers.Layer, variable: keras.Variable, as_conv: bool) -> WeightSlot:
    shape = tuple(variable.shape)
    if isinstance(layer, layers.Conv2D) and len(shape) == 4:
        return WeightSlot(layer.name, variable, (shape[3], shape[2], *shape[:2]), _from_oihw, _to_oihw)
    if isinstance(layer, layers.Dense) and len(shape) == 2:
        height, width, channels = _flattened_map(layer) or (1, 1, shape[0])
        inner = (channels, height, width)
        theirs = (shape[1], *inner) if as_conv else (shape[1], shape[0])
        return WeightSlot(
            layer.name,
            variable,
            theirs,
            lambda array: array.reshape(shape[1], *inner).transpose(2, 3, 1, 0).reshape(shape),
            lambda array: array.reshape(height, width, channels, -1).transpose(3, 2, 0, 1).reshape(theirs),
        )
    return WeightSlot(layer.name, variable, shape, _unchanged, _unchanged)


def _flattened_map(layer: keras.layers.Layer) -> tuple[int, ...] | None:
    """Return height, width and channels of the flattened map that a fully connected layer reads; None without one."""
    source = _origin(layer)
    while isinstance(source, layers.Dropout):
        source = _origin(source)
    return tuple(_read_tensor(source).shape[1:]) if isinstance(source, layers.Flatten) else None


def _origin(layer: keras.Operation) -> keras.Operation:
    """Return the operation whose output a layer reads."""
    return _read_tensor(layer)._keras_history.operation


def _read_tensor(layer: keras.Operation) -> Tensor:
    """Return the input of a layer when its network was built; nesting in another network adds later inputs."""
    return layer._inbound_nodes[0].input_tensors[0]


def _from_oihw(array: np.ndarray) -> np.ndarray:
    return array.transpose(2, 3, 1, 0)


def _to_oihw(array: np.ndarray) -> np.ndarray:
    return array.transpose(3, 2, 0, 1)


def _unchanged(array: np.ndarray) -> np.ndarray:
    return array
