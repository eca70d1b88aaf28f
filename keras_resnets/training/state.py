"""The course of a training: where it is, and how often something is done on the way."""

import re
import time
from dataclasses import dataclass

import keras
import numpy as np

from keras_resnets._errors import is_positive_integer
from keras_resnets.checkpoints import Position

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


class StepCounter(keras.callbacks.Callback):
    """Counts the batches, which is where the data are, and lets the metrics of an epoch that was cut go on.

    The optimizer's own count stands still where a loss scale skips an update.

    Args:
        start: where the training begins or goes on.
    """

    def __init__(self, start: Position):
        super().__init__()
        self.before = self.batches = start.batches
        self.start = start

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch_began = time.monotonic() - self.start.seconds
        self.epoch_start = self.batches
        self.to_add, self.start = self.start.metrics, Position(self.batches)

    def on_train_batch_end(self, batch, logs=None):
        self.before, self.batches = self.batches, self.epoch_start + batch + 1
        if self.to_add:
            # Keras makes the metrics in their first step. They are totals and counts, which add up in any order.
            for variable, value in zip(self.model.metrics_variables, self.to_add, strict=True):
                variable.assign(keras.ops.convert_to_numpy(variable) + np.array(value, variable.dtype))
            self.to_add = ()

    @property
    def seconds(self) -> float:
        """Of the epoch so far, those before a resumption too."""
        return time.monotonic() - self.epoch_began

    def position(self, model: keras.Model) -> Position:
        """Now, inside an epoch."""
        metrics = (keras.ops.convert_to_numpy(variable).tolist() for variable in model.metrics_variables)
        return Position(self.batches, tuple(metrics), self.seconds)


@dataclass(frozen=True)
class Interval:
    """How often something is done: after so many iterations, or so many seconds; never, with neither."""

    iterations: int | None = None
    seconds: float | None = None


def interval(given: int | str) -> Interval:
    """What `checkpoint_every` means: 500 is iterations, "90s", "10m" and "2h" are time.

    Raises:
        ValueError: for anything else.
    """
    text = str(given).strip()
    if is_positive_integer(given) or (text.isdecimal() and int(text) > 0):
        return Interval(iterations=int(text))
    time_given = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text)
    if not time_given or not float(time_given[1]):
        raise ValueError(
            f"checkpoint_every is a number of iterations, such as 500, or a time, such as '90s', '10m' or '2h', "
            f"not {given!r}."
        )
    return Interval(seconds=float(time_given[1]) * UNITS[time_given[2]])
