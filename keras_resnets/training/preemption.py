"""Saves within an epoch: at intervals, and when Ctrl-C or SIGTERM asks the training to stop."""

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator

import keras

from keras_resnets.runs import Run
from keras_resnets.training.nan_guard import refuse_spoiled
from keras_resnets.training.state import Interval, StepCounter


class Preempted(KeyboardInterrupt):
    """Raised after SIGTERM, once the training is saved and can be resumed.

    Attributes:
        exit_status: 75, EX_TEMPFAIL of sysexits.h, "try again later"; 143 would mean that SIGTERM ended the process
            without a save.
    """

    exit_status = 75


class SaveOften(keras.callbacks.Callback):
    """Save last.keras periodically within an epoch; at its end `Record` saves it.

    Args:
        run: The run directory.
        counter: Step counter of the training.
        interval: Interval between saves.
        accumulation: Batches of an iteration.
    """

    def __init__(self, run: Run, counter: StepCounter, interval: Interval, accumulation: int = 1):
        super().__init__()
        self.run, self.counter, self.interval, self.accumulation = run, counter, interval, accumulation
        self.saved = time.monotonic()

    def on_train_batch_end(self, batch, logs=None):
        if batch + 1 < self.params["steps"] and self._due():
            save_inside(self.run, self.model, self.counter)
            self.saved = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        self.saved = time.monotonic()

    def _due(self) -> bool:
        if self.interval.seconds is not None:
            return time.monotonic() - self.saved >= self.interval.seconds
        if self.interval.iterations is None:
            return False
        batches = self.interval.iterations * self.accumulation
        return self.counter.batches // batches > self.counter.before // batches


def save_inside(run: Run, model: keras.Model, counter: StepCounter) -> None:
    """Save last.keras within an epoch.

    Raises:
        FloatingPointError: If weights are not finite; the last.keras that is there stays.
    """
    refuse_spoiled(model, counter)
    run.save(model, "last", counter.position(model))
    run.note("checkpoint", batches=counter.batches)


class HandlePreemption(keras.callbacks.Callback):
    """On Ctrl-C or SIGTERM, save last.keras after the batch in flight and raise KeyboardInterrupt or Preempted.

    After the last batch of an epoch the test is run first, so that its row of metrics.csv is not lost. A second signal
    stops at once.

    Args:
        run: The run directory.
        counter: Step counter of the training.
        any_worker: Returns whether a flag is set in any process of the training. All processes call it after each
            batch, and so stop together.
    """

    def __init__(self, run: Run, counter: StepCounter, any_worker: Callable[[bool], bool] = bool):
        super().__init__()
        self.run, self.counter, self.any_worker = run, counter, any_worker
        self.stopping = False
        self.preempted = False

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Handle SIGINT and SIGTERM within the context; Python allows it only in the main thread."""
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
            save_inside(self.run, self.model, self.counter)
            self._leave()

    def on_epoch_end(self, epoch, logs=None):
        if self.any_worker(self.stopping):
            self._leave()

    def _leave(self):
        preempted = self.any_worker(self.preempted)
        self.run.note("stopped", batches=self.counter.batches, preempted=preempted)
        raise Preempted if preempted else KeyboardInterrupt
