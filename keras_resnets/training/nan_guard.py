"""Losses and weights that are no longer finite: found at their step, and traced to the layer that caused it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import keras

from keras_resnets._finite import finite, first_not_finite
from keras_resnets.training.state import StepCounter

TEST = "val_"  # begins Keras's names of what the test images gave


class NotFinite(FloatingPointError):
    """Raised when the loss, the weights or the test loss of a training are not finite.

    Attributes:
        first, last: Range of the batches, counted from 0, of which one caused it.
        in_test: Whether it was found on the test images, after batches whose loss and weights were finite.
    """

    def __init__(self, what: str, first: int, last: int, *, in_test: bool = False):
        super().__init__(what)
        self.first, self.last, self.in_test = first, last, in_test


class StopAtNotFinite(keras.callbacks.Callback):
    """Raise NotFinite at the step whose loss is NaN or infinite, and before such weights are saved.

    Keras's loss is the mean of the epoch so far, so that one such value remains visible. A test loss that is not finite
    ends the training too, before it is recorded: the test error would be computed from outputs that are NaN.
    """

    def __init__(self, counter: StepCounter):
        super().__init__()
        self.counter = counter

    def on_train_batch_end(self, batch, logs=None):
        if not math.isfinite(logs["loss"]):
            raise NotFinite(f"The loss was {logs['loss']}", self.counter.before, self.counter.batches - 1)

    def on_epoch_end(self, epoch, logs=None):
        refuse_spoiled(self.model, self.counter)
        refuse_test(logs, self.counter)


def refuse_test(logs: Mapping[str, float], counter: StepCounter) -> None:
    """Raise NotFinite, with the name of the first one, if a loss or metric of the test images is not finite."""
    for name, value in logs.items():
        if name.startswith(TEST) and not math.isfinite(value):
            sentence = f"The {name.removeprefix(TEST).replace('_', ' ')} on the test images was {value}"
            raise NotFinite(sentence, counter.before, counter.batches - 1, in_test=True)


def refuse_spoiled(model: keras.Model, counter: StepCounter) -> None:
    """Raise NotFinite, with the name of the first one, if a weight is not finite."""
    spoiled = first_not_finite(model)
    if spoiled:
        raise NotFinite(f"The weights {spoiled!r} were not finite", counter.before, counter.batches - 1)


def origin(model: keras.Model, images) -> str | None:
    """Return, in words, where a training step on `images` first has a value that is not finite; None if nowhere.

    The weights are checked first, then the images, then every layer's output in the order of the network.

    Args:
        model: A functional model as it was before the step; it is not changed.
        images: A batch of its inputs.
    """
    spoiled = first_not_finite(model)
    if spoiled:
        return f"the weights were not finite before this step already, {spoiled!r} first, so the update before did it"
    if not finite(images):
        return "the images of this batch are not finite"
    operations = [operation for operation in model.operations if not isinstance(operation, keras.layers.InputLayer)]
    outputs = keras.Model(model.input, [operation.output for operation in operations])
    values, _ = outputs.stateless_call(
        outputs.trainable_variables, outputs.non_trainable_variables, images, training=True
    )
    for operation, value in zip(operations, values, strict=True):
        if not all(map(finite, keras.tree.flatten(value))):
            return f"the weights were finite before this step, and layer {operation.name!r} gave the first such value"
    return None


def cause(fault: NotFinite, replay: Callable[[int], keras.Model], batches: Callable[[int], Any]) -> str | None:
    """Return, in words, where a value that is not finite came from; None if it is not found or Ctrl-C ends the search.

    Args:
        fault: What was found, and the range of batches that may have caused it.
        replay: Returns the model as it was before a batch.
        batches: Returns the training batches from a batch on.
    """
    try:
        model = replay(fault.first)
        for batch in range(fault.first, fault.last + 1):
            images, labels = next(iter(batches(batch)))
            found = origin(model, images)
            if found:
                return found
            model.train_on_batch(images, labels)
            spoiled = first_not_finite(model)
            if spoiled:
                return f"every layer's output was finite, and the update was not, of {spoiled!r} first"
    except KeyboardInterrupt:
        pass
    return None
