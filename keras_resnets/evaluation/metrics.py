"""Log-probabilities of a network's outputs, and metrics of them, as pure functions of NumPy arrays."""

import keras
import numpy as np

from keras_resnets._errors import positive_integer

UNRANKED = np.iinfo(np.int64).max  # rank of a label whose log-probabilities are not finite
NORMAL_95 = 1.959963984540054  # 95 % of a normal distribution lie within so many standard deviations


def log_probabilities(model: keras.Model, outputs) -> np.ndarray:
    """Return log p of each class, float64 [batch, classes], of a model's outputs, probabilities or logits."""
    outputs = keras.ops.convert_to_numpy(outputs).astype(np.float64)
    if gives_probabilities(model):
        return np.log(np.maximum(outputs, np.finfo(np.float32).tiny))
    outputs = outputs - outputs.max(axis=1, keepdims=True)
    return outputs - np.log(np.exp(outputs).sum(axis=1, keepdims=True))


def gives_probabilities(model: keras.Model) -> bool:
    """Return whether the model ends in a softmax; without a last activation it gives logits.

    Raises:
        ValueError: The model ends in another activation.
    """
    last = model.layers[-1]
    if isinstance(last, keras.Model):
        return gives_probabilities(last)
    activation = getattr(last, "activation", None)
    if isinstance(last, keras.layers.Softmax) or activation is keras.activations.softmax:
        return True
    if activation in (None, keras.activations.linear):
        return False
    name = getattr(activation, "__name__", str(activation))
    raise ValueError(f"{model.name!r} ends in {name!r}: only a softmax gives probabilities, and no activation logits.")


def ranks(log_p: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the number of classes that are likelier than each label, int64 [n].

    Of equally likely classes the first wins, as in argmax.
    A row that holds a NaN or +inf ranks its label behind every class, `UNRANKED`: it counts as an error in every top k.
    """
    own = np.take_along_axis(log_p, labels[:, None], axis=1)
    earlier = np.arange(log_p.shape[1]) < labels[:, None]
    likelier = ((log_p > own) | ((log_p == own) & earlier)).sum(axis=1)
    return np.where((log_p < np.inf).all(axis=1), likelier, UNRANKED)


def negative_log_likelihood(log_p: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean of -log p(label), in nats."""
    return float(-np.take_along_axis(log_p, labels[:, None], axis=1).mean())


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Return the confusion matrix, int64 [classes, classes]: images of class i that were predicted as class j."""
    return np.bincount(labels * classes + predicted, minlength=classes * classes).reshape(classes, classes)


def reliability(confidence: np.ndarray, correct: np.ndarray, bins: int = 15) -> tuple[np.ndarray, ...]:
    """Return the reliability diagram's values in equally wide bins of the confidence (Guo et al. 2017, Fig. 1).

    Args:
        confidence: Probability of the likeliest class, [n].
        correct: Whether the likeliest class is the label, bool [n].
        bins: Number of bins; bin m of 1 to `bins` is ((m - 1) / bins, m / bins].

    Returns:
        Three arrays [bins]: number of images, sum of their confidences, number of correct ones.
    """
    positive_integer("bins", bins)
    of = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return tuple(np.bincount(of, weights, minlength=bins) for weights in (None, confidence, correct))


def calibration_error(confidence: np.ndarray, correct: np.ndarray, bins: int = 15) -> float:
    """Return the expected calibration error, 0 to 1, in the bins of `reliability` (Guo et al. 2017, eq. 3)."""
    images, confidences, right = reliability(confidence, correct, bins)
    return float(np.abs(confidences - right).sum() / images.sum())


def wilson_interval(errors: int, images: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of the error rate, 0 to 1 (Wilson 1927)."""
    z, p = NORMAL_95, errors / images
    middle = p + z * z / (2 * images)
    half = z * np.sqrt(p * (1 - p) / images + z * z / (4 * images * images))
    scale = 1 + z * z / images
    return max(0.0, float((middle - half) / scale)), min(1.0, float((middle + half) / scale))
