"""The running average of the weights (`ema`): what is tested and kept, while the training goes on from its own."""

import contextlib
from collections.abc import Iterator

import keras
import numpy as np


@contextlib.contextmanager
def averaged(model: keras.Model) -> Iterator[None]:
    """The model with the average in place of its trainable weights, where its optimizer keeps one.

    Batch normalization's moving statistics are averages already and stay.
    """
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    if not (optimizer.use_ema and optimizer.built):
        yield
        return
    own = copies(model.trainable_variables)
    optimizer.finalize_variable_values(model.trainable_variables)
    assign(model.trainable_variables, copies(model.trainable_variables))
    try:
        yield
    finally:
        assign(model.trainable_variables, own)


def copies(variables: list[keras.Variable]) -> list[np.ndarray]:
    """The values, in memory of their own: on JAX two variables may share an array, and a step gives it away."""
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]


def assign(variables: list[keras.Variable], values: list[np.ndarray]) -> None:
    """Give each variable its value."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


class AverageInTests(keras.callbacks.Callback):
    """Tests the average, and keeps `fit` from ending with it: a training that goes on needs its own weights.

    Keras's SwapEMAWeights swaps by sums and differences, which changes both, and lets `fit` end with the average.
    """

    def __init__(self):
        super().__init__()
        self.swap = contextlib.ExitStack()

    def on_test_begin(self, logs=None):
        self.swap.enter_context(averaged(self.model))

    def on_test_end(self, logs=None):
        self.swap.close()

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.params["epochs"] - 1:
            self.swap.enter_context(averaged(self.model))

    def on_train_end(self, logs=None):
        self.swap.close()
