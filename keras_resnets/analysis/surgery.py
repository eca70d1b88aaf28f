"""Copies of a network with switches at its blocks, which close residual branches or direct gradients.

A copy has its own weights; changing it leaves the original model as it is.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras import layers, ops

from keras_resnets.complexity import calls
from keras_resnets.layers import ImageModel, StochasticDepth
from keras_resnets.networks.auxiliary import main_path
from keras_resnets.training.compiling import on_tensorflow_cpu

BLOCK = re.compile(r"(stage\d+_block\d+)_")
SUM = "_add"  # suffix of the layer that adds a block's shortcut and branch
Visit = Callable[[keras.layers.Layer, tuple, dict], Any]  # (layer, its arguments in the copy) -> its output there


@keras.saving.register_keras_serializable(package="keras_resnets")
class Switch(layers.Layer):
    """shortcut + open * branch, called as `layer(shortcut, branch)`; `open` is a scalar that starts at 1."""

    def build(self, shortcut_shape, branch_shape):
        self.open = self.add_weight(shape=(), initializer="ones", trainable=False, name="open")

    def call(self, shortcut, branch):
        return shortcut + ops.cast(self.open, branch.dtype) * branch

    def compute_output_shape(self, shortcut_shape, branch_shape):
        return shortcut_shape


@keras.saving.register_keras_serializable(package="keras_resnets")
class Bypass(layers.Layer):
    """`outputs` if `open` is 1, `inputs` if it is 0 and the block is deleted; called as `layer(inputs, outputs)`."""

    def build(self, inputs_shape, outputs_shape):
        self.open = self.add_weight(shape=(), initializer="ones", trainable=False, name="open")

    def call(self, inputs, outputs):
        return ops.where(self.open > 0.5, outputs, inputs)

    def compute_output_shape(self, inputs_shape, outputs_shape):
        return outputs_shape


@keras.saving.register_keras_serializable(package="keras_resnets")
class Points(layers.Layer):
    """shortcut + branch, with the gradient through the branch alone (`into_branch` 1) or the shortcut alone (0)."""

    def build(self, shortcut_shape, branch_shape):
        self.into_branch = self.add_weight(shape=(), initializer="ones", trainable=False, name="into_branch")

    def call(self, shortcut, branch):
        share = ops.cast(self.into_branch, branch.dtype)
        return _gradient_scaled(shortcut, 1 - share) + _gradient_scaled(branch, share)

    def compute_output_shape(self, shortcut_shape, branch_shape):
        return shortcut_shape


def _gradient_scaled(x, share):
    """Return `x` with its gradient multiplied by `share`, 0 or 1."""
    return share * x + (1 - share) * ops.stop_gradient(x)


@dataclass(frozen=True, eq=False)
class Opened:
    """Copy of a network with a switch at each block.

    Attributes:
        model: The copy.
        switches: Switch of each block, by the block's name, in order.
        residual: Whether the blocks have shortcuts; other blocks are deleted by passing their input on.
        layers: Layers of each block, by the layer's name without the block's.
    """

    model: keras.Model
    switches: dict[str, layers.Layer]
    residual: bool
    layers: dict[str, dict[str, layers.Layer]]


def residual_blocks(model: keras.Model) -> tuple[str, ...]:
    """Return the names of a network's residual blocks in order, such as "stage1_block1"; none for a plain network."""
    return tuple(
        layer.name.removesuffix(SUM) for layer in model.layers if layer.name.endswith(SUM) and BLOCK.match(layer.name)
    )


def require_residual(model: keras.Model, purpose: str) -> tuple[str, ...]:
    """Return `residual_blocks`, after checking that the model has some.

    Args:
        model: The network.
        purpose: Reason why they are needed, as the end of the error.

    Raises:
        ValueError: If the model has no residual blocks.
    """
    blocks = residual_blocks(model)
    if not blocks:
        raise ValueError(
            f"{model.name!r} has no residual blocks, which are sums of a shortcut and a branch named "
            f"'stageS_blockB{SUM}': {purpose}."
        )
    return blocks


