"""Results of an evaluation: as a table, as JSON, and as a line of a results file."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from keras_resnets._checking import checked
from keras_resnets._files import lock, write_text
from keras_resnets._text import table

SUMMARY = ("images", "errors", "top1_error", "interval", "top5_error", "negative_log_likelihood", "calibration_error")
ABOUT = ("networks", "data", "protocol", "crops")


@dataclass(frozen=True)
class ClassErrors:
    """Errors on the images of one class.

    Attributes:
        name: Name of the class.
        images: Number of images of the class.
        errors: Number of them that were classified wrongly.
        mistaken_for: Class most often predicted in its place; None without errors.
    """

    name: str
    images: int
    errors: int
    mistaken_for: str | None

    @property
    def error(self) -> float:
        """Error in per cent of the images."""
        return 100 * self.errors / self.images


@dataclass(frozen=True)
class Evaluation:
    """Results of a network, or of the mean of several, on labelled images.

    Attributes:
        images: Number of images evaluated.
        errors: Number of images whose likeliest class is not the label.
        top1_error: `errors` in per cent of `images`.
        top5_error: Per cent of images whose label is not among the five likeliest classes.
        negative_log_likelihood: Mean of -log p(label), in nats.
        calibration_error: Expected difference of confidence and accuracy, in per cent, in 15 bins (Guo et al. 2017).
        interval: Wilson's 95 % interval of `top1_error`, in per cent.
        protocol: Name of the protocol, with its scales.
        crops: Forward passes per image and network.
        networks: Names of the networks.
        data: Name of the data.
        class_names: Names of the classes; None if they are unknown.
        confusion: Confusion matrix, int64 `[classes, classes]`: images of class i that were predicted as class j.
        broken: Files that could not be read; they are not counted.
        seconds: Duration of the evaluation.
    """

    images: int
    errors: int
    top1_error: float
    top5_error: float
    negative_log_likelihood: float
    calibration_error: float
    interval: tuple[float, float]
    protocol: str
    crops: int
    networks: tuple[str, ...]
    data: str
    class_names: tuple[str, ...] | None
    confusion: np.ndarray = field(compare=False, repr=False)
    broken: tuple[str, ...] = ()
    seconds: float = field(default=0.0, compare=False)

    def __str__(self) -> str:
        return (
            f"top-1 error {self.top1_error:.2f} % ({self.errors:,} of {self.images:,}), 95 % interval "
            f"{self.interval[0]:.2f} to {self.interval[1]:.2f} %, top-5 error {self.top5_error:.2f} %, "
            f"negative log-likelihood {self.negative_log_likelihood:.4f}, "
            f"calibration error {self.calibration_error:.2f} %"
        )

    @property
    def per_class(self) -> tuple[ClassErrors, ...]:
        """Errors of each class that has images, in the order of the classes."""
        names = self.class_names or tuple(map(str, range(len(self.confusion))))
        rows = []
        for k in np.flatnonzero(self.confusion.sum(axis=1)):
            others = self.confusion[k].copy()
            others[k] = 0
            mistaken = names[int(others.argmax())] if others.any() else None
            rows.append(ClassErrors(names[k], int(self.confusion[k].sum()), int(others.sum()), mistaken))
        return tuple(rows)

    def table(self) -> str:
        """Return `about()` and a table of the errors of each class, as text."""
        rows = [("class", "images", "errors", "error", "most often taken for")]
        rows += [
            (row.name, f"{row.images:,}", f"{row.errors:,}", f"{row.error:.2f} %", row.mistaken_for or "")
            for row in self.per_class
        ]
        return f"{self.about()}\n\n{table(rows, left=(0, 4))}"

    def about(self) -> str:
        """Return the networks, data and protocol, the figures, and the files that could not be read, a line each."""
        passes = f"{self.crops} forward pass{'' if self.crops == 1 else 'es'} an image"
        subject = f"{' + '.join(self.networks)} on {self.data}, {self.protocol}, {passes}"
        lines = [f"{subject}, {self.seconds:.1f} s", str(self)]
        if self.broken:
            lines.append(f"{len(self.broken):,} files could not be read and are not counted: {', '.join(self.broken)}")
        return "\n".join(lines)

    def summary(self) -> dict[str, Any]:
        """Return the figures without those of the classes, for JSON."""
        return {name: getattr(self, name) for name in (*ABOUT, *SUMMARY)} | {
            "broken": self.broken,
            "seconds": round(self.seconds, 3),
        }

    def to_json(self) -> str:
        """Return all figures as JSON; the confusion matrix as `[class, predicted, images]` of its entries above 0."""
        rows, columns = np.nonzero(self.confusion)
        content = self.summary() | {
            "class_names": self.class_names,
            "per_class": [
                {"class": row.name, "images": row.images, "errors": row.errors, "mistaken_for": row.mistaken_for}
                for row in self.per_class
            ],
            "confusion": [[int(i), int(j), int(self.confusion[i, j])] for i, j in zip(rows, columns, strict=True)],
        }
        return json.dumps(content, indent=1, ensure_ascii=False)

    def write_json(self, path: str | os.PathLike[str]) -> None:
        """Write `to_json()` to a file."""
        write_text(Path(path), self.to_json() + "\n")

    def append_to(self, path: str | os.PathLike[str], **more: Any) -> None:
        """Append `summary()`, the date and further values as a line of JSON to a results file.

        The file is replaced as a whole, under a lock: an interrupted write leaves the old one.

        Args:
            path: Results file; it is created if it does not exist.
            **more: Further values by name.
        """
        path = Path(path)
        date = datetime.now(timezone.utc).isoformat(timespec="seconds")
        with lock(path.with_name(f".{path.name}.lock")):
            before = path.read_text(encoding="utf-8") if path.exists() else ""
            if before and not before.endswith("\n"):
                before += "\n"
            line = json.dumps({"date": date, **self.summary(), **more}, ensure_ascii=False)
            write_text(path, f"{before}{line}\n")


@checked
def read_results(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """Read a results file of `Evaluation.append_to`.

    Returns:
        The values of each line.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: A line is not JSON, or lacks values.
    """
    results = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        try:
            result = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"Line {number} of {os.fspath(path)!r} is not JSON: {error}.") from error
        if not isinstance(result, dict) or not {*ABOUT, *SUMMARY} <= result.keys():
            raise ValueError(f"Line {number} of {os.fspath(path)!r} is not the result of an evaluation.")
        results.append(result)
    return results


@checked
def results_table(results: Iterable[Mapping[str, Any]]) -> str:
    """Lay out results as a Markdown table, a row each."""
    lines = [
        "| networks | data | protocol | crops | top-1 error (95 %) | top-5 error | NLL | ECE | time |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in results:
        low, high = row["interval"]
        lines.append(
            f"| {' + '.join(row['networks'])} | {row['data']}, {row['images']:,} | {row['protocol']} | {row['crops']} "
            f"| {row['top1_error']:.2f} % ({low:.2f} to {high:.2f}) | {row['top5_error']:.2f} % "
            f"| {row['negative_log_likelihood']:.4f} | {row['calibration_error']:.2f} % | {row['seconds']:.0f} s |"
        )
    return "\n".join(lines)
