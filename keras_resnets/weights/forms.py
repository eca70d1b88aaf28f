"""Conversion of weights between the three equal forms of ResNeXt (Xie et al. 2017, Fig. 3)."""

import re
from collections import defaultdict
from collections.abc import Iterator

import keras
import numpy as np

from keras_resnets._checking import checked
from keras_resnets.layers import BranchLayer


@checked
def copy_between_forms(source: keras.Model, target: keras.Model) -> None:
    """Copy the weights of `source` to `target`, a network that differs only in the form "a", "b" or "c" of its blocks.

    The kernels of the paths are concatenated along their outputs, those of the last 1x1 of form "a" along their inputs.
    Moving statistics are copied too, so that both models compute the same function.

    Raises:
        ValueError: If the networks differ in more than the form; `target` is unchanged then.
    """
    arrays = {name: _joined(name, layers) for name, layers in _by_block_layer(source).items()}
    targets = _by_block_layer(target)
    differences = sorted(arrays.keys() ^ targets.keys()) or [
        name
        for name, layers in targets.items()
        if [array.shape for array in _joined(name, layers)] != [array.shape for array in arrays[name]]
    ]
    if differences:
        raise ValueError(
            f"{source.name!r} and {target.name!r} differ in more than the form of their blocks: "
            f"{', '.join(differences[:5])}."
        )
    for name, layers in targets.items():
        parts = [np.split(array, len(layers), _path_axis(name, array)) for array in arrays[name]]
        for layer, weights in zip(layers, zip(*parts, strict=True), strict=True):
            layer.set_weights(weights)


def _by_block_layer(model: keras.Model) -> dict[str, list[keras.layers.Layer]]:
    """Return the layers with weights by their name in form "c", which the paths of a block share."""
    found = defaultdict(list)
    for layer in _opened(model):
        if layer.weights:
            found[re.sub(r"_path\d+", "", layer.name)].append(layer)
    return found


def _opened(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Yield the layers of a network in order, those of branches included."""
    for layer in model.layers:
        if isinstance(layer, BranchLayer):
            yield from _opened(layer.branch)
        else:
            yield layer


def _joined(name: str, layers: list[keras.layers.Layer]) -> list[np.ndarray]:
    per_path = zip(*(layer.get_weights() for layer in layers), strict=True)
    return [np.concatenate(arrays, _path_axis(name, arrays[0])) for arrays in per_path]


def _path_axis(name: str, array: np.ndarray) -> int:
    """Return the axis along which paths are concatenated: outputs, or inputs of the last 1x1 of a path."""
    return array.ndim - 2 if name.endswith("_conv3") else array.ndim - 1
