"""Every figure of the analyses, in the style of the figure that ends a training."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_resnets.training.figures import BOLD, COLOURS, MARKERS, STYLES, draw_curves, panels, save

if TYPE_CHECKING:
    from keras_resnets.analysis.comparison import Comparison
    from keras_resnets.analysis.degradation import Degradation
    from keras_resnets.analysis.lesion import Lesion
    from keras_resnets.analysis.paths import Paths
    from keras_resnets.analysis.responses import Responses

Where = str | os.PathLike[str]
NAMED_BLOCKS = 30  # that fit under an axis


def draw_degradation(found: "Degradation", path: Where) -> tuple[Path, ...]:
    """Training error thin, test error bold, a panel a family, a colour and a dash a depth (He et al. 2015, Fig. 6)."""
    families = list(dict.fromkeys(curve.family for curve in found.curves))
    figure, axes = panels(len(families), title=f"{found.dataset}, {found.recipe}", width=10, sharex=True, sharey=True)
    for one, family in zip(axes, families, strict=True):
        for number, curve in enumerate(c for c in found.curves if c.family == family):
            style = {"color": COLOURS[number % len(COLOURS)], "linestyle": STYLES[number % len(STYLES)]}
            draw_curves(one, list(curve.rows), f"{curve.network} {{split}} ({{last:.1f}} %)", **style)
        one.legend(title="thin: training, bold: test", fontsize="small")
        one.set_title(family)
        one.label_outer()
    axes[0].set_ylim(bottom=0)
    return save(figure, path)


def draw_training_on(
    curves: dict[str, list[dict[str, float]]], path: Where, title: str, levels: dict[str, float] | None = None
) -> tuple[Path, ...]:
    """Curves of several trainings, the rows of their metrics.csv, in one panel, and levels of error (%), by name."""
    figure, (axes,) = panels(title=title)
    for number, (name, rows) in enumerate(curves.items()):
        style = {"color": COLOURS[number % len(COLOURS)], "linestyle": STYLES[number % len(STYLES)]}
        draw_curves(axes, rows, f"{name}, {{split}} ({{last:.1f}} %)", **style)
    for name, error in (levels or {}).items():
        axes.axhline(error, color="0.5", linestyle=":", label=f"{name} ({error:.1f} %)")
    axes.legend(title="thin: training, bold: test", fontsize="small")
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    return save(figure, path)


def draw_lesion(found: "Lesion", path: Where) -> tuple[Path, ...]:
    """Panels of one block, pairs, several and shuffled blocks, as far as they were measured."""
    drawn = [_single]
    drawn += [_pairs] if found.pairs else []
    drawn += [_deleted] if found.deleted else []
    drawn += [_shuffled] if found.shuffled else []
    title = f"{found.network} on {found.images:,} images of {found.data}"
    rows = -(-len(drawn) // 2)
    figure, axes = panels(min(2, len(drawn)), rows, title=title, width=5.0 * min(2, len(drawn)), height=4.0 * rows)
    for one, draw in zip(axes, drawn, strict=False):
        draw(found, one)
    for one in axes[len(drawn) :]:
        one.remove()
    return save(figure, path)


def _single(found, axes):
    numbers = np.arange(len(found.blocks))
    axes.bar(numbers, found.single, color=COLOURS[6], edgecolor=COLOURS[0], linewidth=0.5)
    _whole(found, axes)
    axes.set_xticks(*_places(found), rotation=90, fontsize="small")
    axes.set(xlabel="deleted block (stage.block)", ylabel="test error (%)", ylim=(0, 100))
    axes.legend()


def _pairs(found, axes):
    n = len(found.blocks)
    errors = np.full((n, n), np.nan)
    np.fill_diagonal(errors, found.single)
    for (one, other), error in found.pairs.items():
        errors[one, other] = errors[other, one] = error
    axes.grid(False)
    picture = axes.imshow(errors, cmap="cividis", vmin=0, vmax=100, origin="lower")
    axes.figure.colorbar(picture, ax=axes, label="test error (%)", shrink=0.8)
    axes.set_xticks(*_places(found), rotation=90, fontsize="small")
    axes.set_yticks(*_places(found), fontsize="small")
    axes.set(xlabel="deleted block (stage.block)", ylabel="other deleted block")
    axes.set_title("pairs (diagonal: the block alone)", fontsize="medium")


def _places(found):
    """Numbers of blocks, from 0, and their names "1.1", as many as have room."""
    step = -(-len(found.blocks) // NAMED_BLOCKS)
    names = [block.replace("stage", "").replace("_block", ".") for block in found.blocks]
    return range(0, len(names), step), names[::step]


def _deleted(found, axes):
    axes.boxplot(list(found.deleted.values()), positions=list(found.deleted), widths=0.6, manage_ticks=False)
    _whole(found, axes)
    axes.set_xticks(list(found.deleted))
    axes.set(xlabel="blocks deleted at random", ylabel="test error (%)", ylim=(0, 100))
    axes.legend()


def _shuffled(found, axes):
    taus, errors = zip(*found.shuffled, strict=True)
    axes.plot(taus, errors, "o", color=COLOURS[1], markersize=4, markerfacecolor="none")
    _whole(found, axes)
    axes.set(xlabel="Kendall's tau of the blocks' order", ylabel="test error (%)", ylim=(0, 100))
    axes.invert_xaxis()
    axes.legend()


def _whole(found, axes):
    axes.axhline(found.error, color=COLOURS[2], linestyle="--", label=f"whole network, {found.error:.1f} %")


def draw_paths(found: "Paths", path: Where) -> tuple[Path, ...]:
    """The number of paths, the gradient of one, and both together, by length (Veit et al. 2016, Fig. 6)."""
    low, high = found.effective()
    title = f"{found.network}, {found.images} images of {found.data}: 95 % of the gradient in paths of {low} to {high}"
    figure, axes = panels(3, title=title, width=13, sharex=True)
    lengths = np.array(found.lengths)
    axes[0].bar(lengths, 100 * np.array(found.shares), color=COLOURS[6], edgecolor=COLOURS[0], linewidth=0.5)
    axes[0].set(ylabel="paths of that length (%)", title="how many")
    for length, drawn in zip(lengths, found.gradients, strict=True):
        axes[1].plot([length] * len(drawn), np.maximum(drawn, np.finfo(float).tiny), ".", color="0.6", markersize=3)
    axes[1].plot(lengths, found.single, color=COLOURS[1], linewidth=BOLD, label="mean of the paths drawn")
    axes[1].set(yscale="log", ylabel="norm of the gradient at the image", title="gradient of one path")
    axes[1].legend()
    axes[2].bar(lengths, 100 * np.array(found.contributions), color=COLOURS[6], edgecolor=COLOURS[0], linewidth=0.5)
    axes[2].axvspan(low - 0.5, high + 0.5, color=COLOURS[5], alpha=0.25, label="95 %")
    axes[2].set(ylabel="share of the gradient (%)", title="both together")
    axes[2].legend()
    for one in axes:
        one.set_xlabel("path length (blocks)")
    return save(figure, path)


def draw_responses(several: "Sequence[Responses]", path: Where) -> tuple[Path, ...]:
    """By layer in the network's order, and sorted by magnitude (He et al. 2015, Fig. 7)."""
    from matplotlib.ticker import MaxNLocator

    title = f"Standard deviations of layer responses, {several[0].images} images of {several[0].data}"
    figure, (ordered, ranked) = panels(2, title=title, width=10, sharey=True)
    for number, found in enumerate(several):
        style: dict[str, Any] = {
            "color": COLOURS[number % len(COLOURS)],
            "linestyle": STYLES[number % len(STYLES)],
            "marker": MARKERS[number % len(MARKERS)],
            "markersize": 3,
            "label": found.network,
        }
        layers = range(1, len(found.layers) + 1)
        ordered.plot(layers, found.deviations, **style)
        ranked.plot(layers, sorted(found.deviations, reverse=True), **style)
    ordered.set(xlabel="layer", ylabel="standard deviation", title="in the network's order")
    ranked.set(xlabel="layer, by magnitude", title="sorted")
    ordered.set_ylim(bottom=0)
    ordered.legend()
    for one in (ordered, ranked):
        one.xaxis.set_major_locator(MaxNLocator(integer=True))
    return save(figure, path)


