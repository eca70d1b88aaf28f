"""Running average of the weights (`ema`), which is tested and saved while the training continues from the weights."""

import contextlib
from collections.abc import Iterator

import keras
import numpy as np


@contextlib.contextmanager
def averaged(model: keras.Model) -> Iterator[None]:
    """Put the average in place of the trainable weights within the context, if the optimizer keeps one.

    The moving statistics of batch normalization are averages already and stay.
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
    """Return copies of the values: on JAX two variables may share an array, which a step donates."""
    return [np.array(keras.ops.convert_to_numpy(variable)) for variable in variables]


def assign(variables: list[keras.Variable], values: list[np.ndarray]) -> None:
    """Assign each variable its value."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


class AverageInTests(keras.callbacks.Callback):
    """Test the average, and restore the weights after each `fit`, from which a later one continues.

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
