"""Auxiliary classifiers: their condition, and their removal."""

import keras

from keras_resnets.layers import ImageModel, Tensor
from keras_resnets.networks.assemble import MAIN


def check_fixed_size(x: Tensor) -> None:
    """Check that a map is fit for the fully connected layers of an auxiliary classifier.

    Raises:
        ValueError: If its height or width is unknown.
    """
    if None in x.shape[1:]:
        raise ValueError(
            "The auxiliary classifiers have fully connected layers and need images of fixed size: give an input_shape "
            "without None, or aux=False."
        )


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
