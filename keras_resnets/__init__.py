"""Residual, dense and Inception networks of the papers for Keras 3: build, train, evaluate, analyse and export them.

Each public name is imported at its first use: importing the package imports neither Keras nor TensorFlow. Once it is
imported, Keras loads `.keras` files with the package's layers, losses and optimizers, in safe mode too.
"""

from typing import TYPE_CHECKING

from keras_resnets._lazy import lazy
from keras_resnets._names import BUILDERS
from keras_resnets._registration import register

if TYPE_CHECKING:  # what editors and type checkers see; `_PUBLIC` is what happens
    from keras_resnets import analysis as analysis
    from keras_resnets import data as data
    from keras_resnets import evaluation as evaluation
    from keras_resnets import export as export
    from keras_resnets import training as training
    from keras_resnets import tuning as tuning
    from keras_resnets import weights as weights
    from keras_resnets.analysis import deepen as deepen
    from keras_resnets.analysis import explain as explain
    from keras_resnets.backbone import FeatureInfo as FeatureInfo
    from keras_resnets.backbone import feature_info as feature_info
    from keras_resnets.backbone import features as features
    from keras_resnets.backbone import freeze as freeze
    from keras_resnets.backbone import unfreeze as unfreeze
    from keras_resnets.complexity import complexity as complexity
    from keras_resnets.evaluation import Classifier as Classifier
    from keras_resnets.evaluation import evaluate as evaluate
    from keras_resnets.export import export_litert as export_litert
    from keras_resnets.export import export_onnx as export_onnx
    from keras_resnets.export import export_saved_model as export_saved_model
    from keras_resnets.export import frozen_function as frozen_function
    from keras_resnets.export import inference_model as inference_model
    from keras_resnets.layers import GroupedConv2D as GroupedConv2D
    from keras_resnets.networks import *  # noqa: F403
    from keras_resnets.training import recipes as recipes
    from keras_resnets.training import train as train
    from keras_resnets.weights import decode_predictions as decode_predictions
    from keras_resnets.weights import load_keras_applications_weights as load_keras_applications_weights
    from keras_resnets.weights import load_torch_weights as load_torch_weights
    from keras_resnets.weights import preprocess_input as preprocess_input
    from keras_resnets.weights import to_torch_weights as to_torch_weights

__version__ = "0.1.0"  # setup.py reads it here

_PUBLIC = {
    "._names": ("list_models",),
    ".analysis": ("deepen", "explain"),
    ".backbone": ("FeatureInfo", "feature_info", "features", "freeze", "unfreeze"),
    ".evaluation": ("Classifier", "evaluate"),
    ".export": ("export_litert", "export_onnx", "export_saved_model", "frozen_function", "inference_model"),
    ".layers": ("GroupedConv2D",),
    ".networks": (*BUILDERS, "build"),
    ".training": ("recipes", "train"),
    ".weights": (
        "decode_predictions",
        "load_keras_applications_weights",
        "load_torch_weights",
        "preprocess_input",
        "to_torch_weights",
    ),
}
# `complexity` is a module that can be called as its function of that name.
_SUBPACKAGES = ("analysis", "complexity", "data", "evaluation", "export", "training", "tuning", "weights")

__all__ = sorted([*_SUBPACKAGES, *(name for names in _PUBLIC.values() for name in names)])
__getattr__ = lazy(__name__, _PUBLIC)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


register()
