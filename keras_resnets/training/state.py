"""Position of a training within its data, and the intervals at which it is saved."""

import re
import time
from dataclasses import dataclass

import keras
import numpy as np

from keras_resnets._errors import is_positive_integer
from keras_resnets.checkpoints import Position
from keras_resnets.training.devices import Devices, statistics_of

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


class StepCounter(keras.callbacks.Callback):
    """Step counter that survives resumption; it restores the metrics of an interrupted epoch too.

    It counts batches, not the optimizer's updates, of which a loss scale skips some.

    Args:
        start: Position at which the training begins or is resumed.
        devices: Devices of the training, each of which may hold metrics and moving statistics of its own.

    Attributes:
        batches: Batches done.
        before: Batches done before the last execution, which may have taken several.
    """

    def __init__(self, start: Position, devices: Devices):
        super().__init__()
        self.devices = devices
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
            self.devices.scatter(self.model.metrics_variables, np.array(self.to_add, "float32"), add=True)
            self.to_add = ()

    @property
    def seconds(self) -> float:
        """Seconds of the epoch so far, including those before a resumption."""
        return time.monotonic() - self.epoch_began

    def position(self, model: keras.Model) -> Position:
        """Return the position within the current epoch, with what each device holds of its own.

        All workers must call it.
        """
        metrics = tuple(map(tuple, self.devices.gather(model.metrics_variables).tolist()))
        held = statistics_of(model) if self.devices.apart else []
        return Position(self.batches, metrics, self.seconds, self.devices.gather(held) if held else None)


@dataclass(frozen=True)
class Interval:
    """Interval in iterations or in seconds; "never" if both are None."""

    iterations: int | None = None
    seconds: float | None = None


def interval(given: int | str) -> Interval:
    """Parse `checkpoint_every`: 500 is a number of iterations; "90s", "10m" and "2h" are times.

    Raises:
        ValueError: If it is neither.
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
