"""Where each array of a foreign state dict belongs in a model, and in which layout.

PyTorch keeps kernels as `[out, in, height, width]` and `[out, in]`, Keras as `[height, width, in, out]` and
`[in, out]`; where a fully connected layer reads a flattened map, PyTorch has flattened it channels first.
"""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers

from keras_resnets.weights.key_map import KeyMap

NORM = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
KERNEL = {"weight": "kernel", "bias": "bias"}


@dataclass(frozen=True)
class WeightSlot:
    """A variable and how arrays travel to it (`read`) and from it (`write`).

    Attributes:
        layer: the name of its layer.
        variable: of the model.
        shape: that the foreign array has.
        read: from the foreign layout to Keras's.
        write: back.
    """

    layer: str
    variable: keras.Variable
    shape: tuple[int, ...]
    read: Callable[[np.ndarray], np.ndarray]
    write: Callable[[np.ndarray], np.ndarray]


def layers_of(model: keras.Model) -> list[keras.layers.Layer]:
    """Every layer that owns variables, inner ones of nested models too."""
    return [
        layer
        for layer in model._flatten_layers(include_self=False)
        if layer._trainable_variables or layer._non_trainable_variables
    ]


def places(model: keras.Model, naming: KeyMap) -> tuple[dict[str, WeightSlot], list[str]]:
    """The places of all variables by their foreign names, and the layers for which `naming` has no name."""
    found, unnamed = {}, []
    for layer in layers_of(model):
        module = naming.module(layer.name)
        if module is None:
            unnamed.append(layer.name)
            continue
        names = NORM if isinstance(layer, layers.BatchNormalization) else KERNEL
        for theirs, ours in names.items():
            variable = getattr(layer, ours, None)
            if variable is not None:
                found[f"{module}.{theirs}"] = _place(layer, variable, layer.name in naming.dense_as_conv)
    return found, unnamed


def _place(layer, variable, as_conv) -> WeightSlot:
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
    return WeightSlot(layer.name, variable, shape, _as_it_is, _as_it_is)


def _flattened_map(layer):
    """Height, width and channels of the map that a fully connected layer reads flattened; None if it reads none."""
    source = _origin(layer)
    while isinstance(source, layers.Dropout):
        source = _origin(source)
    return tuple(_read_tensor(source).shape[1:]) if isinstance(source, layers.Flatten) else None


def _origin(layer):
    return _read_tensor(layer)._keras_history.operation


def _read_tensor(layer):
    """What a layer read where its network was built; a network nested in another one has been read again since."""
    return layer._inbound_nodes[0].input_tensors[0]


def _from_oihw(array):
    return array.transpose(2, 3, 1, 0)


def _to_oihw(array):
    return array.transpose(3, 2, 0, 1)


def _as_it_is(array):
    return array
