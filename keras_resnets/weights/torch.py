"""Weights from PyTorch's state dicts and back, without PyTorch."""

from collections.abc import Mapping

import keras
import numpy as np

from keras_resnets.weights.names import NAMINGS
from keras_resnets.weights.naming import Naming
from keras_resnets.weights.places import Place, places

BOOKKEEPING = "num_batches_tracked"  # PyTorch's count of steps; Keras keeps none


def load_torch_weights(model: keras.Model, source: Mapping[str, np.ndarray], *, skip_head: bool = False) -> None:
    """Give `model` the weights of a PyTorch state dict; either all are set or, on an error, none."""
    arrays = {name: array for name, array in source.items() if not name.endswith(BOOKKEEPING)}
    naming, found, unnamed = recognize(model, arrays)
    spare = sorted(name for name in arrays.keys() - found.keys() if not name.startswith(naming.absent))
    missing = sorted(found.keys() - arrays.keys())
    misshaped = [name for name in found.keys() & arrays.keys() if tuple(arrays[name].shape) != found[name].shape]
    if spare or missing or misshaped or unnamed:
        raise ValueError(f"{naming.name}: spare {spare}, missing {missing}, misshaped {misshaped}, unnamed {unnamed}")
    for name, place in found.items():
        place.variable.assign(place.read(np.asarray(arrays[name])))


def recognize(model: keras.Model, arrays: Mapping) -> tuple[Naming, dict[str, Place], list[str]]:
    """The naming that matches most of the arrays, the places it gives, and the layers that it does not name."""
    candidates = [(naming, *places(model, naming)) for naming in NAMINGS]
    return max(candidates, key=lambda candidate: len(candidate[1].keys() & arrays.keys()))
