"""Checkpoints: saved models, whole or absent, with their SHA-256 and the random states that Keras does not save.

The order of a save leaves a whole last.keras or last-1.keras, and its record, whenever the process is killed: a file of
a temporary name is written and flushed; checkpoints.json gets its SHA-256; last.keras becomes last-1.keras; the file
takes the name last.keras; the directory is flushed.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_resnets._errors import is_positive_integer, one_line, unknown, warn_caller
from keras_resnets._files import flush, partial, read_object, reading, replacing, sha256, write_text
from keras_resnets._finite import refuse_weights
from keras_resnets._keras_files import load_keras_model

WEIGHTS = ("best", "last")
DAMAGED = "is damaged: its SHA-256 is not the one recorded when it was written"
UNCHECKED = "Remove this record of the checkpoints' SHA-256, and they are loaded unchecked."
STATISTICS = "statistics_of_replicas"  # member of a .keras file: float32, one replica after the other
SPARE = 4  # entries of the record without a file, of saves that were killed before the renaming


@dataclass(frozen=True)
class Position:
    """Position in a training at which its model was saved.

    Attributes:
        batches: Number of batches trained on.
        metrics: Within an epoch, a row for each replica: its sums and counts, of which the metrics are made.
        seconds: Within an epoch, its seconds so far.
        statistics: Within an epoch, the moving statistics of each replica, `[replicas, values]`, where each has its
            own: the model has those of the first.
    """

    batches: int
    metrics: tuple[tuple[float, ...], ...] = ()
    seconds: float = 0.0
    statistics: np.ndarray | None = field(default=None, compare=False)

    def record(self) -> dict[str, Any]:
        """Return what checkpoints.json keeps of it."""
        return {"batches": self.batches, "metrics": self.metrics, "seconds": self.seconds}


class Checkpoints:
    """Files best.keras, last.keras and earlier ones (last-1.keras, last-2.keras, ...) of a directory.

    Args:
        path: The directory.
        keep: Number of last models to keep, 1 or more; with 2 or more, an earlier one replaces a damaged one.

    Attributes:
        record: Path of checkpoints.json: for each file its SHA-256, its position in the training, its precision, and
            the states of its random generators, which Keras leaves out of its files.
        unfit: Files that were not written under their name: "best" or "last" for a file of that kind, None for a
            damaged one.
    """

    def __init__(self, path: Path, keep: int = 2):
        self.path = path
        self.keep = keep
        self.record = path / "checkpoints.json"
        self.unfit: dict[Path, str | None] = {}

    def file(self, which: str) -> Path:
        """Return the path of best.keras or last.keras.

        Raises:
            ValueError: If `which` is neither "best" nor "last".
        """
        if which not in WEIGHTS:
            raise ValueError(unknown("weights", which, WEIGHTS))
        return self.path / f"{which}.keras"

    def earlier(self) -> list[Path]:
        """Return the existing earlier files, last-1.keras first."""
        found = {int(file.stem[5:]): file for file in self.path.glob("last-*.keras") if file.stem[5:].isdecimal()}
        return [found[age] for age in sorted(found)]

    def files(self) -> list[Path]:
        """Return the paths of the models, existing earlier ones included, and of their record."""
        return [*map(self.file, WEIGHTS), *self.earlier(), self.record]

    def clear(self) -> None:
        """Remove all files."""
        for file in (*self.files(), *(partial(self.file(which)) for which in WEIGHTS)):
            file.unlink(missing_ok=True)

    def save(self, model: keras.Model, which: str, position: Position | None = None) -> None:
        """Replace best.keras, or last.keras, which becomes last-1.keras and so on.

        Raises:
            OSError: If it cannot be written, as on a full disk; the message names the earlier models that are whole.
        """
        path = self.file(which)
        try:
            with replacing(path) as temporary:
                model.save(temporary)
                if position is not None and position.statistics is not None:
                    _add_statistics(temporary, position.statistics)
                flush(temporary)
                self._note(which, sha256(temporary), model, position)
                if which == "last":
                    self._move_back()
        except (OSError, RuntimeError) as error:  # h5py tells some failures to write as RuntimeError
            raise OSError(f"{str(path)!r} could not be written: {error}. {self._left()}") from error
        if which == "last":
            for file in self.earlier()[self.keep - 1 :]:
                file.unlink()

    def save_nowhere(self, model: keras.Model) -> None:
        """Take part in a save that another process of the same training writes."""
        with tempfile.TemporaryDirectory() as folder:
            model.save(Path(folder) / "model.keras")

    def load(self, which: str) -> tuple[keras.Model, Position | None]:
        """Load a saved model and its position, None for files of earlier releases.

        If last.keras is damaged, or is a best.keras under another name, the one before it is loaded with a warning.

        Raises:
            FileNotFoundError: If there is none.
            OSError: If all are damaged or of the other kind.
            ValueError: If its weights are not finite; its optimizer is not checked.
        """
        path, candidates = self.file(which), self._candidates(which)
        if not any(file.exists() for file in candidates):
            raise FileNotFoundError(f"{str(self.path)!r} has no {path.name}: no epoch of its training has ended.")
        for file in candidates:
            entry = self._entry(file)
            if entry is None:
                continue
            if file != path:
                fault = self._fault(path, "is damaged or missing")
                warn_caller(
                    f"{path.name} in {str(self.path)!r} {fault}: {file.name} is used, "
                    f"of iteration {entry.get('iteration', 'unknown')}.",
                )
            return _loaded(file, entry)
        advice = "; last.keras may be whole" if which == "best" else ""
        missing = "is missing, and none before it is whole"
        fault = self._fault(path, DAMAGED if path.exists() else missing)
        raise OSError(f"{path.name} in {str(self.path)!r} {fault}{advice}.")

    def whole(self, which: str) -> list[Path]:
        """Return the best model, or the last ones, the newest first, whose SHA-256 is one recorded for that kind."""
        found = []
        for file in self._candidates(which):
            with contextlib.suppress(OSError):  # a file or record that cannot be read shows nothing to be whole
                found += [file] if self._entry(file) else []
        return found

    def exists(self) -> bool:
        """Return whether there is a last model, or an earlier one."""
        return self.file("last").exists() or bool(self.earlier())

    def _entries(self) -> dict[str, list[dict[str, Any]]] | None:
        """Read the entries of the record, the newest first; None where an earlier release wrote none."""
        if not self.record.exists():
            return None
        entries = read_object(self.record, UNCHECKED)
        with reading(self.record, UNCHECKED):
            for kind in entries.values():
                if not isinstance(kind, list) or not all(isinstance(e, dict) and "sha256" in e for e in kind):
                    raise ValueError("it holds something other than checkpoints and their SHA-256")
                for entry in kind:
                    _check_entry(entry)
        return entries

    def _candidates(self, which: str) -> list[Path]:
        """Return the files that may hold the best or the last model, in the order in which they are tried."""
        return [self.file(which), *(self.earlier() if which == "last" else [])]

    def _fault(self, file: Path, otherwise: str) -> str:
        """Return what is wrong with a file: that it is of the other kind, or `otherwise`."""
        other = self.unfit.get(file)
        return f"holds the model of {other}.keras, by its SHA-256, under another name" if other else otherwise

    def _left(self) -> str:
        """Return a sentence on what a failed save has left."""
        there = [file for which in WEIGHTS for file in self._candidates(which) if file.exists()]
        if not there:
            return "No model that was saved before is there."
        whole = [file for which in WEIGHTS for file in self.whole(which)]
        names = ", ".join(file.name for file in whole)
        if whole == there:
            return f"What was saved before is whole: {names}."
        return f"Of what was saved before, known to be whole: {names or 'nothing'}."

    def _entry(self, file: Path) -> dict[str, Any] | None:
        """Return the entry of a file; None, after adding it to `unfit`, if it was not written under that name."""
        entries = self._entries()
        if file.exists():
            if entries is None:
                return {}
            digest = sha256(file)
            own, other = WEIGHTS if file.stem == "best" else WEIGHTS[::-1]  # last-1.keras was last.keras
            for entry in entries.get(own, []):
                if entry["sha256"] == digest:
                    return entry
            self.unfit[file] = other if any(e["sha256"] == digest for e in entries.get(other, [])) else None
        return None

    def _note(self, which: str, digest: str, model: keras.Model, position: Position | None) -> None:
        optimizer = getattr(model, "optimizer", None)  # compiled models have one
        entry = {
            "sha256": digest,
            "iteration": int(_number(optimizer.iterations)) if optimizer else None,
            "saved": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "moment": position.record() if position else None,
            "precision": model.dtype_policy.name,
            "random": [_number(state).tolist() for state in random_states(model)],
        }
        entries = self._entries()
        if entries is None:  # what an earlier release has left is taken as whole
            there = [name for name in WEIGHTS if self.file(name).exists()]
            entries = {name: [{"sha256": sha256(self.file(name))}] for name in there}
        kept = self.keep + SPARE if which == "last" else SPARE
        write_text(
            self.record, json.dumps({**entries, which: [entry, *entries.get(which, [])][:kept]}, indent=1) + "\n"
        )

    def _move_back(self) -> None:
        """Let last.keras be last-1.keras, and so on; one that is known to be unfit only makes room."""
        last = self.file("last")
        if last in self.unfit:
            del self.unfit[last]
            return
        if not last.exists() or self.keep < 2:
            return
        for age in reversed(range(1, self.keep)):
            younger = self.path / f"last-{age - 1}.keras" if age > 1 else last
            if younger.exists():
                younger.replace(self.path / f"last-{age}.keras")


def random_states(model: keras.Model) -> list[keras.Variable]:
    """Return the states of a model's random generators, of dropout and stochastic depth."""
    return [variable for variable in model.variables if variable.name == "seed_generator_state"]


