"""Weights carried from one model to another, and from other libraries."""

from keras_resnets.weights.forms import copy_between_forms
from keras_resnets.weights.torch import load_torch_weights

__all__ = ["copy_between_forms", "load_torch_weights"]
