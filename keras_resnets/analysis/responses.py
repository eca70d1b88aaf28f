"""Responses: standard deviations of the layers' outputs (He et al. 2015, sec. 4.2 and Fig. 7)."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from keras_resnets import plotting
from keras_resnets._checking import checked
from keras_resnets._errors import positive_integer
from keras_resnets._finite import first_not_finite
from keras_resnets._text import table
from keras_resnets.analysis.inputs import read_by, some_pictures
from keras_resnets.analysis.surgery import SUM, Copy, block_of, rebuilt
from keras_resnets.evaluation import Classifier
from keras_resnets.evaluation.classifier import takes_classifier
from keras_resnets.evaluation.pictures import Images
from keras_resnets.layers import StochasticDepth


@dataclass(frozen=True)
class Responses:
    """Standard deviations of the responses of a network's layers.

    Attributes:
        network: Name of the network.
        data: Name of the images.
        images: Number of images.
        layers: Names of the convolutions in the network's order, without projection shortcuts.
        deviations: Standard deviation of each layer, over positions, channels and images.
    """

    network: str
    data: str
    images: int
    layers: tuple[str, ...]
    deviations: tuple[float, ...]

    def table(self) -> str:
        """Return the standard deviations as text, a line per layer."""
        head = f"{self.network}, {self.images} images of {self.data}: standard deviation of each layer's response"
        rows = [(name, f"{deviation:.4f}") for name, deviation in zip(self.layers, self.deviations, strict=True)]
        return f"{head}\n{table(rows)}"

    def figure(self, path: str | os.PathLike[str]) -> tuple[Path, ...]:
        """Draw the responses as He et al. 2015, Fig. 7.

        Args:
            path: A file in .png or .svg; without a suffix, both are written.
        """
        return draw_responses([self], path)


@checked
@takes_classifier
def responses(
    model: Classifier,
    images: Images,
    *,
    limit: int | None = 500,
    batch_size: int = 100,
) -> Responses:
    """Measure the standard deviation of each convolution's response, in test mode.

    A response is the output of batch normalization, before nonlinearity and addition (He et al. 2015, Fig. 7). Where no
    normalization follows by name, as in pre-activation blocks and networks without normalization, it is the output of
    the convolution itself.

    Args:
        model: Network of this package, as `evaluate` takes it.
        images: As for `evaluate`.
        limit: Number of images, spread evenly over the set; None for all.
        batch_size: Images per forward pass.

    Raises:
        FloatingPointError: If the responses of a layer, or their squares, are not finite.
        TypeError: If `model` is not a Keras model.
        ValueError: If the images do not fit the network.
    """
    positive_integer("batch_size", batch_size)
    pictures = some_pictures(images, limit)
    inputs = read_by(model, pictures)
    names, moments = _measuring(model.model)
    sums = np.zeros((len(names), 2))
    for start in range(0, len(inputs), batch_size):
        sums += np.sum(moments.predict_on_batch(inputs[start : start + batch_size]), axis=0, dtype=np.float64)
    spoiled = [name for name, both in zip(names, sums, strict=True) if not np.isfinite(both).all()]
    if spoiled:
        raise FloatingPointError(
            f"The responses of layer {spoiled[0]!r} of {model.name!r}, or their squares, are not finite"
            f"{_by_weights(model.model)}."
        )
    first, second = (sums / len(inputs)).T
    return Responses(
        network=model.name,
        data=pictures.name,
        images=len(inputs),
        layers=names,
        deviations=tuple(np.sqrt(np.maximum(second - first**2, 0)).tolist()),
    )


def _by_weights(model: keras.Model) -> str:
    """Return which weights are not finite, as the end of a sentence; nothing if all are."""
    weights = first_not_finite(model)
    return f", for its weights {weights!r} are not" if weights else ""


def _measuring(model: keras.Model) -> tuple[tuple[str, ...], keras.Model]:
    """Return names of the convolutions, and a copy whose output is mean and mean square of each: [n, layers, 2]."""
    copy = Copy()
    found: dict[str, keras.KerasTensor] = {}

    def visit(layer, args, kwargs):
        if isinstance(layer, StochasticDepth) and layer.name == (block_of(layer.name) or "") + SUM:
            return layers.Add(name=layer.name, dtype=layer.dtype_policy)(list(copy.summands(layer, args, visit)))
        output = copy.layer(layer)(*args, **kwargs)
        if isinstance(layer, layers.Conv2D) and not layer.name.endswith("_shortcut"):
            found[layer.name] = output
        elif layer.name.removesuffix("_bn") in found:
            found[layer.name.removesuffix("_bn")] = output
        return output

    whole = rebuilt(model, visit)
    copy.fill()
    if not found:
        raise ValueError(f"Cannot measure responses of {model.name!r}: it has no convolution.")
    per_image = [ops.cast(output, "float32") for output in found.values()]
    each = [
        ops.stack([ops.mean(x, axis=(1, 2, 3)), ops.mean(ops.square(x), axis=(1, 2, 3))], axis=-1) for x in per_image
    ]
    measuring = keras.Model(whole.input, ops.stack(each, axis=1))
    measuring.jit_compile = whole.jit_compile
    return tuple(found), measuring


def draw_responses(several: Sequence[Responses], path: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Draw responses of several networks, in the networks' order and sorted by magnitude, as He et al. 2015, Fig. 7.

    Args:
        several: Responses of one or more networks to the same images.
        path: A file in .png or .svg; without a suffix, both are written.
    """
    from matplotlib.ticker import MaxNLocator

    title = f"Standard deviations of layer responses, {several[0].images} images of {several[0].data}"
    figure, (ordered, ranked) = plotting.panels(2, title=title, width=10, sharey=True)
    for number, found in enumerate(several):
        style: dict[str, Any] = {
            **plotting.line_style(number),
            "marker": plotting.MARKERS[number % len(plotting.MARKERS)],
            "markersize": 3,
            "label": plotting.plain(found.network),
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
    return plotting.save(figure, path)
