"""Speed of a training, and the time it has left."""

import time

import keras

from keras_resnets.runs import Run
from keras_resnets.training.state import StepCounter

PERIOD = 30.0  # seconds between two lines inside an epoch
LEAST_MINUTES = 0.01  # of less Keras's bar prints the exponent


class Progress(keras.callbacks.Callback):
    """Measure images per second and the time left; add both to Keras's progress bar, or print a line every 30 s.

    log.jsonl gets the same values as the lines. The first batch of an epoch, which may include a compilation, is not
    measured if others follow.

    Args:
        run: The run directory.
        counter: Step counter of the training.
        end: Batches of the whole training.
        images: Images of a batch.
        accumulation: Batches of an iteration.
        lines: Whether to print lines, in place of a progress bar.
    """

    def __init__(self, run: Run, counter: StepCounter, end: int, images: int, accumulation: int, lines: bool):
        super().__init__()
        self.run, self.counter, self.end, self.images = run, counter, end, images
        self.accumulation, self.lines = accumulation, lines
        self.first: tuple[float, int] | None = None  # time and batches, of this process
        self.printed = time.monotonic()

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = (time.monotonic(), self.counter.batches)
        self.measured_from = None

    def on_train_batch_end(self, batch, logs=None):
        now = (time.monotonic(), self.counter.batches)
        self.rate = self.images * _per_second(self.measured_from or self.epoch, now)
        self.first = self.first or now
        self.measured_from = self.measured_from or now
        left = self.seconds_left()
        if now[0] - self.printed >= PERIOD:
            self.printed = now[0]
            self._report(logs, left)
        if not self.lines:
            logs["images_per_second"] = self.rate
            if left is not None:
                logs["minutes_left"] = max(left / 60, LEAST_MINUTES)

    def on_epoch_end(self, epoch, logs=None):
        logs["images_per_second"] = self.rate
        self.printed = time.monotonic()

    def seconds_left(self) -> float | None:
        """Return the seconds to the end of the training at the speed so far, tests included; None at its start."""
        speed = _per_second(self.first, (time.monotonic(), self.counter.batches)) if self.first else 0
        return (self.end - self.counter.batches) / speed if speed else None

    def _report(self, logs, left):
        iteration = self.counter.batches // self.accumulation
        if self.lines:
            last = self.end // self.accumulation
            self.run.say(f"iteration {iteration}/{last}  train loss {logs['loss']:.4f}  {self.in_words(left)}")
        rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        self.run.note(
            "steps",
            iteration=iteration,
            learning_rate=rate,
            train_loss=logs["loss"],
            images_per_second=round(self.rate, 2),
            seconds_left=None if left is None else round(left),
        )

    def in_words(self, left: float | None) -> str:
        """Return the speed and the time left, in seconds, in words."""
        speed = f"{self.rate:.{0 if self.rate >= 100 else 1}f} images/s"
        return speed if left is None else f"{speed}  {duration(left)} left"


def duration(seconds: float) -> str:
    """Return a time in words, in seconds, minutes or hours."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def _per_second(begin: tuple[float, int], end: tuple[float, int]) -> float:
    return (end[1] - begin[1]) / max(end[0] - begin[0], 1e-9)
