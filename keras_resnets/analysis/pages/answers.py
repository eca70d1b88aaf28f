"""Answers of a run's network to its test images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from keras_resnets.analysis.comparison import network_options
from keras_resnets.analysis.inputs import some_pictures
from keras_resnets.complexity import Complexity, complexity
from keras_resnets.evaluation import Classifier, Evaluation
from keras_resnets.evaluation.classifier import test_images
from keras_resnets.evaluation.evaluator import evaluation_of
from keras_resnets.evaluation.forward import log_probabilities
from keras_resnets.evaluation.pictures import Pictures
from keras_resnets.networks import build, list_models
from keras_resnets.networks.abstract import abstract_init
from keras_resnets.runs import Run

MOST = 10_000  # images


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers of a network to labelled images, those that could be read.

    Attributes:
        network: The network.
        pictures: All images.
        numbers: Number of each answered image among them, int64 `[n]`.
        labels: Labels, int64 `[n]`.
        predicted: Likeliest classes, int64 `[n]`.
        confidence: Their probabilities, float64 `[n]`.
        evaluation: Errors and likelihoods.
    """

    network: Classifier
    pictures: Pictures
    numbers: np.ndarray
    labels: np.ndarray
    predicted: np.ndarray
    confidence: np.ndarray
    evaluation: Evaluation

    @property
    def correct(self) -> np.ndarray:
        """Whether each answer is the label, bool `[n]`."""
        return self.predicted == self.labels

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, or their numbers."""
        return self.evaluation.class_names or tuple(map(str, range(len(self.evaluation.confusion))))


def answers_of(run: Run, options: Mapping[str, Any]) -> Answers:
    """Return the answers of a run's network to its test images, or to 10,000 spread evenly over them.

    Args:
        run: The run.
        options: Options of `analyse`, of which the weights, the images and their directory are taken.
    """
    network = Classifier.open(run.path, weights=options.get("weights", "last"))
    given = options.get("images")
    given = test_images([network], options.get("data_dir")) if given is None else given
    pictures = some_pictures(given, MOST, network.class_names)
    log_p, broken = log_probabilities([network], pictures)
    numbers = np.array([number for number in range(len(pictures)) if number not in broken], np.int64)
    return Answers(
        network=network,
        pictures=pictures,
        numbers=numbers,
        labels=pictures.labels[numbers],
        predicted=log_p[numbers].argmax(axis=1),
        confidence=np.exp(log_p[numbers].max(axis=1)),
        evaluation=evaluation_of([network], pictures, log_p, broken),
    )


def cost_of(run: Run) -> Complexity:
    """Return the parameters and operations of a run's network, of one of the package's without its weights."""
    config = run.read_config()
    if config["network"] not in list_models():
        return complexity(run.load("last"))
    with abstract_init():
        return complexity(build(config["network"], **network_options(config)))
