"""Parameters and multiply-accumulates (MACs, FLOPs) of any built model, per layer and as the table of a paper.

The papers count the multiply-accumulates of convolutions and fully connected layers for one image and call them FLOPs
(He et al. 2015, Table 1; Xie et al. 2017, Table 1). By the usual count FLOPs are twice the multiply-accumulates, a
multiplication and an addition each. Normalization, pooling, activations, sums and attention are left out.

The module is callable: `keras_resnets.complexity(model)` is `keras_resnets.complexity.complexity(model)`.
"""

import itertools
import math
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import keras
from keras import layers

from keras_resnets._checking import Count, checked
from keras_resnets._text import table
from keras_resnets.layers import BranchLayer, SpatialPyramidPooling

CONVOLUTIONS = (layers.Conv1D, layers.Conv2D, layers.Conv3D)
DEPTHWISE = (layers.DepthwiseConv1D, layers.DepthwiseConv2D)
SEPARABLE = (layers.SeparableConv1D, layers.SeparableConv2D)
TRANSPOSED = (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)


@dataclass(frozen=True)
class LayerComplexity:
    """Cost of one layer.

    Attributes:
        name: Name of the layer.
        kind: "7x7, 64, stride 2", "3x3, 128, C=32", "3x3, 512, dilation 2", "3x3 depthwise", "dense, 1000",
            "3x3 max pool, stride 2", or the name of the layer's class.
        output_shape: Shape of the output for one image, such as (height, width, channels).
        parameters: Number of all weights, moving statistics included.
        trainable: Number of trainable weights.
        multiply_accumulates: Multiply-accumulates for one image.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    trainable: int
    multiply_accumulates: int


@dataclass(frozen=True)
class Complexity:
    """Cost of a model; see `complexity`.

    Attributes:
        name: Name of the model.
        input_shape: Height, width and channels of the image that the counts hold for.
        parameters: Number of all weights, moving statistics included, as `count_params()` of Keras. Papers and other
            libraries call `trainable` the parameters.
        trainable: Number of trainable weights.
        multiply_accumulates: Multiply-accumulates of convolutions and fully connected layers for one image.
        by_layer: One `LayerComplexity` for each layer, in order.
    """

    name: str
    input_shape: tuple
    parameters: int
    trainable: int
    multiply_accumulates: int
    by_layer: tuple[LayerComplexity, ...]

    def table(self) -> str:
        """Return the architecture as text, a row for each stage, as Table 1 of He et al. 2015 and Xie et al. 2017.

        The columns are stage, shape of the output, layers, trainable parameters and multiply-accumulates.
        """
        rows: list[tuple[str, ...]] = [("stage", "output", "layers", "trainable parameters", "multiply-accumulates")]
        stages: dict[str, list[LayerComplexity]] = {}
        for row in self.by_layer:  # those of auxiliary classifiers lie among the last stage's
            stages.setdefault(_stage(row), []).append(row)
        rows += [_stage_row(stage, group) for stage, group in stages.items()]
        rows.append(("total", "", "", f"{self.trainable:,}", f"{self.multiply_accumulates:,}"))
        size = "x".join(map(str, self.input_shape))
        return f"{self.name}, input {size}\n{table(rows, left=(0, 1, 2))}"


@checked
def complexity(model: keras.Model, input_shape: Sequence[int] | None = None) -> Complexity:
    """Count the parameters and multiply-accumulates (FLOPs of the papers) of a functional or sequential model.

    Convolutions count (also depthwise, separable and transposed ones, in one to three dimensions), and fully connected
    layers; all other layers count zero multiply-accumulates.

    Args:
        model: Built model with one input, which may contain other models.
        input_shape: `(height, width, channels)` of the image; required if the model takes images of any size.

    Raises:
        ValueError: If the model has several inputs, or the size of the image is unknown.
    """
    if len(model.inputs) != 1:
        raise ValueError(f"complexity() counts models with one input; {model.name!r} has {len(model.inputs)}.")
    shape = tuple(model.inputs[0].shape[1:] if input_shape is None else input_shape)
    if None in shape:
        raise ValueError(
            f"{model.name!r} takes images of any size: give complexity() an input_shape, such as (224, 224, 3)."
        )
    rows = tuple(_walk(model, [shape]))
    return Complexity(
        name=model.name,
        input_shape=shape,
        parameters=model.count_params(),
        trainable=_size(model.trainable_weights),
        multiply_accumulates=sum(row.multiply_accumulates for row in rows),
        by_layer=rows,
    )


def _walk(model: keras.Model, shapes: Sequence[tuple[int, ...]]) -> Iterator[LayerComplexity]:
    """Yield a row for each call of a layer, those of nested models included, for inputs of `shapes`."""
    nodes = calls(model)
    tensors = [[node.input_tensors, node.outputs[0]] for node in nodes]
    specs = keras.Function(model.inputs, tensors).compute_output_spec([keras.KerasTensor((1, *s)) for s in shapes])
    for node, (sources, output) in zip(nodes, specs, strict=True):
        layer = node.operation
        read = [tuple(source.shape[1:]) for source in sources]
        if isinstance(layer, keras.Model):
            yield from _walk(layer, read)
        elif isinstance(layer, BranchLayer):
            yield from _walk(layer.branch, read[: len(layer.branch.inputs)])
            yield LayerComplexity(layer.name, _kind(layer), tuple(output.shape[1:]), 0, 0, 0)
        else:
            yield _row(layer, read[0], tuple(output.shape[1:]))


def calls(model: keras.Model) -> list[Any]:
    """Return the nodes of a model's graph, in order: its calls of layers, not other models' calls of the same ones."""
    graph = model._functional if isinstance(model, keras.Sequential) else model
    held = {id(node) for nodes in graph._nodes_by_depth.values() for node in nodes}
    nodes = (node for operation in graph.operations for node in operation._inbound_nodes)
    return [node for node in nodes if id(node) in held and node.input_tensors]


def _row(layer: keras.Operation, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> LayerComplexity:
    return LayerComplexity(
        name=layer.name,
        kind=_kind(layer),
        output_shape=output_shape,
        parameters=_size(getattr(layer, "weights", ())),
        trainable=_size(getattr(layer, "trainable_weights", ())),
        multiply_accumulates=_multiply_accumulates(layer, input_shape, output_shape),
    )


def _multiply_accumulates(layer: keras.Operation, input_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> int:
    """Return one for each weight of the kernels at each position of the output, or of the input if transposed."""
    if isinstance(layer, SEPARABLE):
        return _positions(layer, output_shape) * _size((layer.depthwise_kernel, layer.pointwise_kernel))
    if isinstance(layer, TRANSPOSED):
        return _positions(layer, input_shape) * _size((layer.kernel,))
    if isinstance(layer, CONVOLUTIONS + DEPTHWISE):
        return _positions(layer, output_shape) * _size((layer.kernel,))
    if isinstance(layer, layers.Dense):
        return math.prod(output_shape[:-1]) * _size((layer.kernel,))
    return 0


def _positions(layer: keras.Layer, shape: tuple[int, ...]) -> int:
    """Return the number of pixels in a map `shape`, which has no batch axis, by the layer's data format."""
    return math.prod(shape[:-1] if layer.data_format == "channels_last" else shape[1:])


