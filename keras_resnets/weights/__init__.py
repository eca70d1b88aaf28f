"""Weights carried from one model to another."""

from keras_resnets.weights.forms import copy_between_forms

__all__ = ["copy_between_forms"]
