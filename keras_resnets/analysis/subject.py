"""Network under explanation: its log-probabilities, and the gradients of a class's logit at the image or at a stage."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_resnets._errors import unknown
from keras_resnets._finite import finite, refuse_outputs
from keras_resnets.analysis.gradients import Gradients, gradients
from keras_resnets.analysis.surgery import walk
from keras_resnets.backbone import last_operations
from keras_resnets.evaluation import Classifier
from keras_resnets.evaluation.metrics import gives_probabilities, log_probabilities
from keras_resnets.layers import ExpectedInput

PASS_PIXELS = 8 * 224 * 224  # of a pass whose batch size is not given; gradients keep every map in memory
LARGEST_PASS = 32
KEPT = "_gradients_of_logits"  # attribute of a model: compiled gradients by place


@dataclass(frozen=True, eq=False)
class Subject:
    """Network under explanation.

    Attributes:
        classifier: The network and its preprocessing.
        place: Layer whose output is the map that class activation maps explain; None for the image itself.
        batch_size: Images per pass; None for as many as `PASS_PIXELS` and `LARGEST_PASS` allow.
    """

    classifier: Classifier
    place: keras.Operation | None = None
    batch_size: int | None = None

    def log_probabilities(self, inputs: np.ndarray) -> np.ndarray:
        """Return log p of each class, float64 `[n, classes]`.

        Raises:
            FloatingPointError: The outputs are not finite.
        """
        model, found = self.classifier.model, []
        for part in self.passes(len(inputs), inputs.shape[1:]):
            outputs = keras.ops.convert_to_numpy(model.predict_on_batch(inputs[part]))
            refuse_outputs(model, outputs)
            found.append(log_probabilities(model, outputs))
        return np.concatenate(found)

    def gradients(self, inputs: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return logits `[n, classes]`, maps and gradients of each class's logit at them, both `[n, h, w, channels]`.

        Raises:
            FloatingPointError: The gradients are not finite.
        """
        parts = [self._compiled(inputs[part], classes[part]) for part in self.passes(len(inputs), inputs.shape[1:])]
        logits, maps, found = (np.concatenate(some) for some in zip(*parts, strict=True))
        if not finite(found):
            raise FloatingPointError(
                f"The gradients of {self.classifier.name!r} are not finite, though its outputs are: a layer's values "
                "overflow on the way back."
            )
        return logits, maps, found

    def mean_gradient(self, point: Callable[[int], np.ndarray], count: int, label: int) -> np.ndarray:
        """Return the mean gradient of a class's logit at inputs `point(0)` to `point(count - 1)`, float64."""
        total = np.zeros(point(0).shape)
        for part in self.passes(count, total.shape):
            points = np.stack([point(number) for number in range(part.start, part.stop)])
            total += self.gradients(points, np.full(len(points), label))[2].sum(axis=0, dtype=np.float64)
        return total / count

    def passes(self, count: int, shape: tuple[int, ...]) -> Iterator[slice]:
        """Yield slices of `count` inputs of a shape, `[h, w, channels]`, each the inputs of one pass."""
        size = self.batch_size or max(1, min(LARGEST_PASS, PASS_PIXELS // (shape[0] * shape[1])))
        for start in range(0, count, size):
            yield slice(start, min(start + size, count))

    def blank(self, shape: tuple[int, ...], level: float) -> np.ndarray:
        """Return the input for an image, `[h, w, channels]`, of one gray level, 0 to 255."""
        return self.classifier.preprocessing.standardize(np.full(shape, level, np.float32))

    @property
    def _compiled(self) -> Gradients:
        """Compiled gradient at the place, kept with the model, as Keras keeps its own compiled functions."""
        model = self.classifier.model
        kept = vars(model).setdefault(KEPT, {})
        if self.place not in kept:
            kept[self.place] = gradients(model, logit_at(model, self.place))
        return kept[self.place]


def logit_at(model: keras.Model, place: keras.Operation | None) -> Callable[..., tuple[Any, Any]]:
    """Return the score of `gradients`: the sum of the images' logits, each of its class, with the gradient at a place.

    Args:
        model: Functional model of logits or probabilities; of nested models the layers are followed too.
        place: Layer whose output the gradient is taken at; None for the images.
    """
    last = _last_layer(model)
    linear = _without_activation(last) if gives_probabilities(model) else last

    def score(images, classes, watch):
        def visit(layer, args, kwargs):
            if is_nested(layer):
                output = walk(layer, keras.tree.flatten(args), visit)
            else:
                output = (linear if layer is last else layer)(*args, **kwargs)
            return watch(output) if layer is place else output

        logits = ops.cast(walk(model, [images if place else watch(images)], visit), "float32")
        return ops.sum(ops.take_along_axis(logits, classes[:, None], axis=1)), logits

    return score


def is_nested(layer: keras.Operation) -> bool:
    """Return whether a layer is a model whose graph is known."""
    return isinstance(layer, keras.Sequential) or (isinstance(layer, keras.Model) and hasattr(layer, "operations"))


def _last_layer(model: keras.Model) -> keras.layers.Layer:
    last = model.layers[-1]
    return _last_layer(last) if isinstance(last, keras.Model) else last


def _without_activation(layer: keras.layers.Layer) -> Callable[..., Any]:
    """Return the function of a layer that ends in a softmax, without the softmax."""
    if isinstance(layer, keras.layers.Softmax | keras.layers.Activation):
        return lambda x, **_: x
    # A second layer around the same variables: one made from the configuration would need copies of the weights.
    linear = object.__new__(type(layer))
    vars(linear).update(vars(layer), activation=keras.activations.linear)
    return linear


def maps_of(model: keras.Model) -> dict[str, keras.Operation]:
    """Return the layers whose output is a map `[batch, h, w, channels]`, those of nested models too, by name."""
    return {each.name: each for one in (model, *_nested(model)) for each in _graph(one).operations if _is_map(each)}


def place_of(model: keras.Model, stage: int | str | None) -> tuple[str, keras.Operation]:
    """Return the name of a stage, or of a layer, and the layer whose output is its map.

    Args:
        model: The network; the stages of a backbone that is one of its layers are found too.
        stage: Name or number of a stage, or name of a layer with a map `[batch, h, w, channels]`; None for the last
            stage or, in a model without stages, for the last map.

    Raises:
        ValueError: The model has no such stage or layer, or no map at all.
    """
    models, maps = [model, *_nested(model)], maps_of(model)
    stages = next((found for one in models if (found := last_operations(_graph(one)))), {})
    if not maps:
        raise ValueError(f"{model.name!r} has no layer whose output is a map [batch, height, width, channels].")
    named = {**maps, **stages}
    name = list(stages or maps)[-1] if stage is None else f"stage{stage}" if isinstance(stage, int) else stage
    if name not in named:
        raise ValueError(unknown(f"stage of {model.name!r}", stage, stages or maps))
    return name, named[name]


def _nested(model: keras.Model) -> Iterator[keras.Model]:
    for layer in model.layers:
        if is_nested(layer):
            yield layer
            yield from _nested(layer)


def _graph(model: keras.Model) -> keras.Model:
    return model._functional if isinstance(model, keras.Sequential) else model


def _is_map(operation: keras.Operation) -> bool:
    if isinstance(operation, keras.layers.InputLayer | ExpectedInput) or is_nested(operation):
        return False
    return isinstance(operation.output, keras.KerasTensor) and len(operation.output.shape) == 4
