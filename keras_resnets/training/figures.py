"""Figures of the errors of a training."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_resnets import plotting
from keras_resnets.runs import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_errors(run: Run, title: str) -> None:
    """Write errors.png: training (thin) and test error (bold) against iterations, as He et al. 2015, Fig. 4 and 6."""
    rows = run.read_metrics()
    if rows and run.writes:
        save_errors(rows, title, run.figure)


def save_errors(rows: list[dict[str, float]], title: str, path: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write the errors of one run, the rows of its metrics.csv, as PNG or SVG; see `plotting.save`."""
    figure, (axes,) = plotting.panels(title=title)
    draw_curves(axes, rows, "{split}, {last:.2f} % at the end")
    axes.set_xlim(0, rows[-1]["iteration"])
    axes.set_ylim(bottom=0)
    axes.legend()
    return plotting.save(figure, path)


def draw_curves(axes: Axes, rows: list[dict[str, float]], label: str, **style: Any) -> None:
    """Draw a run's training error thin and its test error bold.

    Args:
        axes: The panel.
        rows: The rows of the run's metrics.csv.
        label: Label of each curve, with {split} for "training" or "test" and {last} for the last error in per cent.
        style: Options of `Axes.plot`.
    """
    iterations = [row["iteration"] for row in rows]
    marker = "o" if len(rows) == 1 else ""  # a line through one point is invisible
    for name, width, split in (("train_error", plotting.THIN, "training"), ("test_error", plotting.BOLD, "test")):
        errors = [row[name] for row in rows]
        text = plotting.plain(label.format(split=split, last=errors[-1]))
        axes.plot(
            iterations, errors, linewidth=width, label=text, **{"color": plotting.COLORS[1], "marker": marker, **style}
        )
    axes.set(xlabel="iteration", ylabel="error (%)")
