"""Lesions: errors of a trained network after deleting or shuffling blocks (Veit et al. 2016, sec. 4).

Veit, Wilber, Belongie 2016, "Residual Networks Behave Like Ensembles of Relatively Shallow Networks", arXiv 1605.06431.
"""

import itertools
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from keras_resnets import plotting
from keras_resnets._checking import Seed, checked
from keras_resnets._errors import positive_integer
from keras_resnets.analysis.inputs import some_pictures
from keras_resnets.analysis.surgery import Opened, opened
from keras_resnets.evaluation import Classifier, evaluate_classifiers
from keras_resnets.evaluation.classifier import takes_classifier
from keras_resnets.evaluation.pictures import Images, Pictures

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMED_BLOCKS = 30  # that fit under an axis


@dataclass(frozen=True)
class Lesion:
    """Test errors, in per cent, of a network damaged in several ways.

    Attributes:
        network: Name of the network.
        data: Name of the images.
        images: Number of images.
        residual: Whether the blocks have shortcuts, which remain when a block is deleted.
        error: Error of the whole network.
        blocks: Names of the blocks that can be deleted: all residual ones, or those that keep the shape of their input.
        single: Errors without one block, in the order of `blocks`.
        pairs: Errors without two blocks, by their indices in `blocks`.
        deleted: Errors of random deletions, by the number of blocks deleted.
        shuffled: Kendall's tau of a shuffled order of blocks with the trained one, 1 for the same, and the error.
    """

    network: str
    data: str
    images: int
    residual: bool
    error: float
    blocks: tuple[str, ...]
    single: tuple[float, ...]
    pairs: dict[tuple[int, int], float]
    deleted: dict[int, tuple[float, ...]]
    shuffled: tuple[tuple[float, float], ...]

    def table(self) -> str:
        """Return the errors without each block, and medians of the random deletions, as text."""
        lines = [f"{self.network} on {self.images:,} images of {self.data}: error {self.error:.2f} %"]
        lines += [
            f"without {block:15} {error:6.2f} %  {error - self.error:+6.2f}"
            for block, error in zip(self.blocks, self.single, strict=True)
        ]
        lines += [
            f"without {k:3} blocks at random: median {np.median(drawn):.2f} %, {min(drawn):.2f} to {max(drawn):.2f} %"
            for k, drawn in self.deleted.items()
        ]
        return "\n".join(lines)

    def figure(self, path: str | os.PathLike[str]) -> tuple[Path, ...]:
        """Draw errors without one, two and several blocks, and with shuffled ones, as Veit et al. 2016, Fig. 3 and 5.

        Args:
            path: A file in .png or .svg; without a suffix, both are written.
        """
        drawn = [_draw_single]
        drawn += [_draw_pairs] if self.pairs else []
        drawn += [_draw_deleted] if self.deleted else []
        drawn += [_draw_shuffled] if self.shuffled else []
        columns, rows = min(2, len(drawn)), -(-len(drawn) // 2)
        title = f"{self.network} on {self.images:,} images of {self.data}"
        figure, axes = plotting.panels(columns, rows, title=title, width=5.0 * columns, height=4.0 * rows)
        for one, draw in zip(axes, drawn, strict=False):
            draw(one, self)
        for one in axes[len(drawn) :]:
            one.remove()
        return plotting.save(figure, path)


@checked
@takes_classifier
def lesion(
    model: Classifier,
    images: Images,
    *,
    limit: int | None = None,
    pairs: bool = True,
    deletions: Iterable[int] | None = None,
    swaps: Iterable[int] = (1, 2, 4, 8, 16),
    trials: int = 10,
    seed: Seed = 0,
    batch_size: int | None = None,
) -> Lesion:
    """Measure the error of a trained network without each block, each pair, k random blocks, and with blocks shuffled.

    A deleted residual block is its shortcut alone. A block without one passes its input on, if the shapes agree (as
    Veit et al. 2016 do in a VGG). A shuffle exchanges the branches of two blocks of one shape, several times. The model
    itself is not changed.

    Args:
        model: Network of this package whose blocks have shortcuts or keep a shape, as `evaluate` takes it.
        images, batch_size: As for `evaluate`.
        limit: Number of images, spread evenly over the set; None for all.
        pairs: Whether to delete each pair too: n (n - 1) / 2 evaluations for n blocks.
        deletions: Numbers of blocks to delete at random; default up to ten numbers from 1 to all blocks but one.
        swaps: Numbers of exchanges per shuffle; none are made if no two blocks have the same shape.
        trials: Random draws for each number.
        seed: Seed of the draws.

    Raises:
        FloatingPointError: If the outputs of the network, whole or damaged, are not finite.
        TypeError: If `model` is not a Keras model.
        ValueError: If no block can be deleted, a number of deletions or swaps is out of range, or the images do not fit
            the network.
    """
    positive_integer("trials", trials)
    exchanges = tuple(positive_integer("a number of swaps", count) for count in swaps)
    subject = opened(model.model)
    n = len(subject.switches)
    counts = _spread(n) if deletions is None else _counts(deletions, n, subject.model.name)
    damaged = _Damaged(subject, replace(model, model=subject.model), some_pictures(images, limit), batch_size)
    draw = np.random.default_rng(seed)
    return Lesion(
        network=subject.model.name,
        data=damaged.pictures.name,
        images=len(damaged.pictures),
        residual=subject.residual,
        error=damaged.without(),
        blocks=tuple(subject.switches),
        single=tuple(damaged.without(number) for number in range(n)),
        pairs={pair: damaged.without(*pair) for pair in itertools.combinations(range(n), 2)} if pairs else {},
        deleted={
            k: tuple(damaged.without(*draw.choice(n, k, replace=False).tolist()) for _ in range(trials)) for k in counts
        },
        shuffled=tuple(damaged.shuffled(order) for order in _orders(subject, exchanges, trials, draw)),
    )


@dataclass(frozen=True)
class _Damaged:
    """A network whose blocks can be deleted and shuffled, and the images that its errors are measured on.

    Attributes:
        subject: Copy of the network with a switch at each block.
        classifier: The copy with the preprocessing of the network.
        pictures: Images and labels.
        batch_size: Images per forward pass, as for `evaluate`.
    """

    subject: Opened
    classifier: Classifier
    pictures: Pictures
    batch_size: int | None

    def without(self, *deleted: int) -> float:
        """Return the error in per cent without some blocks, given by their indices.

        Raises:
            FloatingPointError: If the outputs are not finite; the message names the blocks.
        """
        for number, points in enumerate(self.subject.switches.values()):
            points.open.assign(float(number not in deleted))
        try:
            found = evaluate_classifiers([self.classifier], self.pictures, batch_size=self.batch_size, progress=False)
            return found.top1_error
        except FloatingPointError as fault:
            blocks = list(self.subject.switches)
            damage = f"Without {', '.join(blocks[number] for number in deleted)}: " if deleted else ""
            raise FloatingPointError(f"{damage}{fault}") from None

    def shuffled(self, order: Sequence[int]) -> tuple[float, float]:
        """Return Kendall's tau of an order of the blocks, and the error in per cent with the branches in that order."""
        _reorder(self.subject, order)
        error = self.without()
        _reorder(self.subject, [order.index(number) for number in range(len(order))])
        return kendall_tau(order), error


def _counts(deletions: Iterable[int], blocks: int, network: str) -> tuple[int, ...]:
    """Return the numbers of blocks to delete, each from 1 to `blocks`."""
    counts = tuple(positive_integer("a number of deletions", count) for count in deletions)
    for count in counts:
        if count > blocks:
            raise ValueError(f"Cannot delete {count} blocks: {network!r} has {blocks}.")
    return counts


def _spread(blocks: int) -> tuple[int, ...]:
    """Return up to ten numbers from 1 to `blocks` - 1, spread evenly."""
    return tuple(sorted({round(k) for k in np.linspace(1, max(1, blocks - 1), min(10, blocks))}))


def _orders(subject: Opened, swaps: Sequence[int], trials: int, draw: np.random.Generator) -> list[list[int]]:
    """Return orders of the blocks, each made by exchanges of two of the same shape: whose branch is in which place."""
    alike: dict[tuple, list[int]] = {}
    for number, block in enumerate(subject.switches):
        alike.setdefault(_form(subject, block), []).append(number)
    exchanges = [pair for group in alike.values() for pair in itertools.combinations(group, 2)]
    orders = []
    for count in swaps if exchanges else ():
        for _ in range(trials):
            order = list(range(len(subject.switches)))
            for chosen in draw.integers(len(exchanges), size=count):
                one, other = exchanges[chosen]
                order[one], order[other] = order[other], order[one]
            orders.append(order)
    return orders


def _form(subject: Opened, block: str) -> tuple:
    """Return a description that is equal for blocks that can exchange their weights."""
    return tuple(
        (name, getattr(layer, "strides", None), tuple(tuple(weight.shape) for weight in layer.weights))
        for name, layer in sorted(subject.layers[block].items())
    )


def _reorder(subject: Opened, order: Sequence[int]) -> None:
    """Give each block the weights of the block that `order` puts in its place."""
    blocks = list(subject.switches)
    moved = {block: blocks[source] for block, source in zip(blocks, order, strict=True) if block != blocks[source]}
    weights = {
        block: {name: layer.get_weights() for name, layer in subject.layers[block].items()} for block in moved.values()
    }
    for block, source in moved.items():
        for name, layer in subject.layers[block].items():
            layer.set_weights(weights[source][name])


def kendall_tau(order: Sequence[int]) -> float:
    """Return Kendall's tau (1938) of an order of 0, 1, 2, ... with the ascending one: -1 (reversed) to 1."""
    n = len(order)
    if n < 2:
        return 1.0
    discordant = sum(a > b for a, b in itertools.combinations(order, 2))
    return 1 - 4 * discordant / (n * (n - 1))


def _draw_single(axes: "Axes", found: Lesion) -> None:
    numbers = np.arange(len(found.blocks))
    axes.bar(numbers, found.single, color=plotting.COLORS[6], edgecolor=plotting.COLORS[0], linewidth=0.5)
    _draw_whole(axes, found)
    axes.set_xticks(*_ticks(found), rotation=90, fontsize="small")
    axes.set(xlabel="deleted block (stage.block)", ylabel="test error (%)", ylim=(0, 100))
    axes.legend()


def _draw_pairs(axes: "Axes", found: Lesion) -> None:
    n = len(found.blocks)
    errors = np.full((n, n), np.nan)
    np.fill_diagonal(errors, found.single)
    for (one, other), error in found.pairs.items():
        errors[one, other] = errors[other, one] = error
    axes.grid(False)
    picture = axes.imshow(errors, cmap="cividis", vmin=0, vmax=100, origin="lower")
    axes.figure.colorbar(picture, ax=axes, label="test error (%)", shrink=0.8)
    axes.set_xticks(*_ticks(found), rotation=90, fontsize="small")
    axes.set_yticks(*_ticks(found), fontsize="small")
    axes.set(xlabel="deleted block (stage.block)", ylabel="other deleted block")
    axes.set_title("pairs (diagonal: the block alone)", fontsize="medium")


def _ticks(found: Lesion) -> tuple[range, list[str]]:
    """Return numbers of blocks, from 0, and their names, such as "1.1", as many as fit an axis."""
    step = -(-len(found.blocks) // NAMED_BLOCKS)
    names = [block.replace("stage", "").replace("_block", ".") for block in found.blocks]
    return range(0, len(names), step), names[::step]


def _draw_deleted(axes: "Axes", found: Lesion) -> None:
    axes.boxplot(list(found.deleted.values()), positions=list(found.deleted), widths=0.6, manage_ticks=False)
    _draw_whole(axes, found)
    axes.set_xticks(list(found.deleted))
    axes.set(xlabel="blocks deleted at random", ylabel="test error (%)", ylim=(0, 100))
    axes.legend()


def _draw_shuffled(axes: "Axes", found: Lesion) -> None:
    taus, errors = zip(*found.shuffled, strict=True)
    axes.plot(taus, errors, "o", color=plotting.COLORS[1], markersize=4, markerfacecolor="none")
    _draw_whole(axes, found)
    axes.set(xlabel="Kendall's tau of the blocks' order", ylabel="test error (%)", ylim=(0, 100))
    axes.invert_xaxis()
    axes.legend()


def _draw_whole(axes: "Axes", found: Lesion) -> None:
    axes.axhline(found.error, color=plotting.COLORS[2], linestyle="--", label=f"whole network, {found.error:.1f} %")
