"""Paths: a residual network as an ensemble of its paths (Veit et al. 2016, arXiv 1605.06431, sec. 3 and 5).

n blocks, each with a shortcut and a branch, make 2^n paths; a path's length is the number of branches on it.
"""

import math
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import ops

from keras_resnets import plotting
from keras_resnets._checking import Seed, checked
from keras_resnets._errors import fraction, positive_integer
from keras_resnets._finite import finite, refuse_outputs
from keras_resnets.analysis.gradients import gradients
from keras_resnets.analysis.inputs import read_by, some_pictures
from keras_resnets.analysis.surgery import Opened, Points, opened, require_residual
from keras_resnets.evaluation import Classifier
from keras_resnets.evaluation.classifier import takes_classifier
from keras_resnets.evaluation.metrics import gives_probabilities
from keras_resnets.evaluation.pictures import Images


@dataclass(frozen=True)
class Paths:
    """Gradients of the paths of a residual network, by path length.

    Attributes:
        network: Name of the network.
        data: Name of the images.
        images: Number of images.
        blocks: n, the number of residual blocks.
        lengths: Path lengths that were sampled, ascending, from 0 to n.
        gradients: For each length and each path drawn, the norm of the loss's gradient at the image through that path,
            the mean over the images.
    """

    network: str
    data: str
    images: int
    blocks: int
    lengths: tuple[int, ...]
    gradients: tuple[tuple[float, ...], ...]

    @property
    def shares(self) -> tuple[float, ...]:
        """Shares of the paths of each length among all 2^n: C(n, k) / 2^n."""
        return tuple(math.comb(self.blocks, k) / 2**self.blocks for k in self.lengths)

    @property
    def single(self) -> tuple[float, ...]:
        """Gradient of one path of each length, the mean of those drawn."""
        return tuple(float(np.mean(drawn)) for drawn in self.gradients)

    @property
    def contributions(self) -> tuple[float, ...]:
        """Shares of the paths of each length in the gradient: number times gradient of one path, scaled to sum 1."""
        total = [share * gradient for share, gradient in zip(self.shares, self.single, strict=True)]
        return tuple(value / sum(total) for value in total)

    def effective(self, share: float = 0.95) -> tuple[int, int]:
        """Return the shortest range of lengths, first and last, that contributes at least `share` of the gradient.

        Raises:
            ValueError: If the share is not in [0, 1).
        """
        fraction("share", share)
        reached = np.concatenate([[0.0], np.cumsum(self.contributions)])
        spans = [
            (j - i, i, j - 1)
            for i in range(len(self.lengths))
            for j in range(i + 1, len(self.lengths) + 1)
            if reached[j] - reached[i] >= share
        ]
        _, first, last = min(spans)
        return self.lengths[first], self.lengths[last]

    def table(self) -> str:
        """Return number and gradient of the paths as text, a line per length."""
        low, high = self.effective()
        lines = [
            f"{self.network}: {self.blocks} blocks, 2^{self.blocks} paths; {self.images} images of {self.data}",
            f"95 % of the gradient comes from paths of {low} to {high} blocks.",
            f"{'length':>6}  {'paths':>8}  {'gradient of one':>15}  {'of all gradient':>15}",
        ]
        rows = zip(self.lengths, self.shares, self.single, self.contributions, strict=True)
        lines += [f"{k:>6}  {share:>8.2%}  {one:>15.3e}  {total:>15.2%}" for k, share, one, total in rows]
        return "\n".join(lines)

    def figure(self, path: str | os.PathLike[str]) -> tuple[Path, ...]:
        """Draw number, gradient and share of the gradient of paths by length, as Veit et al. 2016, Fig. 6.

        Args:
            path: A file in .png or .svg; without a suffix, both are written.
        """
        low, high = self.effective()
        title = f"{self.network}, {self.images} images of {self.data}: 95 % of the gradient in paths of {low} to {high}"
        figure, axes = plotting.panels(3, title=title, width=13, sharex=True)
        lengths = np.array(self.lengths)
        axes[0].bar(
            lengths, 100 * np.array(self.shares), color=plotting.COLORS[6], edgecolor=plotting.COLORS[0], linewidth=0.5
        )
        axes[0].set(ylabel="paths of that length (%)", title="number")
        for length, drawn in zip(lengths, self.gradients, strict=True):
            axes[1].plot([length] * len(drawn), np.maximum(drawn, np.finfo(float).tiny), ".", color="0.6", markersize=3)
        axes[1].plot(
            lengths, self.single, color=plotting.COLORS[1], linewidth=plotting.BOLD, label="mean of the paths drawn"
        )
        axes[1].set(yscale="log", ylabel="norm of the gradient at the image", title="gradient of one path")
        axes[1].legend()
        axes[2].bar(
            lengths,
            100 * np.array(self.contributions),
            color=plotting.COLORS[6],
            edgecolor=plotting.COLORS[0],
            linewidth=0.5,
        )
        axes[2].axvspan(low - 0.5, high + 0.5, color=plotting.COLORS[5], alpha=0.25, label="95 %")
        axes[2].set(ylabel="share of the gradient (%)", title="total gradient")
        axes[2].legend()
        for one in axes:
            one.set_xlabel("path length (blocks)")
        return plotting.save(figure, path)


