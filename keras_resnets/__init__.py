"""The residual, dense and Inception networks of the papers for Keras 3: built, trained, judged, analysed."""

from keras_resnets import analysis, data, evaluation, export, training, tuning, weights
from keras_resnets.analysis import deepen
from keras_resnets.backbone import FeatureInfo, feature_info, features, freeze, unfreeze
from keras_resnets.complexity import complexity
from keras_resnets.evaluation import Classifier, evaluate
from keras_resnets.export import (
    export_litert,
    export_onnx,
    export_saved_model,
    frozen_function,
    inference_model,
)
from keras_resnets.layers import GroupedConv2D
from keras_resnets.networks import *  # noqa: F403
from keras_resnets.networks import __all__ as _networks
from keras_resnets.training import recipes, train
from keras_resnets.weights import (
    decode_predictions,
    load_keras_applications_weights,
    load_torch_weights,
    preprocess_input,
    to_torch_weights,
)

__all__ = [
    *_networks,
    "Classifier",
    "FeatureInfo",
    "GroupedConv2D",
    "analysis",
    "complexity",
    "data",
    "decode_predictions",
    "deepen",
    "evaluate",
    "evaluation",
    "export",
    "export_litert",
    "export_onnx",
    "export_saved_model",
    "feature_info",
    "features",
    "freeze",
    "frozen_function",
    "inference_model",
    "load_keras_applications_weights",
    "load_torch_weights",
    "preprocess_input",
    "recipes",
    "to_torch_weights",
    "train",
    "training",
    "tuning",
    "unfreeze",
    "weights",
]
