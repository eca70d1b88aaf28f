"""The main path of a network that was trained with auxiliary classifiers."""

import keras

from keras_resnets.layers import ImageModel
from keras_resnets.networks.assemble import MAIN


def main_path(model: keras.Model) -> keras.Model:
    """The network without its auxiliary classifiers, which serve training alone (Szegedy et al. 2014, sec. 5).

    Args:
        model: one whose outputs are a dictionary with "main"; any other has no auxiliary classifiers.

    Returns:
        A model of the main path that shares its layers and weights with `model`; `model` itself if it has no others.
    """
    if not isinstance(model.output, dict) or MAIN not in model.output:
        return model
    return ImageModel(model.input, model.output[MAIN], name=model.name)