@checked
@takes_classifier
def paths(
    model: Classifier,
    images: Images,
    *,
    limit: int | None = 32,
    lengths: Iterable[int] | None = None,
    trials: int = 30,
    seed: Seed = 0,
) -> Paths:
    """Sample the gradients at the image through single paths of each length.

    Images go forward through the whole network, in test mode. Backward, the gradient of the cross-entropy goes through
    the branches of k blocks drawn at random, and through the shortcuts of all others: one path of length k. The
    gradients of all 2^n paths sum to the network's.

    Args:
        model: Residual network of this package, as `evaluate` takes it.
        images: As for `evaluate`.
        limit: Number of images, spread evenly over the set, that make one batch; None for all.
        lengths: Path lengths to sample, default 0 to n; shares and effective lengths are then among these alone.
        trials: Number of paths drawn for each length.
        seed: Seed of the draws.

    Raises:
        FloatingPointError: If the network's outputs, or the gradients of a path, are not finite.
        TypeError: If `model` is not a Keras model.
        ValueError: If it has no residual blocks, a length is out of range, or a label is not one of its classes.
    """
    positive_integer("trials", trials)
    require_residual(model.model, "it has a single path, through every layer")
    pictures = some_pictures(images, limit)
    pictures.refuse_labels(model.classes, model.name)
    inputs = read_by(model, pictures)
    subject = opened(model.model, Points)
    chosen = _lengths(lengths, len(subject.switches), model.name)
    refuse_outputs(model.model, model.model.predict_on_batch(inputs))
    gradient = input_gradient(subject.model)
    draw = np.random.default_rng(seed)
    return Paths(
        network=model.name,
        data=pictures.name,
        images=len(inputs),
        blocks=len(subject.switches),
        lengths=chosen,
        gradients=tuple(
            tuple(_gradient_of_path(subject, length, draw, gradient, inputs, pictures.labels) for _ in range(trials))
            for length in chosen
        ),
    )


def _lengths(lengths: Iterable[int] | None, blocks: int, network: str) -> tuple[int, ...]:
    """Return path lengths in ascending order, by default all from 0 to `blocks`."""
    chosen = tuple(range(blocks + 1)) if lengths is None else tuple(sorted(set(lengths)))
    if not chosen or not set(chosen) <= set(range(blocks + 1)):
        raise ValueError(f"Paths of {network!r} are 0 to {blocks} blocks long, not {list(chosen)}.")
    return chosen


def _gradient_of_path(
    subject: Opened,
    length: int,
    draw: np.random.Generator,
    gradient: Callable[[np.ndarray, np.ndarray], np.ndarray],
    inputs: np.ndarray,
    labels: np.ndarray,
) -> float:
    """Draw a path of a length, and return the mean norm of the gradients at the images through it alone."""
    lead(subject, draw.choice(len(subject.switches), length, replace=False).tolist())
    by_image = gradient(inputs, labels).reshape(len(inputs), -1)
    if not finite(by_image):
        raise FloatingPointError(
            f"The gradients of paths of {length} blocks through {subject.model.name!r} are not finite, though its "
            "outputs are."
        )
    return float(np.linalg.norm(by_image, axis=1).mean())


def lead(subject: Opened, branches: Iterable[int]) -> None:
    """Send gradients through the branches of these blocks, by index, and through the shortcuts of all others."""
    through = set(branches)
    for number, points in enumerate(subject.switches.values()):
        points.into_branch.assign(float(number in through))


def input_gradient(model: keras.Model) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Compile a function from images and labels to each image's gradient of its cross-entropy, float32 [n, h, w, c].

    Raises:
        NotImplementedError: On a backend other than TensorFlow and JAX.
    """
    from_logits = not gives_probabilities(model)

    def loss(images, labels, watch):
        outputs = model(watch(images), training=False)
        entropies = keras.losses.sparse_categorical_crossentropy(labels, outputs, from_logits=from_logits)
        return ops.sum(entropies), outputs

    compiled = gradients(model, loss)
    return lambda images, labels: compiled(images, labels)[2]
