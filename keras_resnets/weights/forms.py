"""The same weights in another of ResNeXt's three equal forms (Xie et al. 2017, Fig. 3)."""

import re
from collections import defaultdict
from collections.abc import Iterator

import keras
import numpy as np

from keras_resnets.layers import BranchLayer


def copy_between_forms(source: keras.Model, target: keras.Model) -> None:
    """Give `target` the weights of `source`, a network that differs in the form "a", "b" or "c" of its blocks alone.

    A grouped convolution holds its paths' kernels side by side, and so does every layer of a block but the last of form
    "a", whose 1x1 convolutions stack along their inputs. Moving statistics are carried over too; both models then
    compute the same function.

    Raises:
        ValueError: if the networks differ in more than the form; nothing has been changed then.
    """
    arrays = {name: _joined(name, layers) for name, layers in _by_block_layer(source).items()}
    places = _by_block_layer(target)
    differences = sorted(arrays.keys() ^ places.keys()) or [
        name
        for name, layers in places.items()
        if [array.shape for array in _joined(name, layers)] != [array.shape for array in arrays[name]]
    ]
    if differences:
        raise ValueError(
            f"{source.name!r} and {target.name!r} differ in more than the form of their blocks: "
            f"{', '.join(differences[:5])}."
        )
    for name, layers in places.items():
        parts = [np.split(array, len(layers), _path_axis(name, array)) for array in arrays[name]]
        for layer, weights in zip(layers, zip(*parts, strict=True), strict=True):
            layer.set_weights(weights)


def _by_block_layer(model: keras.Model) -> dict[str, list[keras.layers.Layer]]:
    """The layers that have weights, all paths of a block under the name that form "c" gives them together."""
    found = defaultdict(list)
    for layer in _opened(model):
        if layer.weights:
            found[re.sub(r"_path\d+", "", layer.name)].append(layer)
    return found


def _opened(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """The layers of a network in order, those of branches too."""
    for layer in model.layers:
        if isinstance(layer, BranchLayer):
            yield from _opened(layer.branch)
        else:
            yield layer


def _joined(name: str, layers: list[keras.layers.Layer]) -> list[np.ndarray]:
    per_path = zip(*(layer.get_weights() for layer in layers), strict=True)
    return [np.concatenate(arrays, _path_axis(name, arrays[0])) for arrays in per_path]


def _path_axis(name: str, array: np.ndarray) -> int:
    """Along which paths lie side by side: outputs, but inputs for the 1x1 that maps a path to the block's width."""
    return array.ndim - 2 if name.endswith("_conv3") else array.ndim - 1
