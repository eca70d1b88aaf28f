"""The course of a training: where it is, what is saved inside an epoch, and the clean stop."""

import contextlib
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import keras
import numpy as np

from keras_resnets._errors import is_positive_integer
from keras_resnets.checkpoints import Moment
from keras_resnets.runs import Run
from keras_resnets.training.health import refuse_spoiled

UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


class Preempted(KeyboardInterrupt):
    """SIGTERM was received, and the training was saved: it can be resumed.

    Attributes:
        exit_status: 75, EX_TEMPFAIL of sysexits.h, "try again later". Not 143, by which a shell tells of a process that
            SIGTERM has ended without any saving.
    """

    exit_status = 75


class Course(keras.callbacks.Callback):
    """Counts the batches, which is where the data are, and lets the metrics of an epoch that was cut go on.

    The optimizer's own count stands still where a loss scale skips an update.

    Args:
        start: where the training begins or goes on.
    """

    def __init__(self, start: Moment):
        super().__init__()
        self.before = self.batches = start.batches
        self.start = start

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch_began = time.monotonic() - self.start.seconds
        self.epoch_start = self.batches
        self.to_add, self.start = self.start.metrics, Moment(self.batches)

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

    def moment(self, model: keras.Model) -> Moment:
        """Now, inside an epoch."""
        metrics = (keras.ops.convert_to_numpy(variable).tolist() for variable in model.metrics_variables)
        return Moment(self.batches, tuple(metrics), self.seconds)


@dataclass(frozen=True)
class Every:
    """How often something is done: after so many iterations, or so many seconds; never, with neither."""

    iterations: int | None = None
    seconds: float | None = None


def every(given: int | str) -> Every:
    """What `checkpoint_every` means: 500 is iterations, "90s", "10m" and "2h" are time.

    Raises:
        ValueError: for anything else.
    """
    text = str(given).strip()
    if is_positive_integer(given) or (text.isdecimal() and int(text) > 0):
        return Every(iterations=int(text))
    time_given = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text)
    if not time_given or not float(time_given[1]):
        raise ValueError(
            f"checkpoint_every is a number of iterations, such as 500, or a time, such as '90s', '10m' or '2h', "
            f"not {given!r}."
        )
    return Every(seconds=float(time_given[1]) * UNITS[time_given[2]])


class SaveOften(keras.callbacks.Callback):
    """Saves last.keras inside an epoch; its end, after which it is saved anyway, is no occasion.

    Args:
        run: where it is saved.
        course: where the training is.
        often: how often.
        parts: batches that an iteration takes.
    """

    def __init__(self, run: Run, course: Course, often: Every, parts: int = 1):
        super().__init__()
        self.run, self.course, self.often, self.parts = run, course, often, parts
        self.saved = time.monotonic()

    def on_train_batch_end(self, batch, logs=None):
        if batch + 1 < self.params["steps"] and self._due():
            save_inside(self.run, self.model, self.course)
            self.saved = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        self.saved = time.monotonic()

    def _due(self) -> bool:
        if self.often.seconds is not None:
            return time.monotonic() - self.saved >= self.often.seconds
        if self.often.iterations is None:
            return False
        batches = self.often.iterations * self.parts
        return self.course.batches // batches > self.course.before // batches


def save_inside(run: Run, model: keras.Model, course: Course) -> None:
    """Save last.keras inside an epoch.

    Raises:
        FloatingPointError: if weights are not finite; then the one that is there stays.
    """
    refuse_spoiled(model, course)
    run.save(model, "last", course.moment(model))
    run.note("checkpoint", batches=course.batches)


class StopOnSignal(keras.callbacks.Callback):
    """On Ctrl-C or SIGTERM, save last.keras after the batch in flight and raise KeyboardInterrupt or Preempted.

    After the last batch of an epoch the test comes first, so that no row is missing when the run is resumed. A second
    signal acts at once.

    Args:
        run: where it is saved.
        course: where the training is.
        any_worker: whether a flag is set in any process of the training; all ask after each batch, and stop together.
    """

    def __init__(self, run: Run, course: Course, any_worker: Callable[[bool], bool] = bool):
        super().__init__()
        self.run, self.course, self.any_worker = run, course, any_worker
        self.stopping = False
        self.preempted = False

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Take the signals over, where Python allows it: in the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

        def stop(number, frame):
            self.stopping = True
            self.preempted = number == signal.SIGTERM
            print("\nStopping after this batch; once more stops at once.", file=sys.stderr, flush=True)
            for number, handler in before.items():
                signal.signal(number, handler)

        for number in before:
            signal.signal(number, stop)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def on_train_batch_end(self, batch, logs=None):
        if batch + 1 < self.params["steps"] and self.any_worker(self.stopping):
            save_inside(self.run, self.model, self.course)
            self._leave()

    def on_epoch_end(self, epoch, logs=None):
        if self.any_worker(self.stopping):
            self._leave()

    def _leave(self):
        preempted = self.any_worker(self.preempted)
        self.run.note("stopped", batches=self.course.batches, preempted=preempted)
        raise Preempted if preempted else KeyboardInterrupt
