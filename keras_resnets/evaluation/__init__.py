"""How good a network is, and what it says of an image."""

from keras_resnets.evaluation.evaluator import Judged, evaluate, judge, judged
from keras_resnets.evaluation.opening import Opened, open_network
from keras_resnets.evaluation.pictures import Pictures, pictures_of
from keras_resnets.evaluation.prediction import Prediction, name_classes, predict_images
from keras_resnets.evaluation.report import Evaluation, read_results, results_table
from keras_resnets.evaluation.saved import evaluate_run, predict
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
    "Evaluation",
    "Judged",
    "Opened",
    "Pictures",
    "Prediction",
    "Protocol",
    "evaluate",
    "evaluate_run",
    "find_protocol",
    "judge",
    "judged",
    "name_classes",
    "open_network",
    "pictures_of",
    "predict",
    "predict_images",
    "read_image",
    "read_results",
    "results_table",
]
