"""Run directory: the files of a training, their names and their formats; those of models are in `checkpoints`."""

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
    naming,
    read_object,
    reading,
    refuse_irregular,
    replacing,
    write_csv,
    write_text,
)
from keras_resnets.checkpoints import Checkpoints, Position

# Types of the values of config.json that readers rely on.
CONFIG_TYPES = {
    "network": str,
    "dataset": str,
    "recipe": dict,
    "length_changes": list,
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
    """Values of a run's JSON file, by name.

    Args:
        path: The file.
        content: Its names and values.

    Raises:
        OSError: When a name is read that the file lacks.
    """

    def __init__(self, path: Path, content: dict[str, Any]):
        super().__init__(content)
        self.path = path

    def __missing__(self, name: str) -> Any:
        raise OSError(f"Cannot read {str(self.path)!r}: it has no {name!r}.")


class Run:
    """Run directory of a training.

    Args:
        path: The directory.
        keep: Number of last models to keep.
        writes: Whether this process writes files; of several processes that train together only one does.

    Attributes:
        config: Path of config.json: resolved settings, classes, versions, machine and command.
        mean: Path of mean.npy: the per-pixel mean that is subtracted, float32 [h, w, c] in 0..1.
        metrics: Path of metrics.csv, a row per epoch.
        log: Path of log.jsonl, an event per line; a resumed training appends.
        best, last: Paths of best.keras and last.keras: the model (logits) with its optimizer, at the lowest test error
            and at the end.
        checkpoints: The saved models with their checksums, earlier ones included.
        figure: Path of errors.png: training and test error against iterations.
        result: Path of result.json, written when the training ends.
        figures: Directory of the figures of `analysis`.
        report: Path of report.html, the page of `analysis.report`.
        tensorboard: Directory of the events.
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

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Make the directory and lock it in the block; a process that does not write takes no lock.

        Raises:
            FileExistsError: If another process trains there.
            OSError: If one of its files is a link or no regular file.
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
        """Refuse a directory in which a file of the run is a link or irregular, as a stranger may have made it.

        Raises:
            OSError: If a file is; the message names it.
        """
        files = (self.config, self.mean, self.metrics, self.log, self.figure, self.result, self.report)
        refuse_irregular((*files, *self.checkpoints.files()), (self.tensorboard, self.figures))

    def exists(self) -> bool:
        """Return whether a training was begun here."""
        return self.config.exists()

    def clear(self) -> None:
        """Remove the files of a training, and nothing else."""
        if not self.writes:
            return
        self.checkpoints.clear()
        for file in (self.mean, self.metrics, self.log, self.figure, self.result, self.report, self.config):
            file.unlink(missing_ok=True)
        for directory in (self.tensorboard, self.figures):
            shutil.rmtree(directory, ignore_errors=True)

    def begin(self, config: dict[str, Any], mean: np.ndarray) -> None:
        """Write mean.npy, then config.json, which marks the directory as a run."""
        if not self.writes:
            return
        with replacing(self.mean) as temporary:
            np.save(temporary, mean)
        write_json(self.config, config)

    def read_config(self) -> dict[str, Any]:
        """Read config.json.

        Raises:
            FileNotFoundError: If the directory holds no run.
            OSError: If config.json is damaged, or a file of the run is a link or no regular file.
        """
        if not self.exists():
            raise FileNotFoundError(f"{str(self.path)!r} holds no run: it has no config.json.")
        self.refuse_irregular()
        config = _read_fields(self.config, CONFIG_TYPES)
        with reading(self.config):
            _check_config(config)
        return config

    def read_mean(self) -> np.ndarray:
        """Read the per-pixel mean, float32 [h, w, c].

        Raises:
            OSError: If mean.npy is missing or damaged.
        """
        with reading(self.mean), self.mean.open("rb") as file:
            return np.lib.format.read_array(file, allow_pickle=False)

    def read_result(self) -> dict[str, Any]:
        """Read the result of an ended training.

        Raises:
            OSError: If result.json is missing or damaged.
        """
        return _read_fields(self.result, RESULT_TYPES)

    def read_metrics(self) -> list[dict[str, float]]:
        """Read the rows of metrics.csv as numbers; empty cells are left out.

        Raises:
            OSError: If metrics.csv is damaged.
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
        """Write result.json, which marks the training as ended."""
        if self.writes:
            write_json(self.result, result)

    def note(self, event: str, **values: Any) -> None:
        """Append a line to log.jsonl: the time, the event and its values."""
        if not self.writes:
            return
        line = {"time": datetime.now(timezone.utc).isoformat(timespec="milliseconds"), "event": event, **values}
        with naming(self.log), appending(self.log) as file:
            if file.tell() and not _ends_a_line(file):  # the process was killed while it wrote
                file.write(b"\n")
            file.write(json.dumps(line).encode() + b"\n")

    def say(self, text: str) -> None:
        """Print a line, if this process writes."""
        if self.writes:
            print(text, flush=True)

    def save(self, model: keras.Model, which: str, position: Position | None = None) -> None:
        """Replace best.keras or last.keras, and keep the last one as last-1.keras.

        Args:
            model: Model to save, with its optimizer.
            which: "best" or "last".
            position: Position of the training within an epoch; None between epochs.

        Raises:
            OSError: If it cannot be written, as on a full disk; the message names the earlier models that are whole.
            ValueError: If `which` is neither "best" nor "last".
        """
        if self.writes:
            self.checkpoints.save(model, which, position)
        else:
            self.checkpoints.save_nowhere(model)

    def load(self, which: str = "last") -> keras.Model:
        """Load a saved model, which returns logits.

        If last.keras is damaged, or a copy of best.keras, the one before it is loaded with a warning.

        Raises:
            FileNotFoundError: If no epoch has ended yet.
            OSError: If it is damaged, or the file of the other kind, and no earlier one is whole.
            ValueError: If `which` is neither "best" nor "last", or weights are not finite.
        """
        return self.checkpoints.load(which)[0]


def _read_fields(path: Path, types: dict[str, Any]) -> Fields:
    """Read a JSON object, and check the types of the values that it has."""
    content = read_object(path)
    with reading(path):
        for name, expected in types.items():
            if name in content and not isinstance(content[name], expected):
                raise ValueError(f"its {name!r} is {json.dumps(content[name])[:40]}")
    return Fields(path, content)


def _check_config(config: Mapping[str, Any]) -> None:
    """Raise ValueError if nested values of config.json are of other types than their readers rely on."""
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
    """Return the numbers of a row of a table, which is line `line` of its file."""
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
    """Write a JSON file, indented."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def open_run(path: str | os.PathLike[str]) -> Run:
    """Open the run directory of a training.

    Raises:
        FileNotFoundError: If the directory holds no run.
    """
    run = Run(path)
    run.read_config()
    return run
