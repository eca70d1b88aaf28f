"""Parameters and multiply-accumulates of any built model, per layer and as the table of a paper.

The papers count the multiply-accumulates of convolutions and fully connected layers for one image and call them FLOPs
(He et al. 2015, Table 1; Xie et al. 2017, Table 1); so does this module. Normalization, pooling, activations and sums
are left out.
"""

import itertools
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import keras
from keras import layers

from keras_resnets.layers import BranchLayer


@dataclass(frozen=True)
class LayerComplexity:
    """One layer's row.

    Attributes:
        name: the layer's name.
        kind: "7x7, 64, stride 2", "3x3, 128, C=32", "3x3, 512, dilation 2", "dense, 1000", "3x3 max pool, stride 2", or
            the class's name.
        output_shape: height, width and channels (or whatever the layer gives) of one image.
        parameters: size of all its weights, moving statistics included.
        trainable: size of its trainable weights.
        multiply_accumulates: for one image.
    """

    name: str
    kind: str
    output_shape: tuple
    parameters: int
    trainable: int
    multiply_accumulates: int


@dataclass(frozen=True)
class Complexity:
    """What a model costs; see `complexity`.

    Attributes:
        name: the model's name.
        input_shape: height, width and channels that the counts hold for.
        parameters: size of all weights, moving statistics included; `trainable` is what papers and other libraries call
            parameters.
        trainable: size of the trainable weights.
        multiply_accumulates: of convolutions and fully connected layers, for one image.
        by_layer: one `LayerComplexity` for each layer, in order.
    """

    name: str
    input_shape: tuple
    parameters: int
    trainable: int
    multiply_accumulates: int
    by_layer: tuple[LayerComplexity, ...]

    def table(self) -> str:
        """The architecture as text, a row for each stage, as in Table 1 of He et al. 2015 and Xie et al. 2017."""
        rows: list[tuple[str, ...]] = [("stage", "output", "layers", "parameters", "multiply-accumulates")]
        stages: dict[str, list[LayerComplexity]] = {}
        for row in self.by_layer:  # the rows of auxiliary classifiers stand among the last stage's
            stages.setdefault(_stage(row), []).append(row)
        rows += [_stage_row(stage, group) for stage, group in stages.items()]
        rows.append(("total", "", "", f"{self.trainable:,}", f"{self.multiply_accumulates:,}"))
        widths = [max(len(row[i]) for row in rows) for i in range(5)]
        lines = [
            "  ".join([*map(str.ljust, row[:3], widths), *map(str.rjust, row[3:], widths[3:])]).rstrip() for row in rows
        ]
        size = "x".join(map(str, self.input_shape))
        return "\n".join([f"{self.name}, input {size}", *lines])


def complexity(model: keras.Model, input_shape: Sequence[int] | None = None) -> Complexity:
    """Count the parameters and multiply-accumulates of a functional or sequential model.

    Args:
        model: any built model with one image input; nested models are walked through.
        input_shape: `(height, width, channels)` to count for; needed where the model's own has None.

    Raises:
        ValueError: if the model has not one input, or a size is unknown.
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


def _walk(model: keras.Model, shapes: Sequence[tuple]) -> Iterable[LayerComplexity]:
    """A row for each call of a layer, nested models opened up, with the shapes that inputs of `shapes` give."""
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
            yield _row(layer, tuple(output.shape[1:]))


def calls(model: keras.Model) -> list:
    """The graph's nodes, in order; Keras has no public way to tell this model's calls of a layer from another's."""
    graph = model._functional if isinstance(model, keras.Sequential) else model
    held = {id(node) for nodes in graph._nodes_by_depth.values() for node in nodes}
    nodes = (node for operation in graph.operations for node in operation._inbound_nodes)
    return [node for node in nodes if id(node) in held and node.input_tensors]