def _kind(layer: keras.Operation) -> str:
    """Return the layer in the words of the papers' tables."""
    if isinstance(layer, DEPTHWISE + SEPARABLE + TRANSPOSED):
        word = "depthwise" if isinstance(layer, DEPTHWISE) else "separable"
        word = "transposed" if isinstance(layer, TRANSPOSED) else word
        filters = "" if isinstance(layer, DEPTHWISE) else f", {layer.filters}"
        steps = _unless_1("stride", layer.strides) + _unless_1("dilation", layer.dilation_rate)
        return f"{_window(layer.kernel_size)} {word}{filters}{steps}"
    if isinstance(layer, CONVOLUTIONS):
        groups = f", C={layer.groups}" if layer.groups > 1 else ""
        steps = _unless_1("stride", layer.strides) + _unless_1("dilation", layer.dilation_rate)
        return f"{_window(layer.kernel_size)}, {layer.filters}{groups}{steps}"
    if isinstance(layer, layers.MaxPooling2D | layers.AveragePooling2D):
        mean_or_max = "max" if isinstance(layer, layers.MaxPooling2D) else "average"
        return f"{_window(layer.pool_size)} {mean_or_max} pool{_unless_1('stride', layer.strides)}"
    if isinstance(layer, layers.GlobalAveragePooling2D):
        return "global average pool"
    if isinstance(layer, layers.GlobalMaxPooling2D):
        return "global max pool"
    if isinstance(layer, SpatialPyramidPooling):
        return f"{', '.join(f'{level}x{level}' for level in layer.levels)} pyramid pool"
    if isinstance(layer, layers.Dense):
        return f"dense, {layer.units}"
    return type(layer).__name__


