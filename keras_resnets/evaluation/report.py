"""What an evaluation found: as a table, as JSON, and as a line of a file of results."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from keras_resnets._files import lock, write_text

SUMMARY = ("images", "errors", "top1_error", "interval", "top5_error", "negative_log_likelihood", "calibration_error")
ABOUT = ("networks", "data", "protocol", "crops")


@dataclass(frozen=True)
class ClassErrors:
    """How a network did on the images of one class.

    Attributes:
        name: of the class.
        images: of the class.
        errors: how many of them were taken for another class.
        mistaken_for: the class that they were taken for most often, None without errors.
    """

    name: str
    images: int
    errors: int
    mistaken_for: str | None

    @property
    def error(self) -> float:
        """`errors` in per cent of `images`."""
        return 100 * self.errors / self.images


@dataclass(frozen=True)
class Evaluation:
    """How a network, or the mean of several, did on `images` images.

    Attributes:
        images: how many.
        errors: how many whose likeliest class is not the label.
        top1_error: `errors` in per cent of `images`.
        top5_error: per cent whose label is not among the five likeliest classes.
        negative_log_likelihood: mean of -log p(label), in nats.
        calibration_error: expected difference of confidence and accuracy, in per cent, in 15 bins (Guo et al. 2017).
        interval: Wilson's 95 % interval of `top1_error`, in per cent.
        protocol: its name, with the scales.
        crops: forward passes an image and network.
        networks: their names.
        data: its name.
        class_names: None if nobody has named them.
        confusion: int64 [classes, classes], how often an image of class i was taken for class j.
        broken: the files that could not be read; they count in no figure.
        seconds: that it took.
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
        """Of each class that has images, in order."""
        names = self.class_names or tuple(map(str, range(len(self.confusion))))
        rows = []
        for k in np.flatnonzero(self.confusion.sum(axis=1)):
            others = self.confusion[k].copy()
            others[k] = 0
            mistaken = names[int(others.argmax())] if others.any() else None
            rows.append(ClassErrors(names[k], int(self.confusion[k].sum()), int(others.sum()), mistaken))
        return tuple(rows)

    def table(self) -> str:
        """The summary, the files that could not be read, and a line a class, as text."""
        rows = [("class", "images", "errors", "error", "most often taken for")]
        rows += [
            (row.name, f"{row.images:,}", f"{row.errors:,}", f"{row.error:.2f} %", row.mistaken_for or "")
            for row in self.per_class
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            f"{row[0]:{widths[0]}}"
            + "".join(f"  {cell:>{w}}" for cell, w in zip(row[1:4], widths[1:4], strict=True))
            + f"  {row[4]}"
            for row in rows
        ]
        return "\n".join([self.about(), "", *(line.rstrip() for line in lines)])

    def about(self) -> str:
        """What was judged and how, the summary, and the files that could not be read, a line each."""
        passes = f"{self.crops} forward pass{'' if self.crops == 1 else 'es'} an image"
        what = f"{' + '.join(self.networks)} on {self.data}, {self.protocol}, {passes}"
        lines = [f"{what}, {self.seconds:.1f} s", str(self)]
        if self.broken:
            lines.append(f"{len(self.broken):,} files could not be read and are not counted: {', '.join(self.broken)}")
        return "\n".join(lines)

    def summary(self) -> dict[str, Any]:
        """The figures without the classes, for JSON."""
        return {name: getattr(self, name) for name in (*ABOUT, *SUMMARY)} | {
            "broken": self.broken,
            "seconds": round(self.seconds, 3),
        }

    def to_json(self) -> str:
        """All figures; of the confusion matrix what is not 0, as [class, taken for, images]."""
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
        """Write `to_json()` as the whole of a file."""
        write_text(Path(path), self.to_json() + "\n")

    def append_to(self, path: str | os.PathLike[str], **more: Any) -> None:
        """Append `summary()`, the date and what else is given to a file of results, a line of JSON each.

        The file is replaced whole, so that a stop leaves the old one, and one process at a time changes it.
        """
        path = Path(path)
        date = datetime.now(timezone.utc).isoformat(timespec="seconds")
        with lock(path.with_name(f".{path.name}.lock")):
            before = path.read_text(encoding="utf-8") if path.exists() else ""
            if before and not before.endswith("\n"):
                before += "\n"
            line = json.dumps({"date": date, **self.summary(), **more}, ensure_ascii=False)
            write_text(path, f"{before}{line}\n")


def read_results(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """The lines of a file that `Evaluation.append_to` has made.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if a line is no such result.
    """
    results = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        try:
            result = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"Line {number} of {os.fspath(path)!r} is no JSON: {error}.") from error
        if not isinstance(result, dict) or not {*ABOUT, *SUMMARY} <= result.keys():
            raise ValueError(f"Line {number} of {os.fspath(path)!r} is no result of an evaluation.")
        results.append(result)
    return results


def results_table(results: Iterable[Mapping[str, Any]]) -> str:
    """Results as a Markdown table, a row each."""
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
