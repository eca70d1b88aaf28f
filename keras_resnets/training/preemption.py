"""Saving inside an epoch: every so often, and when a signal asks for a clean stop."""

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
    """SIGTERM was received, and the training was saved: it can be resumed.

    Attributes:
        exit_status: 75, EX_TEMPFAIL of sysexits.h, "try again later". Not 143, by which a shell tells of a process that
            SIGTERM has ended without any saving.
    """

    exit_status = 75


class SaveOften(keras.callbacks.Callback):
    """Saves last.keras inside an epoch; its end, after which it is saved anyway, is no occasion.

    Args:
        run: where it is saved.
        counter: where the training is.
        often: how often.
        parts: batches that an iteration takes.
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
    """Save last.keras inside an epoch.

    Raises:
        FloatingPointError: if weights are not finite; then the one that is there stays.
    """
    refuse_spoiled(model, counter)
    run.save(model, "last", counter.position(model))
    run.note("checkpoint", batches=counter.batches)


class HandlePreemption(keras.callbacks.Callback):
    """On Ctrl-C or SIGTERM, save last.keras after the batch in flight and raise KeyboardInterrupt or Preempted.

    After the last batch of an epoch the test comes first, so that no row is missing when the run is resumed. A second
    signal acts at once.

    Args:
        run: where it is saved.
        counter: where the training is.
        any_worker: whether a flag is set in any process of the training; all ask after each batch, and stop together.
    """

    def __init__(self, run: Run, counter: StepCounter, any_worker: Callable[[bool], bool] = bool):
        super().__init__()
        self.run, self.counter, self.any_worker = run, counter, any_worker
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
            save_inside(self.run, self.model, self.counter)
            self._leave()

    def on_epoch_end(self, epoch, logs=None):
        if self.any_worker(self.stopping):
            self._leave()

    def _leave(self):
        preempted = self.any_worker(self.preempted)
        self.run.note("stopped", batches=self.counter.batches, preempted=preempted)
        raise Preempted if preempted else KeyboardInterrupt
