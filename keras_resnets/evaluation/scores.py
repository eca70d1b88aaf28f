"""From a network's outputs to log-probabilities."""

import keras
import numpy as np


def log_probabilities(model: keras.Model, outputs) -> np.ndarray:
    """log p of each class, float64 [batch, classes], of outputs that are probabilities (a last softmax) or logits."""
    outputs = keras.ops.convert_to_numpy(outputs).astype(np.float64)
    if gives_probabilities(model):
        return np.log(np.maximum(outputs, np.finfo(np.float32).tiny))
    outputs = outputs - outputs.max(axis=1, keepdims=True)
    return outputs - np.log(np.exp(outputs).sum(axis=1, keepdims=True))


def gives_probabilities(model: keras.Model) -> bool:
    """Whether the model's last activation is a softmax."""
    last = model.layers[-1]
    return isinstance(last, keras.layers.Softmax) or getattr(last, "activation", None) is keras.activations.softmax