def _row(layer: keras.Operation, output_shape: tuple) -> LayerComplexity:
    return LayerComplexity(
        name=layer.name,
        kind=_kind(layer),
        output_shape=output_shape,
        parameters=_size(getattr(layer, "weights", ())),
        trainable=_size(getattr(layer, "trainable_weights", ())),
        multiply_accumulates=_multiply_accumulates(layer, output_shape),
    )


def _multiply_accumulates(layer: keras.Operation, output_shape: tuple) -> int:
    """One for each weight of the kernel at each position of the output."""
    if isinstance(layer, layers.DepthwiseConv2D | layers.SeparableConv2D | layers.Conv2DTranspose):
        raise NotImplementedError(f"complexity() does not count {type(layer).__name__} ({layer.name!r}) yet.")
    if isinstance(layer, layers.Conv2D):
        return math.prod(output_shape[:2]) * math.prod(layer.kernel.shape)
    if isinstance(layer, layers.Dense):
        return math.prod(output_shape[:-1]) * math.prod(layer.kernel.shape)
    return 0


def _kind(layer: keras.Operation) -> str:
    """The layer in the words of the papers' tables."""
    if isinstance(layer, layers.Conv2D):
        groups = f", C={layer.groups}" if layer.groups > 1 else ""
        steps = _unless_1("stride", layer.strides) + _unless_1("dilation", layer.dilation_rate)
        return f"{_window(layer.kernel_size)}, {layer.filters}{groups}{steps}"
    if isinstance(layer, layers.MaxPooling2D | layers.AveragePooling2D):
        mean_or_max = "max" if isinstance(layer, layers.MaxPooling2D) else "average"
        return f"{_window(layer.pool_size)} {mean_or_max} pool{_unless_1('stride', layer.strides)}"
    if isinstance(layer, layers.GlobalAveragePooling2D):
        return "global average pool"
    if isinstance(layer, layers.Dense):
        return f"dense, {layer.units}"
    return type(layer).__name__


def _window(size: Sequence[int]) -> str:
    return "x".join(map(str, size))


def _unless_1(name: str, steps: Sequence[int]) -> str:
    return f", {name} {steps[0]}" if max(steps) > 1 else ""


def _size(weights: Iterable) -> int:
    return sum(math.prod(weight.shape) for weight in weights)


def _stage(row: LayerComplexity) -> str:
    return row.name.split("_")[0]


def _stage_row(stage: str, rows: list[LayerComplexity]) -> tuple[str, ...]:
    """One row of the table: the blocks of a stage, alike ones counted."""
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
    """The convolutions, pools and dense layers of a block's main path; a block's stride shows in the output's size."""
    shown = [row for row in rows if row.multiply_accumulates or "pool" in row.kind]
    main = [row.kind for row in shown if not row.name.endswith("_shortcut")]
    in_block = bool(re.match(r"stage\d+_block", rows[0].name))
    return "; ".join(re.sub(r", stride \d+", "", kind) if in_block else kind for kind in main)


def bottleneck_parameters(cardinality: int, base_width: int, channels: int = 256) -> int:
    """Weights of a bottleneck block, C * (channels * d + 3 * 3 * d * d + d * channels) (Xie et al. 2017, eq. 4).

    Args:
        cardinality: C, the number of paths.
        base_width: d, the width of a path.
        channels: of the block's input and output.
    """
    return cardinality * (channels * base_width + 3 * 3 * base_width**2 + base_width * channels)


def equal_cost_width(cardinality: int, channels: int = 256, reference: tuple[int, int] = (1, 64)) -> int:
    """The base width at which `cardinality` paths cost what the `reference` (C, d) costs (Xie et al. 2017, Table 2).

    >>> [(c, equal_cost_width(c)) for c in (1, 2, 4, 8, 32)]
    [(1, 64), (2, 40), (4, 24), (8, 14), (32, 4)]

    Raises:
        ValueError: if even width 1 costs more than twice the reference, so that no width comes near.
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
