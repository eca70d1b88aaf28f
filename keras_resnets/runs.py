"""A run directory: everything that one training leaves behind; here and in `checkpoints` are its file names."""

import contextlib
import csv
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, BinaryIO

import filelock
import keras
import numpy as np

from keras_resnets._errors import is_positive_integer, positive_integer
from keras_resnets._files import (
    appending,
    lock,
    read_object,
    reading,
    refuse_irregular,
    replacing,
    write_csv,
    write_text,
)
from keras_resnets.checkpoints import Checkpoints, Position

# What their readers rely on, where it is there.
CONFIG_TYPES = {
    "network": str,
    "dataset": str,
    "recipe": dict,
    "class_names": list,
    "image_shape": list,
    "files": dict,
    "versions": dict,
    "machine": dict,
    "data": dict,
    "devices": dict,
}
LONGEST_SIDE = 1 << 16  # pixels of an image
RESULT_TYPES = dict.fromkeys(("iterations", "train_error", "test_error", "best_test_error", "seconds"), (int, float))


class Fields(dict[str, Any]):
    """What a run's file holds, by name.

    Args:
        path: the file.
        content: its names and values.

    Raises:
        OSError: on access to a name that the file lacks.
    """

    def __init__(self, path: Path, content: dict[str, Any]):
        super().__init__(content)
        self.path = path

    def __missing__(self, name: str) -> Any:
        raise OSError(f"Cannot read {str(self.path)!r}: it has no {name!r}.")


class Run:
    """The run directory at `path`.

    Args:
        path: the directory.
        keep: how many last models a training keeps there.
        writes: whether this process writes; of several that train together only one does, and the others take part in
            what all must do to save.

    Attributes:
        config: config.json, the resolved settings, the classes, versions, machine and command.
        mean: mean.npy, the per-pixel mean that is subtracted, float32 [h, w, c] in 0..1.
        metrics: metrics.csv, a row an epoch.
        log: log.jsonl, an object a line: what happened, and when; a resumed training appends.
        best, last: best.keras and last.keras, the model (logits) with its optimizer, at the lowest test error and at
            the end.
        checkpoints: those two, the ones before last.keras, and their checksums.
        figure: errors.png, training and test error against iterations.
        result: result.json, the outcome; it is there once the training has ended.
        figures: the directory of the figures that `analysis` draws.
        report: report.html, what `analysis.report` gathers.
        tensorboard: the directory of the events.
    """

    def __init__(self, path: str | os.PathLike[str], *, keep: int = 2, writes: bool = True):
        self.path = Path(path).expanduser()
        self.writes = writes
        self.config = self.path / "config.json"
        self.mean = self.path / "mean.npy"
        self.metrics = self.path / "metrics.csv"
        self.log = self.path / "log.jsonl"
        self.checkpoints = Checkpoints(self.path, positive_integer("keep", keep))
        self.best = self.checkpoints.file("best")
        self.last = self.checkpoints.file("last")
        self.figure = self.path / "errors.png"
        self.result = self.path / "result.json"
        self.tensorboard = self.path / "tensorboard"
        self.figures = self.path / "figures"
        self.report = self.path / "report.html"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Make the directory and keep other processes out of it; one that does not write holds no lock.

        Raises:
            FileExistsError: if another process trains there.
            OSError: if one of its files is a link or no regular file.
        """
        if not self.writes:
            yield
            return
        self.path.mkdir(parents=True, exist_ok=True)
        self.refuse_irregular()
        held = lock(self.path / ".lock")
        try:
            held.acquire(timeout=0)
        except filelock.Timeout:
            raise FileExistsError(
                f"Another process trains in {str(self.path)!r} now: choose another run directory."
            ) from None
        with held:
            yield

    def refuse_irregular(self) -> None:
        """Raise if a file of the run is a link or no regular file, as in a directory that a stranger has made.

        Raises:
            OSError: the sentence names it.
        """
        files = (self.config, self.mean, self.metrics, self.log, self.figure, self.result, self.report)
        refuse_irregular((*files, *self.checkpoints.files()), (self.tensorboard, self.figures))

    def exists(self) -> bool:
        """Whether a training was begun here."""
        return self.config.exists()

    def clear(self) -> None:
        """Remove what a training has left here, and nothing else."""
        if not self.writes:
            return
        self.checkpoints.clear()
        for file in (self.mean, self.metrics, self.log, self.figure, self.result, self.report, self.config):
            file.unlink(missing_ok=True)
        for directory in (self.tensorboard, self.figures):
            shutil.rmtree(directory, ignore_errors=True)

    def begin(self, config: dict[str, Any], mean: np.ndarray) -> None:
        """Write what is known before the first step; config.json, which marks a run, comes last."""
        if not self.writes:
            return
        with replacing(self.mean) as temporary:
            np.save(temporary, mean)
        write_json(self.config, config)

    def read_config(self) -> dict[str, Any]:
        """What `begin` was given.

        Raises:
            FileNotFoundError: if the directory holds no run.
            OSError: if config.json is damaged, or a file of the run is a link or no regular file.
        """
        if not self.exists():
            raise FileNotFoundError(f"{str(self.path)!r} holds no run: it has no config.json.")
        self.refuse_irregular()
        config = _read_fields(self.config, CONFIG_TYPES)
        with reading(self.config):
            _check_config(config)
        return config

    def read_mean(self) -> np.ndarray:
        """The per-pixel mean, float32 [h, w, c].

        Raises:
            OSError: if mean.npy is missing or damaged.
        """
        with reading(self.mean), self.mean.open("rb") as file:
            return np.lib.format.read_array(file, allow_pickle=False)

    def read_result(self) -> dict[str, Any]:
        """The outcome of an ended training.

        Raises:
            OSError: if result.json is missing or damaged.
        """
        return _read_fields(self.result, RESULT_TYPES)

    def read_metrics(self) -> list[dict[str, float]]:
        """The rows of metrics.csv, as numbers; what a row does not hold is left out.

        Raises:
            OSError: if metrics.csv is damaged.
        """
        if not self.metrics.exists():
            return []
        with reading(self.metrics), self.metrics.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            return [Fields(self.metrics, _numbers(row, reader.line_num)) for row in reader]

    def write_metrics(self, rows: list[dict[str, float]]) -> None:
        """Replace metrics.csv by `rows`."""
        if not self.writes:
            return
        write_csv(self.metrics, rows)

    def write_result(self, result: dict[str, Any]) -> None:
        """Write result.json, which says that the training has ended."""
        if self.writes:
            write_json(self.result, result)

    def note(self, event: str, **values: Any) -> None:
        """Append a line to log.jsonl: the time, the event and what there is to say of it."""
        if not self.writes:
            return
        line = {"time": datetime.now(timezone.utc).isoformat(timespec="milliseconds"), "event": event, **values}
        with appending(self.log) as file:
            if file.tell() and not _ends_a_line(file):  # the process was killed while it wrote
                file.write(b"\n")
            file.write(json.dumps(line).encode() + b"\n")

    def say(self, text: str) -> None:
        """Print a line of a training's course."""
        if self.writes:
            print(text, flush=True)

    def save(self, model: keras.Model, which: str, position: Position | None = None) -> None:
        """Replace best.keras or last.keras, and keep the last one as last-1.keras.

        Args:
            model: what is saved, with its optimizer.
            which: "best" or "last".
            position: where the training is, if not at the optimizer's iteration, between two epochs.

        Raises:
            OSError: if it cannot be written, as on a full disk; it names what was saved before and is whole.
            ValueError: if `which` is neither "best" nor "last".
        """
        if self.writes:
            self.checkpoints.save(model, which, position)
        else:
            self.checkpoints.save_nowhere(model)

    def load(self, which: str = "last") -> keras.Model:
        """The saved model, which gives logits; if last.keras is damaged, or a copy of best.keras, with a warning, the
        one before it.

        Raises:
            FileNotFoundError: if no epoch has ended yet.
            OSError: if it is damaged, or the other kind's file, and nothing whole is left to take its place.
            ValueError: if `which` is neither "best" nor "last", or weights are not finite.
        """
        return self.checkpoints.load(which)[0]


