"""Evaluation of networks on labelled images, and predictions; each public name is imported at its first use."""

from typing import TYPE_CHECKING

from keras_resnets._lazy import lazy
from keras_resnets._renamed import renamed

if TYPE_CHECKING:
    from keras_resnets.evaluation.classifier import Classifier as Classifier
    from keras_resnets.evaluation.classifier import Origin as Origin
    from keras_resnets.evaluation.classifier import classifier_of as classifier_of
    from keras_resnets.evaluation.evaluator import evaluate as evaluate
    from keras_resnets.evaluation.evaluator import evaluate_classifiers as evaluate_classifiers
    from keras_resnets.evaluation.evaluator import predict as predict
    from keras_resnets.evaluation.pictures import Pictures as Pictures
    from keras_resnets.evaluation.pictures import pictures_of as pictures_of
    from keras_resnets.evaluation.prediction import Prediction as Prediction
    from keras_resnets.evaluation.report import Evaluation as Evaluation
    from keras_resnets.evaluation.report import read_results as read_results
    from keras_resnets.evaluation.report import results_table as results_table
    from keras_resnets.images.crop_protocols import CROPS_144 as CROPS_144
    from keras_resnets.images.crop_protocols import MULTI_SCALE as MULTI_SCALE
    from keras_resnets.images.crop_protocols import ONE_CROP as ONE_CROP
    from keras_resnets.images.crop_protocols import PROTOCOLS as PROTOCOLS
    from keras_resnets.images.crop_protocols import TEN_CROPS as TEN_CROPS
    from keras_resnets.images.crop_protocols import Protocol as Protocol
    from keras_resnets.images.crop_protocols import find_protocol as find_protocol
    from keras_resnets.images.with_pillow import read_image as read_image

_PUBLIC = {
    ".classifier": ("Classifier", "Origin", "classifier_of"),
    ".evaluator": ("evaluate", "evaluate_classifiers", "predict"),
    ".pictures": ("Pictures", "pictures_of"),
    ".prediction": ("Prediction",),
    ".report": ("Evaluation", "read_results", "results_table"),
    "..images.crop_protocols": (
        "CROPS_144",
        "MULTI_SCALE",
        "ONE_CROP",
        "PROTOCOLS",
        "TEN_CROPS",
        "Protocol",
        "find_protocol",
    ),
    "..images.with_pillow": ("read_image",),
}
_OLD = {
    "Judged": "Classifier",
    "Opened": "Classifier",
    "evaluate_run": "evaluate",
    "judge": "evaluate_classifiers",
    "judged": "classifier_of",
    "open_network": "classifier_of",
    "predict_images": "predict",
}

__all__ = sorted(name for names in _PUBLIC.values() for name in names)
__getattr__ = renamed(__name__, _OLD, lazy(__name__, _PUBLIC))


def __dir__() -> list[str]:
    return __all__