def _loaded(file: Path, entry: dict[str, Any]) -> tuple[keras.Model, Position | None]:
    # Keras scales the loss of a loaded model, and loads the scale, only where this is the policy.
    before = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy(entry.get("precision", before))
        model = load_keras_model(file, compile=True)
    except ValueError as error:
        if entry:
            raise
        raise OSError(f"{str(file)!r} cannot be read, and no SHA-256 tells whether it is whole: {error}") from error
    finally:
        keras.config.set_dtype_policy(before)
    refuse_weights(model, repr(str(file)))
    if "random" in entry:
        try:
            for state, value in zip(random_states(model), entry["random"], strict=True):
                state.assign(np.array(value, state.dtype))
        except (ValueError, TypeError, OverflowError) as error:
            raise OSError(f"Cannot load {str(file)!r} with its recorded random states: {one_line(error)}.") from None
    position = entry.get("moment")
    return model, _position(file, position) if position else None


def _add_statistics(file: Path, statistics: np.ndarray) -> None:
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(STATISTICS, statistics.astype("<f4").tobytes())


def _position(file: Path, record: Mapping[str, Any]) -> Position:
    """Return the position that a checkpoint's record holds, with the statistics in its file."""
    metrics = record.get("metrics", [])
    if metrics and not isinstance(metrics[0], list):  # earlier releases recorded one row, whatever the replicas
        metrics = [metrics]
    position = Position(**{**record, "metrics": tuple(map(tuple, metrics))})
    with zipfile.ZipFile(file) as archive:
        if STATISTICS not in archive.namelist():
            return position
        values = np.frombuffer(archive.read(STATISTICS), "<f4")
    try:
        return replace(position, statistics=values.reshape(len(metrics), -1))
    except ValueError as error:
        raise OSError(f"Cannot load {str(file)!r} with the statistics of its replicas: {one_line(error)}.") from None


