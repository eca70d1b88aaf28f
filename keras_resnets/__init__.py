"""The residual networks of the papers for Keras 3: built, trained, judged."""

from keras_resnets import data, evaluation, training, weights
from keras_resnets.complexity import complexity
from keras_resnets.evaluation import evaluate
from keras_resnets.layers import GroupedConv2D
from keras_resnets.networks import *  # noqa: F403
from keras_resnets.networks import __all__ as _networks
from keras_resnets.training import recipes, train
from keras_resnets.weights import load_torch_weights

__all__ = [
    *_networks,
    "GroupedConv2D",
    "complexity",
    "data",
    "evaluate",
    "evaluation",
    "load_torch_weights",
    "recipes",
    "train",
    "training",
    "weights",
]
