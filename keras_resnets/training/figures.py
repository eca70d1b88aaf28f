"""The figure that ends a training, and how every figure of the package looks and is written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_resnets._errors import unknown
from keras_resnets._files import replacing
from keras_resnets.runs import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

THIN, BOLD = 1.0, 2.5  # training and test, as He et al. 2015 draw them
FORMATS = (".png", ".svg")
# Okabe & Ito 2008: told apart by the colour-blind, and darker to lighter in grayscale.
COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
STYLES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "h", "*")


def draw_errors(run: Run, title: str) -> None:
    """Write errors.png: training (thin) and test error (bold) against iterations, as He et al. 2015, Fig. 4 and 6."""
    rows = run.read_metrics()
    if rows and run.writes:
        save_errors(rows, title, run.figure)


def save_errors(rows: list[dict[str, float]], title: str, path: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write the errors of one run, the rows of its metrics.csv, as PNG or SVG; see `save`."""
    figure, (axes,) = panels(title=title)
    draw_curves(axes, rows, "{split}, {last:.2f} % at the end")
    axes.set_xlim(0, rows[-1]["iteration"])
    axes.set_ylim(bottom=0)
    axes.legend()
    return save(figure, path)


def draw_curves(axes: Axes, rows: list[dict[str, float]], label: str, **style: Any) -> None:
    """Draw a run's training error thin and its test error bold; the label may hold {split} and {last}, in per cent."""
    iterations = [row["iteration"] for row in rows]
    for name, width, split in (("train_error", THIN, "training"), ("test_error", BOLD, "test")):
        errors = [row[name] for row in rows]
        told = label.format(split=split, last=errors[-1])
        axes.plot(iterations, errors, linewidth=width, label=told, **{"color": COLOURS[1], **style})
    axes.set(xlabel="iteration", ylabel="error (%)")


def panels(
    columns: int = 1, rows: int = 1, *, title: str = "", width: float = 7.0, height: float = 4.5, **options: Any
) -> tuple[Figure, list[Axes]]:
    """A figure and its panels, row by row, each with a grid; `options` are those of `Figure.subplots`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = list(figure.subplots(rows, columns, squeeze=False, **options).flat)
    for one in axes:
        one.grid(alpha=0.3)
    if title:
        figure.suptitle(title)
    return figure, axes


def save(figure: Figure, path: str | os.PathLike[str], *, dpi: int = 150) -> tuple[Path, ...]:
    """Write a figure as PNG or SVG, by the ending of `path`; without an ending as both.

    What is drawn and written again in the same way gives the same bytes.

    Raises:
        ValueError: for another ending.
    """
    from matplotlib import rc_context

    path = Path(path)
    if path.suffix not in ("", *FORMATS):
        raise ValueError(unknown("format of a figure", path.suffix, FORMATS))
    path.parent.mkdir(parents=True, exist_ok=True)
    written = tuple(path.with_suffix(suffix) for suffix in ([path.suffix] if path.suffix else FORMATS))
    for file in written:
        metadata = {"Date": None} if file.suffix == ".svg" else None
        with rc_context({"svg.hashsalt": "keras_resnets"}), replacing(file) as temporary:
            figure.savefig(temporary, dpi=dpi, metadata=metadata)
    return written
