"""Losses of logits and labels, whether the labels are class numbers or, as mixup makes them, shares of classes."""

import keras
from keras import ops

from keras_resnets.training.recipes import record


def loss(part: record.Loss, shares: bool = False) -> keras.losses.Loss:
    """Return the loss of a recipe, for integer labels or for `shares` of classes; Keras's own where it is the same."""
    if isinstance(part, record.BinaryCrossEntropy):
        return BinaryCrossEntropy(part.label_smoothing, part.threshold)
    if part.label_smoothing:
        return SmoothedCrossEntropy(part.label_smoothing)
    if shares:
        return keras.losses.CategoricalCrossentropy(from_logits=True)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def smoothed_targets(labels, logits, label_smoothing):
    """Return `(1 - label_smoothing) * target + label_smoothing / classes` (Szegedy et al. 2015, sec. 7).

    Args:
        labels: Integers `[batch]` or `[batch, 1]`, or shares of classes `[batch, classes]`.
        logits: Float `[batch, classes]`.
        label_smoothing: At least 0 and below 1.

    Returns:
        `[batch, classes]`, of the logits' type.
    """
    classes = logits.shape[-1]
    if len(labels.shape) < 2 or (labels.shape[-1] == 1 and classes != 1):
        labels = ops.one_hot(ops.cast(ops.reshape(labels, (-1,)), "int32"), classes)
    return ops.cast(labels, logits.dtype) * (1 - label_smoothing) + label_smoothing / classes


@keras.saving.register_keras_serializable(package="keras_resnets")
class SmoothedCrossEntropy(keras.losses.Loss):
    """Cross-entropy of logits and smoothed labels; Keras smooths only one-hot labels.

    Args:
        label_smoothing: At least 0 and below 1.
        **kwargs: Options of `keras.losses.Loss`.
    """

    def __init__(self, label_smoothing=0.1, name="smoothed_cross_entropy", **kwargs):
        super().__init__(name=name, **kwargs)
        self.label_smoothing = label_smoothing

    def call(self, y_true, y_pred):
        targets = smoothed_targets(y_true, y_pred, self.label_smoothing)
        return keras.losses.categorical_crossentropy(targets, y_pred, from_logits=True)

    def get_config(self):
        return {**super().get_config(), "label_smoothing": self.label_smoothing}


@keras.saving.register_keras_serializable(package="keras_resnets")
class BinaryCrossEntropy(keras.losses.Loss):
    """Mean over all classes of -t log s(x) - (1 - t) log(1 - s(x)), s the logistic function (Wightman et al. 2021).

    Labels are smoothed as for a cross-entropy; Keras's own smooths every class as one of two.

    Args:
        label_smoothing: At least 0 and below 1.
        threshold: Targets above it become 1, others 0; None to keep them.
        **kwargs: Options of `keras.losses.Loss`.
    """

    def __init__(self, label_smoothing=0.0, threshold=None, name="binary_cross_entropy", **kwargs):
        super().__init__(name=name, **kwargs)
        self.label_smoothing = label_smoothing
        self.threshold = threshold

    def call(self, y_true, y_pred):
        targets = smoothed_targets(y_true, y_pred, self.label_smoothing)
        if self.threshold is not None:
            targets = ops.cast(targets > self.threshold, y_pred.dtype)
        return keras.losses.binary_crossentropy(targets, y_pred, from_logits=True)

    def get_config(self):
        return {**super().get_config(), "label_smoothing": self.label_smoothing, "threshold": self.threshold}
