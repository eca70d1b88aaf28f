"""Assembly of a stem, stages of blocks and a head into a `keras.Model`."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras

from keras_resnets._errors import is_positive_integer, positive_integer, unknown
from keras_resnets.layers import Activation, ExpectedInput, ImageModel, Tensor, classifier, global_pool
from keras_resnets.weights.load import load_weights

Block = Callable[..., Tensor]  # (x, *, name) -> x, on Keras tensors
Head = Callable[..., Tensor]  # (x, classes, activation, *, name) -> outputs

POOLINGS = ("avg", "max")
MOST_COLORS = 4  # channels of an image; more behind a first axis of 1 or 3 are a width
MAIN = "main"  # name of the main output beside auxiliary ones

# Keras builds and loads a functional graph by recursion, one frame an operation: 1,202 layers are 4,205 operations,
# beyond Python's default limit of 1,000. The limit is raised at import because Keras alone loads a saved model.
sys.setrecursionlimit(max(sys.getrecursionlimit(), 10_000))


@dataclass(frozen=True)
class Network:
    """Design of one network, as a paper's table has it.

    Attributes:
        name: Default name of the model.
        stem: `(x, *, name) -> x`.
        stages: Blocks of each stage, each `(x, *, name) -> x`, named `stage1_block1` and so on.
        size: Height and width of the default input, in pixels.
        classes: Default number of classes.
        transitions: Functions `(x, *, name) -> x` ahead of a stage's blocks, such as a pool that halves the map, by the
            number of the stage; named `stage2` and so on.
        tail: Function `(x, *, name) -> x` behind the last stage, with the top and without.
        head: `(x, classes, activation, *, name) -> outputs`.
        auxiliary: Heads on the output of a block, by the block's name; they are named `aux1` and so on.
        least: Least height and width of an image, in pixels; smaller ones would leave an empty map.
        options: Options of the builder that made the design.
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
    input_tensor: Tensor | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: Activation = "softmax",
    name: str | None = None,
) -> keras.Model:
    """Build the functional model of `network`; the options are those of `keras.applications`.

    Raises:
        ValueError: For an unknown pooling, an impossible `input_shape` or `classes`, images too small for the network,
            weights that are missing or of another network, or auxiliary classifiers without the top.
        OSError: If pretrained weights cannot be downloaded.
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


def image_input(input_tensor: Tensor | None, shape: tuple[int | None, ...]) -> Tensor:
    """Return the input of the stem: the given Keras tensor, or a new input of `shape`."""
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


def checked_shape(shape: Sequence[int | None] | None, size: int) -> tuple[int | None, ...]:
    """Return `(height, width, channels)`, by default `(size, size, 3)`; height and width may be None.

    Raises:
        ValueError: If it is not such a shape, or looks like `(channels, height, width)`.
    """
    if shape is None:
        return (size, size, 3)
    shape = tuple(shape)
    if len(shape) != 3 or not all(is_positive_integer(n) for n in shape if n is not None) or shape[2] is None:
        raise ValueError(
            "input_shape must be (height, width, channels), positive integers of which height and width may be None, "
            f"not {shape!r}."
        )
    if shape[0] in (1, 3) and shape[2] > MOST_COLORS:
        raise ValueError(
            f"input_shape must be channels-last, (height, width, channels): give {(*shape[1:], shape[0])!r}, "
            f"not {shape!r}."
        )
    return shape


def check_size(inputs: Tensor, network: Network) -> None:
    """Raise if images of known size are too small for the network."""
    height, width = inputs.shape[1:3]
    if any(n is not None and n < network.least for n in (height, width)):
        raise ValueError(
            f"{network.name} needs images of at least {network.least}x{network.least} pixels"
            f"{' with its auxiliary classifiers' if network.auxiliary else ''}, not {height}x{width}."
        )
