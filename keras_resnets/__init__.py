"""Residual and Inception networks for Keras 3."""

from keras_resnets.networks import *  # noqa: F403
from keras_resnets.layers import GroupedConv2D
from keras_resnets.training import train
