"""Weights of other libraries and of other models, and the preprocessing that they need."""

from keras_resnets.images.preprocessing import (
    Preprocessing,
    keras_applications_preprocessing,
)
from keras_resnets.weights.classes import decode_predictions
from keras_resnets.weights.forms import copy_between_forms
from keras_resnets.weights.inputs import preprocess_input
from keras_resnets.weights.keras_applications import load_keras_applications_weights
from keras_resnets.weights.load import load_weights
from keras_resnets.weights.torch import load_torch_weights, to_torch_weights

__all__ = [
    "Preprocessing",
    "copy_between_forms",
    "decode_predictions",
    "keras_applications_preprocessing",
    "load_keras_applications_weights",
    "load_torch_weights",
    "load_weights",
    "preprocess_input",
    "to_torch_weights",
]
