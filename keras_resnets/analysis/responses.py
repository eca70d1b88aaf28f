"""How strongly each layer responds (He et al. 2015, sec. 4.2 and Fig. 7)."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from keras_resnets._errors import positive_integer
from keras_resnets._finite import first_not_finite
from keras_resnets.analysis.inputs import read_by, some_pictures
from keras_resnets.analysis.surgery import SUM, Copy, block_of, rebuilt
from keras_resnets.evaluation import Classifier
from keras_resnets.evaluation.classifier import takes_classifier
from keras_resnets.layers import StochasticDepth


@dataclass(frozen=True)
class Responses:
    """Standard deviations of the layers' responses.

    Attributes:
        network: its name.
        data: the name of the images, `images` of them.
        images: how many.
        layers: the convolutions' names, in the network's order; projections of shortcuts are left out.
        deviations: of each layer, over positions, channels and images.
    """

    network: str
    data: str
    images: int
    layers: tuple[str, ...]
    deviations: tuple[float, ...]

    def table(self) -> str:
        """A line a layer, as text."""
        width = max(map(len, self.layers))
        lines = [f"{self.network}, {self.images} images of {self.data}: standard deviation of each layer's response"]
        rows = zip(self.layers, self.deviations, strict=True)
        return "\n".join(lines + [f"{name:{width}}  {deviation:.4f}" for name, deviation in rows])

    def figure(self, path: str | os.PathLike[str]) -> tuple[Path, ...]:
        """Draw it as He et al. 2015, Fig. 7; PNG or SVG by the ending of `path`, without one both."""
        from keras_resnets.analysis.figures import draw_responses

        return draw_responses([self], path)


@takes_classifier
def responses(
    model: Classifier,
    images: Any,
    *,
    limit: int | None = 500,
    batch_size: int = 100,
) -> Responses:
    """The standard deviation of each convolution's response, in test mode.

    A response is what batch normalization gives, before nonlinearity and addition (He et al. 2015, Fig. 7). A
    convolution that no normalization follows by name responds by itself: those of pre-activation blocks, whose
    normalization belongs to the next layer, and those of networks without any.

    Args:
        model: Any network of this package, as `evaluate` takes it.
        images: as for `evaluate`.
        limit: by so many of the images, spread evenly; None for all.
        batch_size: images at once.

    Raises:
        FloatingPointError: if a layer's responses, or their squares, are not finite.
        TypeError: if it is no Keras model.
        ValueError: if the images do not fit the network.
    """
    positive_integer("batch_size", batch_size)
    network = model
    pictures = some_pictures(images, limit)
    inputs = read_by(network, pictures)
    names, moments = _measuring(network.model)
    sums = np.zeros((len(names), 2))
    for start in range(0, len(inputs), batch_size):
        sums += np.sum(moments.predict_on_batch(inputs[start : start + batch_size]), axis=0, dtype=np.float64)
    spoiled = [name for name, both in zip(names, sums, strict=True) if not np.isfinite(both).all()]
    if spoiled:
        raise FloatingPointError(
            f"The responses of layer {spoiled[0]!r} of {network.model.name!r}, or their squares, are not finite"
            f"{_by_weights(network.model)}."
        )
    first, second = (sums / len(inputs)).T
    return Responses(
        network=network.model.name,
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
    """The convolutions' names, and a copy that gives the mean and the mean square of each response: [n, layers, 2]."""
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
        raise ValueError(f"{model.name!r} has no convolution whose response could be measured.")
    per_image = [ops.cast(output, "float32") for output in found.values()]
    each = [
        ops.stack([ops.mean(x, axis=(1, 2, 3)), ops.mean(ops.square(x), axis=(1, 2, 3))], axis=-1) for x in per_image
    ]
    measuring = keras.Model(whole.input, ops.stack(each, axis=1))
    measuring.jit_compile = whole.jit_compile
    return tuple(found), measuring