def _window(size: Sequence[int]) -> str:
    return "x".join(map(str, size))


def _unless_1(name: str, steps: Sequence[int]) -> str:
    return f", {name} {steps[0]}" if max(steps) > 1 else ""


def _size(weights: Iterable[Any]) -> int:
    return sum(math.prod(weight.shape) for weight in weights)


def _stage(row: LayerComplexity) -> str:
    return row.name.split("_")[0]


def _stage_row(stage: str, rows: list[LayerComplexity]) -> tuple[str, ...]:
    """Return a row of the table: the blocks of a stage, equal neighbours as one with their number."""
    blocks = [_block_layers(list(block)) for _, block in itertools.groupby(rows, _block)]
    alike = [(layers, len(list(group))) for layers, group in itertools.groupby(block for block in blocks if block)]
    text = "; ".join(f"[{layers}] x {count}" if stage.startswith("stage") else layers for layers, count in alike)
    output = "x".join(map(str, rows[-1].output_shape))
    trainable = sum(row.trainable for row in rows)
    return stage, output, text, f"{trainable:,}", f"{sum(row.multiply_accumulates for row in rows):,}"


def _block(row: LayerComplexity) -> str:
    match = re.match(r"stage\d+_block\d+", row.name)
    return match.group() if match else _stage(row)


def _block_layers(rows: list[LayerComplexity]) -> str:
    """Return the convolutions, pools and dense layers of a block's main path, without the stride of a stage's block."""
    shown = [row for row in rows if row.multiply_accumulates or "pool" in row.kind]
    main = [row.kind for row in shown if not row.name.endswith("_shortcut")]
    in_block = bool(re.match(r"stage\d+_block", rows[0].name))
    return "; ".join(re.sub(r", stride \d+", "", kind) if in_block else kind for kind in main)


@checked
def bottleneck_parameters(cardinality: Count, base_width: Count, channels: Count = 256) -> int:
    """Return the weights of a bottleneck block, C (channels d + 3 * 3 d * d + d channels) (Xie et al. 2017, eq. 4).

    Args:
        cardinality: C, the number of paths.
        base_width: d, the width of a path.
        channels: Channels of the block's input and output.
    """
    return cardinality * (channels * base_width + 3 * 3 * base_width**2 + base_width * channels)


@checked
def equal_cost_width(cardinality: Count, channels: Count = 256, reference: tuple[Count, Count] = (1, 64)) -> int:
    """Return the base width at which `cardinality` paths cost as much as the `reference` (C, d).

    Examples:
        Xie et al. 2017, Table 2:

        >>> [(c, equal_cost_width(c)) for c in (1, 2, 4, 8, 32)]
        [(1, 64), (2, 40), (4, 24), (8, 14), (32, 4)]

    Raises:
        ValueError: If width 1 costs more than twice the reference, so that no width comes near.
    """
    budget = bottleneck_parameters(*reference, channels)
    width = min(
        range(1, reference[0] * reference[1] + 1),
        key=lambda d: abs(bottleneck_parameters(cardinality, d, channels) - budget),
    )
    if bottleneck_parameters(cardinality, width, channels) > 2 * budget:
        raise ValueError(
            f"{cardinality} paths over {channels} channels cost more than (C, d) = {reference} at any width."
        )
    return width


class _CallableModule(ModuleType):
    """Module that counts when called: the package's attribute `complexity` is this module."""

    def __call__(self, model: keras.Model, input_shape: Sequence[int] | None = None) -> Complexity:
        return complexity(model, input_shape)

    __call__.__doc__ = complexity.__doc__


sys.modules[__name__].__class__ = _CallableModule
