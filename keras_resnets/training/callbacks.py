"""What happens around a step: the record of each epoch, and the clean stop."""

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Iterator

import keras

from keras_resnets.runs import Run


class Record(keras.callbacks.Callback):
    """After each epoch: a row of metrics.csv, last.keras, and best.keras where the test error is the lowest so far.

    Args:
        run: where they are written.
        steps_per_epoch: to number the epochs by the optimizer's iterations.
        epochs: in all, for the line that is printed.
        print_line: whether to print one line an epoch.
    """

    def __init__(self, run: Run, steps_per_epoch: int, epochs: int, print_line: bool):
        super().__init__()
        self.run = run
        self.steps_per_epoch = steps_per_epoch
        self.epochs = epochs
        self.print_line = print_line
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
            "train_error": _error(logs["accuracy"]),
            "test_loss": logs["val_loss"],
            "test_error": _error(logs["val_accuracy"]),
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
