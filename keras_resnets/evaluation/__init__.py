"""How good a network is, and which classes it sees in an image."""

from keras_resnets._renamed import renamed
from keras_resnets.evaluation.classifier import Classifier, Origin, classifier_of
from keras_resnets.evaluation.evaluator import evaluate, judge, predict
from keras_resnets.evaluation.pictures import Pictures, pictures_of
from keras_resnets.evaluation.prediction import Prediction
from keras_resnets.evaluation.report import Evaluation, read_results, results_table
from keras_resnets.images.crop_protocols import (
    CROPS_144,
    MULTI_SCALE,
    ONE_CROP,
    PROTOCOLS,
    TEN_CROPS,
    Protocol,
    find_protocol,
)
from keras_resnets.images.with_pillow import read_image

__all__ = [
    "CROPS_144",
    "MULTI_SCALE",
    "ONE_CROP",
    "PROTOCOLS",
    "TEN_CROPS",
    "Classifier",
    "Evaluation",
    "Origin",
    "Pictures",
    "Prediction",
    "Protocol",
    "classifier_of",
    "evaluate",
    "find_protocol",
    "judge",
    "pictures_of",
    "predict",
    "read_image",
    "read_results",
    "results_table",
]

__getattr__ = renamed(
    __name__,
    {
        "Judged": "Classifier",
        "Opened": "Classifier",
        "evaluate_run": "evaluate",
        "judged": "classifier_of",
        "open_network": "classifier_of",
        "predict_images": "predict",
    },
    globals(),
)
