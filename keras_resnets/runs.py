"""A run directory: everything that one training leaves behind, and the only place that knows its file names."""

import contextlib
import csv
import io
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import filelock
import keras
import numpy as np

from keras_resnets._errors import unknown
from keras_resnets._files import replacing, write_text

WEIGHTS = ("best", "last")


class Run:
    """The run directory at `path`.

    Attributes:
        config: config.json, the resolved settings, the classes, versions, machine and command.
        mean: mean.npy, the per-pixel mean that is subtracted, float32 [h, w, c] in 0..1.
        metrics: metrics.csv, a row an epoch.
        best, last: best.keras and last.keras, the model (logits) with its optimizer, at the lowest test error and at
            the end.
        figure: errors.png, training and test error against iterations.
        result: result.json, the outcome; it is there once the training has ended.
        tensorboard: the directory of the events.
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.path = Path(path).expanduser()
        self.config = self.path / "config.json"
        self.mean = self.path / "mean.npy"
        self.metrics = self.path / "metrics.csv"
        self.best = self.path / "best.keras"
        self.last = self.path / "last.keras"
        self.figure = self.path / "errors.png"
        self.result = self.path / "result.json"
        self.tensorboard = self.path / "tensorboard"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Make the directory and keep other processes out of it.

        Raises:
            FileExistsError: if another process trains there.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(self.path / ".lock")
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            raise FileExistsError(
                f"Another process trains in {str(self.path)!r} now: choose another run directory."
            ) from None
        with lock:
            yield

    def exists(self) -> bool:
        """Whether a training was begun here."""
        return self.config.exists()

    def clear(self) -> None:
        """Remove what a training has left here, and nothing else."""
        for file in (self.mean, self.metrics, self.best, self.last, self.figure, self.result, self.config):
            file.unlink(missing_ok=True)
        shutil.rmtree(self.tensorboard, ignore_errors=True)

    def begin(self, config: dict[str, Any], mean: np.ndarray) -> None:
        """Write what is known before the first step; config.json, which marks a run, comes last."""
        with replacing(self.mean) as temporary:
            np.save(temporary, mean)
        write_json(self.config, config)

    def read_config(self) -> dict[str, Any]:
        """What `begin` was given.

        Raises:
            FileNotFoundError: if the directory holds no run.
        """
        if not self.exists():
            raise FileNotFoundError(f"{str(self.path)!r} holds no run: it has no config.json.")
        return json.loads(self.config.read_text(encoding="utf-8"))

    def read_mean(self) -> np.ndarray:
        """The per-pixel mean, float32 [h, w, c]."""
        return np.load(self.mean, allow_pickle=False)

    def read_result(self) -> dict[str, Any]:
        """The outcome of an ended training."""
        return json.loads(self.result.read_text(encoding="utf-8"))

    def read_metrics(self) -> list[dict[str, float]]:
        """The rows of metrics.csv, as numbers."""
        if not self.metrics.exists():
            return []
        with self.metrics.open(newline="", encoding="utf-8") as file:
            return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]

    def write_metrics(self, rows: list[dict[str, float]]) -> None:
        """Replace metrics.csv by `rows`."""
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: f"{value:.10g}" for name, value in row.items()} for row in rows)
        write_text(self.metrics, text.getvalue())

    def save(self, model: keras.Model, which: str) -> None:
        """Replace best.keras or last.keras."""
        with replacing(self._weights(which)) as temporary:
            model.save(temporary)

    def load(self, which: str = "last") -> keras.Model:
        """The saved model, which gives logits.

        Raises:
            FileNotFoundError: if no epoch has ended yet.
            ValueError: if `which` is neither "best" nor "last".
        """
        path = self._weights(which)
        if not path.exists():
            raise FileNotFoundError(f"{str(self.path)!r} has no {path.name}: no epoch of its training has ended.")
        return keras.saving.load_model(path)

    def _weights(self, which: str) -> Path:
        if which not in WEIGHTS:
            raise ValueError(unknown("weights", which, WEIGHTS))
        return self.best if which == "best" else self.last


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write `content` as the whole of `path`, readably."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def open_run(path: str | os.PathLike[str]) -> Run:
    """The run directory of a training that was begun.

    Raises:
        FileNotFoundError: if there is none at `path`.
    """
    run = Run(path)
    run.read_config()
    return run
