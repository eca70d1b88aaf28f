"""Removal of auxiliary classifiers."""

import keras

from keras_resnets.layers import ImageModel
from keras_resnets.networks.assemble import MAIN


def main_path(model: keras.Model) -> keras.Model:
    """Return the network without its auxiliary classifiers, which serve training alone (Szegedy et al. 2014, sec. 5).

    Args:
        model: Model whose outputs are a dictionary with "main"; any other has no auxiliary classifiers.

    Returns:
        A model of the main path that shares layers and weights with `model`; `model` itself if it has no auxiliary
        classifiers.
    """
    if not isinstance(model.output, dict) or MAIN not in model.output:
        return model
    return ImageModel(model.input, model.output[MAIN], name=model.name)
