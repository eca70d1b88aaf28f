"""Style of the package's figures, and how they are written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_resnets._errors import unknown
from keras_resnets._files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

THIN, BOLD = 1.0, 2.5  # line widths of training and test, as He et al. 2015 draw them
FORMATS = (".png", ".svg")
# Okabe & Ito 2008: distinct to the colour-blind, and darker to lighter in grayscale.
COLORS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
STYLES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "h", "*")


def panels(
    columns: int = 1, rows: int = 1, *, title: str = "", width: float = 7.0, height: float = 4.5, **options: Any
) -> tuple[Figure, list[Axes]]:
    """Make a figure and its panels, row by row, each with a grid.

    Args:
        columns, rows: Number of panels across and down.
        title: Title of the figure.
        width, height: Size of the figure in inches.
        options: Options of `Figure.subplots`, such as sharey.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = list(figure.subplots(rows, columns, squeeze=False, **options).flat)
    for one in axes:
        one.grid(alpha=0.3)
    if title:
        figure.suptitle(plain(title))
    return figure, axes


def plain(text: str) -> str:
    """Return text that matplotlib draws as it is: dollar signs would begin and end a formula."""
    return text.replace("$", r"\$")


def line_style(number: int) -> dict[str, str]:
    """Return color and dashes of the curve `number`, from 0; both repeat."""
    return {"color": COLORS[number % len(COLORS)], "linestyle": STYLES[number % len(STYLES)]}


def formats_of(path: Path) -> tuple[str, ...]:
    """Return the suffixes of the files that `save` writes for a path.

    Raises:
        ValueError: For a suffix other than those of `FORMATS`.
    """
    if path.suffix not in ("", *FORMATS):
        raise ValueError(unknown("format of a figure", path.suffix, FORMATS))
    return (path.suffix,) if path.suffix else FORMATS


def save(figure: Figure, path: str | os.PathLike[str], *, dpi: int = 150) -> tuple[Path, ...]:
    """Write a figure as PNG or SVG, by the suffix of `path`; as both if it has none.

    The same figure gives the same bytes each time.

    Returns:
        The files written.

    Raises:
        ValueError: For another suffix.
    """
    from matplotlib import rc_context

    path = Path(path)
    written = tuple(path.with_suffix(suffix) for suffix in formats_of(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    for file in written:
        metadata = {"Date": None} if file.suffix == ".svg" else None
        with rc_context({"svg.hashsalt": "keras_resnets"}), replacing(file) as temporary:
            figure.savefig(temporary, dpi=dpi, metadata=metadata)
    return written


def label_points(axes: Axes, points: Sequence[tuple[str, float, float]]) -> None:
    """Write names beside points without overlap: as near as there is room, joined by a line from further off.

    Args:
        axes: The panel; its layout is fixed by this call.
        points: (name, x, y) of each point.
    """
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

    canvas = FigureCanvasAgg(axes.get_figure(root=True))
    canvas.draw()  # fixes the layout, which says where points are
    renderer, frame = canvas.get_renderer(), axes.bbox
    spots = axes.transData.transform([(x, y) for _, x, y in points])
    taken = [Bbox.from_bounds(left - 6, bottom - 6, 12, 12) for left, bottom in spots]
    angles = np.radians([0, 180, 45, 135, 315, 225, 90, 270, 20, 160, 340, 200])
    away = [(far * np.cos(angle), far * np.sin(angle)) for far in (7, 14, 24, 36, 50, 68, 90, 115) for angle in angles]
    for name, x, y in sorted(points, key=lambda point: point[2]):
        for dx, dy in away:
            text = axes.annotate(
                plain(name),
                (x, y),
                xytext=(dx, dy),
                textcoords="offset points",
                fontsize=7,
                ha="center" if abs(dx) < 1 else "left" if dx > 0 else "right",
                va="center",
                arrowprops={"arrowstyle": "-", "linewidth": 0.4, "color": "0.4", "shrinkA": 0, "shrinkB": 0},
            )
            text.set_in_layout(False)
            text.update_positions(renderer)
            box = Text.get_window_extent(text, renderer)  # of the words alone, without the line
            fits = frame.x0 < box.x0 and box.x1 < frame.x1 and frame.y0 < box.y0 and box.y1 < frame.y1
            if (fits and not any(box.overlaps(other) for other in taken)) or (dx, dy) == away[-1]:
                taken.append(box)
                break
            text.remove()