def opened(model: keras.Model, switch: type[layers.Layer] = Switch) -> Opened:
    """Copy a network of this package with a `switch` in place of each residual block's sum.

    In a network without shortcuts, each block whose output has the shape of its input gets a `Bypass`.

    Raises:
        ValueError: If no block can be deleted.
    """
    model = main_path(model)
    residual = bool(residual_blocks(model))
    blocks = deletable_blocks(model)
    if not blocks:
        raise ValueError(
            f"No block of {model.name!r} can be deleted: none has a shortcut, and none has an output of the shape of "
            "its input."
        )
    copy, last = Copy(), {block: nodes[-1].operation for block, nodes in nodes_by_block(model).items()}
    switches: dict[str, layers.Layer] = {}
    entered: dict[str, Any] = {}

    def visit(layer, args, kwargs):
        block = block_of(layer.name)
        if block not in blocks:
            return copy.layer(layer)(*args, **kwargs)
        if residual and layer.name == block + SUM:
            switches[block] = switch(name=f"{layer.name}_switch", dtype=layer.dtype_policy)
            return switches[block](*copy.summands(layer, args, visit))
        entered.setdefault(block, keras.tree.flatten(args)[0])
        output = copy.layer(layer)(*args, **kwargs)
        if not residual and layer is last[block]:
            switches[block] = Bypass(name=f"{block}_bypass", dtype=layer.dtype_policy)
            output = switches[block](entered[block], output)
        return output

    result = rebuilt(model, visit)
    copy.fill()
    parts: dict[str, dict[str, layers.Layer]] = {block: {} for block in switches}
    for name, layer in copy.layers.items():
        block = block_of(name)
        if block in parts:
            parts[block][name.removeprefix(block)] = layer
    return Opened(result, switches, residual, parts)


def deletable_blocks(model: keras.Model) -> tuple[str, ...]:
    """Return the residual blocks of a model; without any, the blocks whose output has the shape of their input."""
    return residual_blocks(model) or tuple(
        block
        for block, nodes in nodes_by_block(model).items()
        if nodes[0].input_tensors[0].shape == nodes[-1].outputs[0].shape
    )


def nodes_by_block(model: keras.Model) -> dict[str, list]:
    """Return the calls of each block's layers, in order."""
    nodes: dict[str, list] = {}
    for node in calls(model):
        if block := block_of(node.operation.name):
            nodes.setdefault(block, []).append(node)
    return nodes


class Copy:
    """New layers from the configurations of a model's layers; `rename` gives the names, of inner layers too."""

    def __init__(self, rename: Callable[[str], str] = str):
        self.rename = rename
        self.layers: dict[str, layers.Layer] = {}
        self.origins: list[tuple[layers.Layer, layers.Layer]] = []

    def layer(self, layer: layers.Layer) -> layers.Layer:
        """Return the copy of `layer`, made at the first call."""
        name = self.rename(layer.name)
        if name not in self.layers:
            config = keras.tree.map_structure(
                lambda value: self.rename(value) if isinstance(value, str) else value, layer.get_config()
            )
            self.layers[name] = type(layer).from_config(config)
            self.origins.append((layer, self.layers[name]))
        return self.layers[name]

    def summands(self, layer: layers.Layer, args: tuple, visit: Visit) -> tuple:
        """Return shortcut and branch of the sum `layer`, which is called with `args`."""
        if isinstance(layer, StochasticDepth):
            x, shortcut = args
            branch = walk(layer.branch, [x], visit)
            name = f"{self.rename(layer.name)}_survival"
            return shortcut, layers.Rescaling(layer.survival, name=name, dtype=layer.dtype_policy)(branch)
        shortcut, branch = args[0]
        return shortcut, branch

    def fill(self) -> None:
        """Give the copies the weights of their originals."""
        for original, copied in self.origins:
            copied.set_weights(original.get_weights())


def rebuilt(model: keras.Model, visit: Visit, name: str | None = None) -> keras.Model:
    """Build a model on inputs like those of `model`, each call of a layer replaced by `visit(layer, args, kwargs)`."""
    inputs = [keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=tensor.name) for tensor in model.inputs]
    outputs = walk(model, inputs, visit)
    result = ImageModel(keras.tree.pack_sequence_as(model.input, inputs), outputs, name=name or model.name)
    if on_tensorflow_cpu():
        result.jit_compile = False
    return result


def walk(model: keras.Model, inputs: Sequence, visit: Visit) -> Any:
    """Return the output of `model` for `inputs`, with each call of a layer replaced by `visit(layer, args, kwargs)`."""
    made = {id(tensor): value for tensor, value in zip(model.inputs, inputs, strict=True)}
    follow(calls(model), made, visit)
    return keras.tree.map_structure(lambda tensor: made[id(tensor)], model.output)


def follow(nodes: Iterable, made: dict[int, Any], visit: Visit) -> None:
    """Visit the layers of `nodes` in order; `made` maps the id of a tensor to its replacement, and is extended."""
    for node in nodes:
        args, kwargs = node.arguments.fill_in(made)
        outputs = keras.tree.flatten(visit(node.operation, args, kwargs))
        made.update({id(tensor): value for tensor, value in zip(node.outputs, outputs, strict=True)})


def block_of(name: str) -> str | None:
    """Return the block of a layer's name: "stage2_block1" for "stage2_block1_conv1"; None outside of blocks."""
    match = BLOCK.match(name)
    return match.group(1) if match else None
