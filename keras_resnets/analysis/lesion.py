"""What is left of a trained network without some of its blocks, or with blocks out of order (Veit et al. 2016, sec. 4).

Veit, Wilber, Belongie 2016, "Residual Networks Behave Like Ensembles of Relatively Shallow Networks", arXiv 1605.06431.
"""

import itertools
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from keras_resnets._errors import positive_integer
from keras_resnets.analysis.inputs import some_pictures
from keras_resnets.analysis.surgery import Opened, opened
from keras_resnets.evaluation import Classifier, judge
from keras_resnets.evaluation.classifier import takes_classifier


@dataclass(frozen=True)
class Lesion:
    """Test errors, in per cent, of a network that was damaged in one way after the other.

    Attributes:
        network: its name.
        data: the name of the images, `images` of them.
        images: how many.
        residual: whether its blocks have shortcuts, which stay when a block goes.
        error: of the whole network.
        blocks: that can be deleted: all residual ones, or those that keep the shape of their input.
        single: without one block, in the order of `blocks`.
        pairs: without two, by their numbers in `blocks`, counted from 0.
        deleted: without so many blocks, drawn at random, the error of each draw.
        shuffled: with blocks of one shape in another order: Kendall's tau of the order with the trained one, 1 for the
            same, and the error.
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
        """The error without each block, and the medians of the random deletions, as text."""
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
        """Draw it as Veit et al. 2016, Fig. 3 and 5; PNG or SVG by the ending of `path`, without one both."""
        from keras_resnets.analysis.figures import draw_lesion

        return draw_lesion(self, path)


@takes_classifier
def lesion(
    model: Classifier,
    images: Any,
    *,
    limit: int | None = None,
    pairs: bool = True,
    deletions: Iterable[int] | None = None,
    swaps: Iterable[int] = (1, 2, 4, 8, 16),
    trials: int = 10,
    seed: int = 0,
    batch_size: int | None = None,
) -> Lesion:
    """Judge a trained network without each block, each pair, k at random, and with blocks in another order.

    A deleted residual block is its shortcut alone, a projection where it has one. The layers of a plain network have
    none: there a block is deleted by passing its input on, where the shapes agree (Veit et al. 2016 do so to a VGG).
    A shuffle exchanges the branches of two blocks of one shape, so many times. The model itself is left as it is.

    Args:
        model: Any network of this package whose blocks have shortcuts or keep a shape, as `evaluate` takes it.
        images, batch_size: as for `evaluate`.
        limit: judge by so many of the images, spread evenly; None for all.
        pairs: whether each pair is deleted too: n (n - 1) / 2 evaluations for n blocks.
        deletions: numbers of blocks to delete at random; by default up to ten numbers from 1 to all blocks but one.
        swaps: numbers of exchanges; none where no two blocks are alike.
        trials: draws for each number.
        seed: of the draws.

    Raises:
        FloatingPointError: if the network's outputs, whole or damaged, are not finite.
        TypeError: if it is no Keras model.
        ValueError: if no block of it can be deleted, a number of deletions or swaps is none, or images do not fit the
            network.
    """
    positive_integer("trials", trials)
    network = model
    subject = opened(network.model)
    blocks = tuple(subject.switches)
    numbers = range(len(blocks))
    counts = _spread(len(blocks)) if deletions is None else tuple(deletions)
    exchanges = tuple(positive_integer("a number of swaps", count) for count in swaps)
    for k in counts:
        if not 1 <= positive_integer("a number of deletions", k) <= len(blocks):
            raise ValueError(f"{k} blocks cannot be deleted of the {len(blocks)} that {subject.model.name!r} has.")
    damaged = replace(network, model=subject.model)
    pictures = some_pictures(images, limit)
    draw = np.random.default_rng(seed)

    def error() -> float:
        return judge([damaged], pictures, batch_size=batch_size, progress=False).top1_error

    def without(chosen: Sequence[int]) -> float:
        for number, block in enumerate(blocks):
            subject.switches[block].open.assign(0.0 if number in chosen else 1.0)
        try:
            return error()
        except FloatingPointError as fault:
            damage = f"Without {', '.join(blocks[number] for number in chosen)}: " if chosen else ""
            raise FloatingPointError(f"{damage}{fault}") from None

    whole = without([])
    single = tuple(without([number]) for number in numbers)
    both = {pair: without(pair) for pair in itertools.combinations(numbers, 2)} if pairs else {}
    at_random = {
        k: tuple(without(draw.choice(len(blocks), k, replace=False).tolist()) for _ in range(trials)) for k in counts
    }
    without([])
    shuffled = []
    for order in _orders(subject, exchanges, trials, draw):
        _reorder(subject, order)
        shuffled.append((kendall_tau(order), error()))
        _reorder(subject, [order.index(number) for number in numbers])
    return Lesion(
        network=subject.model.name,
        data=pictures.name,
        images=len(pictures),
        residual=subject.residual,
        error=whole,
        blocks=blocks,
        single=single,
        pairs=both,
        deleted=at_random,
        shuffled=tuple(shuffled),
    )


def _spread(blocks: int) -> tuple[int, ...]:
    """Up to ten numbers from 1 to `blocks` - 1."""
    return tuple(sorted({round(k) for k in np.linspace(1, max(1, blocks - 1), min(10, blocks))}))


def _orders(subject: Opened, swaps: Sequence[int], trials: int, draw: np.random.Generator) -> list[list[int]]:
    """Orders of the blocks, each made by some exchanges of two that are alike: whose branch stands where."""
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
    """Equal for blocks that can carry each other's weights and then compute what the other did."""
    return tuple(
        (name, getattr(layer, "strides", None), tuple(tuple(weight.shape) for weight in layer.weights))
        for name, layer in sorted(subject.layers[block].items())
    )


def _reorder(subject: Opened, order: Sequence[int]) -> None:
    """Give each block the weights of the block that `order` has in its place."""
    blocks = list(subject.switches)
    moved = {block: blocks[source] for block, source in zip(blocks, order, strict=True) if block != blocks[source]}
    weights = {
        block: {name: layer.get_weights() for name, layer in subject.layers[block].items()} for block in moved.values()
    }
    for block, source in moved.items():
        for name, layer in subject.layers[block].items():
            layer.set_weights(weights[source][name])


def kendall_tau(order: Sequence[int]) -> float:
    """Of an order of 0, 1, 2, ... with the ascending one: 1 for the same, -1 for the reverse (Kendall 1938)."""
    n = len(order)
    if n < 2:
        return 1.0
    discordant = sum(a > b for a, b in itertools.combinations(order, 2))
    return 1 - 4 * discordant / (n * (n - 1))
