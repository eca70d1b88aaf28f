"""Recipes, and training by them."""

from keras_resnets.training import recipes
from keras_resnets.training.losses import BinaryCrossEntropy, SmoothedCrossEntropy
from keras_resnets.training.optimizers import LAMB, LARS, CoupledRMSprop, CoupledSGD
from keras_resnets.training.plan import plan
from keras_resnets.training.preemption import Preempted
from keras_resnets.training.schedules import OneCycle, WarmUp
from keras_resnets.training.trainer import train

__all__ = [
    "LAMB",
    "LARS",
    "BinaryCrossEntropy",
    "CoupledRMSprop",
    "CoupledSGD",
    "OneCycle",
    "Preempted",
    "SmoothedCrossEntropy",
    "WarmUp",
    "plan",
    "recipes",
    "train",
]
