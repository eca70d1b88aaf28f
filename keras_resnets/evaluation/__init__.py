"""How good a network is, and what it says of an image."""

from keras_resnets.evaluation.one_crop import Evaluation, evaluate, evaluate_run
from keras_resnets.evaluation.prediction import Prediction, predict, read_image

__all__ = ["Evaluation", "Prediction", "evaluate", "evaluate_run", "predict", "read_image"]