def draw_comparison(found: "Comparison", path: Where) -> tuple[Path, ...]:
    """Accuracy against operations, parameters as the area; a colour and a marker a family."""
    figure, (axes,) = panels(title=f"{found.dataset}: {found.protocol}", width=10, height=6.5)
    families = list(dict.fromkeys(point.family for point in found.points))
    largest = max(point.parameters for point in found.points)
    for number, family in enumerate(families):
        members = [point for point in found.points if point.family == family]
        where = ([p.multiply_accumulates / 1e9 for p in members], [100 - p.error for p in members])
        colour, marker = COLOURS[1 + number % (len(COLOURS) - 1)], MARKERS[number % len(MARKERS)]
        sizes = [1500 * p.parameters / largest for p in members]
        axes.scatter(*where, s=sizes, color=colour, edgecolors="black", linewidths=0.5, alpha=0.4)
        axes.scatter(*where, s=22, marker=marker, color=colour, edgecolors="black", linewidths=0.6, label=family)
    axes.set(xscale="log", xlabel="multiply-accumulates an image (billions)", ylabel="top-1 accuracy (%)")
    title = f"area: parameters,\nlargest {largest / 1e6:.1f} million"
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), title=title, fontsize="small")
    label(axes, [(point.name, point.multiply_accumulates / 1e9, 100 - point.error) for point in found.points])
    return save(figure, path)


def label(axes, points: Sequence[tuple[str, float, float]]) -> None:
    """Name points (name, x, y) where no other name stands: as near as there is room, with a line from further off."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

    canvas = FigureCanvasAgg(axes.figure)
    canvas.draw()  # fixes the layout, which says where points are
    renderer, frame = canvas.get_renderer(), axes.bbox
    spots = axes.transData.transform([(x, y) for _, x, y in points])
    taken = [Bbox.from_bounds(left - 6, bottom - 6, 12, 12) for left, bottom in spots]
    angles = np.radians([0, 180, 45, 135, 315, 225, 90, 270, 20, 160, 340, 200])
    away = [(far * np.cos(angle), far * np.sin(angle)) for far in (7, 14, 24, 36, 50, 68, 90, 115) for angle in angles]
    for name, x, y in sorted(points, key=lambda point: point[2]):
        for dx, dy in away:
            text = axes.annotate(
                name,
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