def _read_fields(path: Path, types: dict[str, Any]) -> Fields:
    """Read a JSON object, in which each name of `types` that is there has a value of that type."""
    content = read_object(path)
    with reading(path):
        for name, expected in types.items():
            if name in content and not isinstance(content[name], expected):
                raise ValueError(f"its {name!r} is {json.dumps(content[name])[:40]}")
    return Fields(path, content)


def _check_config(config: Mapping[str, Any]) -> None:
    """Raise if what is inside the values of config.json is of another type than their readers rely on."""
    data, recipe, files = (config.get(name, {}) for name in ("data", "recipe", "files"))
    of_types = {
        "class_names": all(isinstance(name, str) for name in config.get("class_names", [])),
        "image_shape": _is_image_shape(config.get("image_shape", [1, 1, 1])),
        "network_options of the recipe": isinstance(recipe.get("network_options", {}), dict),
        "augmentation of the files": isinstance(files.get("augmentation", {}), dict),
        "path of the files": isinstance(files.get("path", ""), str),
        "digests of the data": all(_are_digests(data.get(part, {})) for part in ("train", "test")),
        "numbers of images": all(is_positive_integer(config.get(f"{part}_images", 1)) for part in ("train", "test")),
    }
    for what, right in of_types.items():
        if not right:
            raise ValueError(f"its {what} are of another type, or out of range")


def _is_image_shape(shape: list[Any]) -> bool:
    return len(shape) == 3 and all(is_positive_integer(side) and side <= LONGEST_SIDE for side in shape)


def _are_digests(digests: Any) -> bool:
    return isinstance(digests, dict) and all(isinstance(digest, str) for digest in digests.values())


def _numbers(row: dict[str, Any], line: int) -> dict[str, float]:
    """A row of a table, of which `line` is the number."""
    if None in row:
        raise ValueError(f"line {line} has more values than the first line has names")
    found: dict[str, float] = {}
    for name, value in row.items():
        try:
            found |= {name: float(value)} if value else {}
        except ValueError:
            raise ValueError(f"line {line} has {value[:40]!r} for {name!r}, which is not a number") from None
    return found


def _ends_a_line(file: BinaryIO) -> bool:
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


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
