"""The only loop: a stem, stages of blocks, and a head become a `keras.Model`."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras

from keras_resnets._errors import is_positive_integer, positive_integer, unknown
from keras_resnets.layers import ExpectedInput, ImageModel, classifier, global_pool
from keras_resnets.weights.load import load_weights

Block = Callable  # (x, *, name) -> x, on Keras tensors
Head = Callable  # (x, classes, activation, *, name) -> outputs

POOLINGS = ("avg", "max")
MAIN = "main"  # the output of a model that has auxiliary ones beside it

# Keras walks a functional graph by recursion, one frame an operation, when it builds a model and when it loads one:
# 1,202 layers are 4,205 operations deep, beyond Python's default of 1,000. It is set at import because a saved model is
# loaded by Keras alone.
sys.setrecursionlimit(max(sys.getrecursionlimit(), 10_000))


@dataclass(frozen=True)
class Network:
    """What a paper's table says of one network.

    Attributes:
        name: the model's name unless the user gives one.
        stem: `(x, *, name) -> x`.
        stages: the blocks of each stage, each `(x, *, name) -> x`; they are named `stage1_block1` and so on.
        size: height and width of the default input, in pixels.
        classes: the default number of classes.
        transitions: what stands ahead of a stage's blocks, such as a pool that halves the map, by the stage's number;
            named `stage2` and so on.
        tail: what follows the last stage, with the top and without: `(x, *, name) -> x`.
        head: `(x, classes, activation, *, name) -> outputs`.
        auxiliary: heads on the output of a block, by the block's name; the first one's name is `aux1`.
        least: the height and width, in pixels, below which nothing is left of a map.
        options: the builder's, that the design was made by.
    """

    name: str
    stem: Block
    stages: Sequence[Sequence[Block]]
    size: int
    classes: int
    transitions: Mapping[int, Block] = field(default_factory=dict)
    tail: Block | None = None
    head: Head = classifier
    auxiliary: Mapping[str, Head] = field(default_factory=dict)
    least: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)


def assemble(
    network: Network,
    *,
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor=None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation="softmax",
    name: str | None = None,
) -> keras.Model:
    """Build the functional model of `network`; the options mean what `keras.applications` means by them.

    Raises:
        ValueError: for an unknown pooling, an impossible `input_shape` or `classes`, images too small for the network,
            weights that are missing or of another network, or auxiliary classifiers without the top.
        OSError: if published weights cannot be downloaded.
    """
    if pooling is not None and pooling not in POOLINGS:
        raise ValueError(unknown("pooling", pooling, POOLINGS))
    if network.auxiliary and not include_top:
        raise ValueError("Auxiliary classifiers need include_top=True: they are trained beside the main one.")
    classes = positive_integer("classes", network.classes if classes is None else classes)
    inputs = image_input(input_tensor, checked_shape(input_shape, network.size))
    check_size(inputs, network)

    x, maps = network.stem(ExpectedInput(name="stem_input")(inputs), name="stem"), {}
    for stage, blocks in enumerate(network.stages, 1):
        if stage in network.transitions:
            x = network.transitions[stage](x, name=f"stage{stage}")
        for index, block in enumerate(blocks, 1):
            name_of_block = f"stage{stage}_block{index}"
            x = maps[name_of_block] = block(x, name=name_of_block)
    if network.tail is not None:
        x = network.tail(x, name="tail")

    if include_top:
        x = network.head(x, classes, classifier_activation, name="head")
    elif pooling is not None:
        x = global_pool(x, pooling, name="head_pool")
    outputs = {MAIN: x} if network.auxiliary else x
    for index, (name_of_block, head) in enumerate(network.auxiliary.items(), 1):
        outputs[f"aux{index}"] = head(maps[name_of_block], classes, classifier_activation, name=f"aux{index}")

    sources = inputs if input_tensor is None else keras.utils.get_source_inputs(inputs)
    model = ImageModel(sources, outputs, name=name or network.name)
    if weights is not None:
        load_weights(model, weights, network.name, network.options)
    return model


def image_input(input_tensor, shape):
    """The tensor that the stem reads: the user's Keras tensor, or a new input of `shape`."""
    if input_tensor is None:
        return keras.Input(shape, name="images")
    if not keras.utils.is_keras_tensor(input_tensor):
        raise ValueError(
            f"input_tensor must be a Keras tensor, as keras.Input() returns, not {type(input_tensor).__name__}."
        )
    if len(input_tensor.shape) != 4:
        raise ValueError(
            f"input_tensor must have the shape [batch, height, width, channels], not {tuple(input_tensor.shape)}."
        )
    return input_tensor


def checked_shape(shape, size):
    """`(height, width, channels)`: `size` x `size` x 3 unless given; height and width may be None."""
    if shape is None:
        return (size, size, 3)
    shape = tuple(shape)
    if len(shape) != 3 or not all(is_positive_integer(n) for n in shape if n is not None) or shape[2] is None:
        raise ValueError(
            "input_shape must be (height, width, channels), positive integers of which height and width may be None, "
            f"not {shape!r}."
        )
    return shape


def check_size(inputs, network):
    """Refuse images that leave nothing of a map; an unknown size may be large enough."""
    height, width = inputs.shape[1:3]
    if any(n is not None and n < network.least for n in (height, width)):
        raise ValueError(
            f"{network.name} needs images of at least {network.least}x{network.least} pixels"
            f"{' with its auxiliary classifiers' if network.auxiliary else ''}, not {height}x{width}."
        )
