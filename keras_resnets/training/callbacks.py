"""Callbacks at the end of an epoch: its record, the learning rate on a plateau, and early stopping."""

import math

import keras

from keras_resnets.checkpoints import Position
from keras_resnets.runs import Run
from keras_resnets.training.ema import averaged
from keras_resnets.training.progress import Progress
from keras_resnets.training.recipes import Plateau
from keras_resnets.training.state import StepCounter

CROSS_ENTROPY = "cross_entropy"  # the metric that the test loss is read from, whatever the loss


class Record(keras.callbacks.Callback):
    """After each epoch, write a row of metrics.csv, last.keras, and best.keras if the test error is the lowest so far.

    The training loss is that of the recipe; the test loss is the main classifier's cross-entropy, in nats.

    Args:
        run: The run directory.
        counter: Step counter of the training.
        progress: Measures the speed; must be called before this callback.
        steps_per_epoch: Iterations of an epoch.
        epochs: Epochs of the whole training, for the printed line.
        accumulation: Batches of an iteration.
        output: "main" if the network has auxiliary classifiers too, else None.
    """

    def __init__(
        self,
        run: Run,
        counter: StepCounter,
        progress: Progress,
        steps_per_epoch: int,
        epochs: int,
        accumulation: int = 1,
        output: str | None = None,
    ):
        super().__init__()
        self.run, self.counter, self.progress = run, counter, progress
        self.steps_per_epoch = steps_per_epoch
        self.epochs = epochs
        self.accumulation = accumulation
        self.prefix = f"{output}_" if output else ""
        self.rows = run.read_metrics()
        self.best_is_lost = not run.best.exists()

    def forget_after(self, iteration: int) -> None:
        """Drop the rows of epochs that ended after `iteration`, which a resumed run repeats."""
        self.rows = [row for row in self.rows if row["iteration"] <= iteration]

    def on_epoch_end(self, epoch, logs=None):
        # Each access to a callback's model makes the JAX backend copy its state back: access it once.
        model = self.model
        row = self._row(model, logs)
        self.rows.append(row)
        self.run.write_metrics(self.rows)
        # last.keras comes last: if the process is killed before, the resumed run repeats the epoch and these files.
        if row["test_error"] <= min(r["test_error"] for r in self.rows) or self.best_is_lost:
            self.best_is_lost = False
            with averaged(model):
                self.run.save(model, "best", Position(self.counter.batches))
        self.run.save(model, "last", Position(self.counter.batches))
        self.run.note("epoch", **row)
        if self.progress.lines:
            self.run.say(self._line(row))

    def _row(self, model, logs) -> dict[str, float]:
        iteration = self.counter.batches // self.accumulation
        return {
            "epoch": -(-iteration // self.steps_per_epoch),
            "iteration": iteration,
            "learning_rate": float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)),
            "train_loss": logs["loss"],
            "train_error": _error(logs[f"{self.prefix}accuracy"]),
            "test_loss": logs[f"val_{self.prefix}{CROSS_ENTROPY}"],
            "test_error": _error(logs[f"val_{self.prefix}accuracy"]),
            "seconds": self.counter.seconds,
            "images_per_second": logs["images_per_second"],
        }

    def _line(self, row) -> str:
        return (
            f"epoch {row['epoch']}/{self.epochs}  iteration {row['iteration']}  "
            f"learning rate {row['learning_rate']:.4g}  "
            f"train loss {row['train_loss']:.4f} error {row['train_error']:.2f} %  "
            f"test loss {row['test_loss']:.4f} error {row['test_error']:.2f} %  {row['seconds']:.1f} s  "
            f"{self.progress.in_words(self.progress.seconds_left())}"
        )


def _error(accuracy: float) -> float:
    """Return the error in per cent, rounded to four digits, which hides the rounding of float32."""
    return round(100 * (1 - float(accuracy)), 4)


class FallOnPlateau(keras.callbacks.Callback):
    """Reduce the learning rate when the recorded test errors stop falling, in a resumed run as in a whole one.

    Keras's ReduceLROnPlateau resets its state at each `fit`, in Keras 3.12 all but the lowest error.

    Args:
        record: Its rows must be written before this callback is called.
        plateau: Patience, factor and least learning rate.
        learning_rate: The initial one.
    """

    def __init__(self, record: Record, plateau: Plateau, learning_rate: float):
        super().__init__()
        self.record, self.plateau, self.learning_rate = record, plateau, float(learning_rate)

    def on_train_begin(self, logs=None):
        self._set()

    def on_epoch_end(self, epoch, logs=None):
        self._set()

    def _set(self):
        errors = [row["test_error"] for row in self.record.rows]
        self.model.optimizer.learning_rate = fallen(errors, self.learning_rate, self.plateau)


def fallen(errors: list[float], rate: float, plateau: Plateau) -> float:
    """Return the learning rate after tests with these errors, from the initial `rate`."""
    best, waited = math.inf, 0
    for error in errors:
        best, waited = (error, 0) if error < best else (best, waited + 1)
        if waited == plateau.patience:
            rate, waited = min(rate, max(rate * plateau.factor, plateau.least)), 0
    return rate


class StopEarly(keras.callbacks.Callback):
    """End a training after `patience` epochs without a new lowest test error, in a resumed run as in a whole one.

    Keras's EarlyStopping resets its state at each `fit`.

    Args:
        record: Its rows must be written before this callback is called.
        patience: Epochs, 1 or more; None for no early stopping.
    """

    def __init__(self, record: Record, patience: int | None):
        super().__init__()
        self.record, self.patience = record, patience

    @property
    def due(self) -> bool:
        """Whether there were `patience` epochs without a new lowest test error."""
        errors = [row["test_error"] for row in self.record.rows]
        return self.patience is not None and bool(errors) and len(errors) - errors.index(min(errors)) > self.patience

    def on_epoch_end(self, epoch, logs=None):
        if self.due:
            self.model.stop_training = True