def _check_entry(entry: dict[str, Any]) -> None:
    """Raise ValueError if a value of an entry has another type than `Checkpoints._note` writes."""
    position = entry.get("moment")
    right = {
        "sha256": isinstance(entry["sha256"], str),
        "precision": isinstance(entry.get("precision", ""), str),
        "random": isinstance(entry.get("random", []), list),
        "moment": position is None or (isinstance(position, dict) and _is_position(position)),
    }
    for name, holds in right.items():
        if not holds:
            raise ValueError(f"its {name!r} is {json.dumps(entry[name])[:40]}")


def _is_position(position: dict[str, Any]) -> bool:
    values = {"metrics": [], "seconds": 0.0, **position}
    return (
        values.keys() == {"batches", "metrics", "seconds"}
        and (is_positive_integer(values["batches"]) or values["batches"] == 0)
        and _are_metrics(values["metrics"])
        and isinstance(values["seconds"], int | float)
    )


def _are_metrics(metrics: Any) -> bool:
    """Return whether these are rows of numbers of equal length; one row of earlier releases is taken too."""
    if not isinstance(metrics, list):
        return False
    rows = metrics if metrics and isinstance(metrics[0], list) else [metrics]
    return all(
        isinstance(row, list) and len(row) == len(rows[0]) and all(isinstance(value, int | float) for value in row)
        for row in rows
    )


def _number(variable) -> np.ndarray:
    return keras.ops.convert_to_numpy(variable)
