"""Recipes, and training by them."""

from keras_resnets.training import recipes
from keras_resnets.training.fit import train
from keras_resnets.training.optimizers import CoupledSGD

__all__ = ["CoupledSGD", "recipes", "train"]
