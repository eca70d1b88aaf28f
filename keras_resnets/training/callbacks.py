"""What happens around a step: the record of each epoch, and the clean stop."""

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Iterator

import keras

from keras_resnets.runs import Run
from keras_resnets.training.averages import averaged
from keras_resnets.training.recipes import Plateau

CROSS_ENTROPY = "cross_entropy"  # the metric that the test loss is read from, whatever the loss


class Record(keras.callbacks.Callback):
    """After each epoch: a row of metrics.csv, last.keras, and best.keras where the test error is the lowest so far.

    The training loss is the one that is trained by; the test loss is the main classifier's cross-entropy, in nats.

    Args:
        run: where they are written.
        steps_per_epoch: to number the epochs by the optimizer's iterations.
        epochs: in all, for the line that is printed.
        print_line: whether to print one line an epoch.
        output: "main" where the network has auxiliary classifiers too.
    """

    def __init__(self, run: Run, steps_per_epoch: int, epochs: int, print_line: bool, output: str | None = None):
        super().__init__()
        self.run = run
        self.steps_per_epoch = steps_per_epoch
        self.epochs = epochs
        self.print_line = print_line
        self.prefix = f"{output}_" if output else ""
        self.rows = run.read_metrics()

    def forget_after(self, iteration: int) -> None:
        """Drop the rows of epochs that ended after `iteration`: a resumed run goes through them again."""
        self.rows = [row for row in self.rows if row["iteration"] <= iteration]

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        # A callback that asks for its model makes the JAX backend bring the state home: ask once.
        model = self.model
        row = self._row(model, logs)
        self.rows.append(row)
        self.run.write_metrics(self.rows)
        self.run.save(model, "last")
        if row["test_error"] <= min(r["test_error"] for r in self.rows) or not self.run.best.exists():
            with averaged(model):
                self.run.save(model, "best")
        if self.print_line:
            print(self._line(row), flush=True)

    def _row(self, model, logs) -> dict[str, float]:
        iteration = int(model.optimizer.iterations)
        return {
            "epoch": -(-iteration // self.steps_per_epoch),
            "iteration": iteration,
            "learning_rate": float(model.optimizer.learning_rate),
            "train_loss": logs["loss"],
            "train_error": _error(logs[f"{self.prefix}accuracy"]),
            "test_loss": logs[f"val_{self.prefix}{CROSS_ENTROPY}"],
            "test_error": _error(logs[f"val_{self.prefix}accuracy"]),
            "seconds": time.monotonic() - self.started,
        }

    def _line(self, row) -> str:
        return (
            f"epoch {row['epoch']}/{self.epochs}  iteration {row['iteration']}  "
            f"learning rate {row['learning_rate']:.4g}  "
            f"train loss {row['train_loss']:.4f} error {row['train_error']:.2f} %  "
            f"test loss {row['test_loss']:.4f} error {row['test_error']:.2f} %  {row['seconds']:.1f} s"
        )


def _error(accuracy: float) -> float:
    """In per cent, without the noise of float32."""
    return round(100 * (1 - float(accuracy)), 4)


class FallOnPlateau(keras.callbacks.ReduceLROnPlateau):
    """Keras's ReduceLROnPlateau on the recorded test errors: a resumed run's rate follows from its record.

    Args:
        record: the rows, which must be written before this callback is called.
        plateau: when to fall, and how far.
        learning_rate: the first.
    """

    def __init__(self, record: Record, plateau: Plateau, learning_rate: float):
        super().__init__(
            monitor="test_error",
            mode="min",
            factor=plateau.factor,
            patience=plateau.patience,
            min_delta=0.0,
            min_lr=plateau.least,
        )
        self.record = record
        self.learning_rate = float(learning_rate)

    def on_train_begin(self, logs=None):
        super().on_train_begin(logs)
        self.model.optimizer.learning_rate = self.learning_rate
        for row in self.record.rows:
            super().on_epoch_end(int(row["epoch"]) - 1, {"test_error": row["test_error"]})

    def on_epoch_end(self, epoch, logs=None):
        super().on_epoch_end(epoch, {"test_error": self.record.rows[-1]["test_error"]})


class StopOnSignal(keras.callbacks.Callback):
    """On Ctrl-C or SIGTERM, save last.keras after the batch in flight and raise KeyboardInterrupt.

    A second signal acts at once.
    """

    def __init__(self, run: Run):
        super().__init__()
        self.run = run
        self.stopping = False

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Take the signals over, where Python allows it: in the main thread."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

        def stop(number, frame):
            self.stopping = True
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
        if self.stopping:
            self.run.save(self.model, "last")
            raise KeyboardInterrupt

    def on_epoch_end(self, epoch, logs=None):
        if self.stopping:
            raise KeyboardInterrupt
