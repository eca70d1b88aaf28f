"""A network opened at its blocks: a copy whose residual branches can be shut, or whose gradients can be led.

The copy has weights of its own; nothing that is done to it reaches the model that it was made of.
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
SUM = "_add"  # ends the name of the layer that adds a block's shortcut and branch
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
    """`outputs` where `open` is 1, `inputs` where it is 0, called as `layer(inputs, outputs)`: a block that goes."""

    def build(self, inputs_shape, outputs_shape):
        self.open = self.add_weight(shape=(), initializer="ones", trainable=False, name="open")

    def call(self, inputs, outputs):
        return ops.where(self.open > 0.5, outputs, inputs)

    def compute_output_shape(self, inputs_shape, outputs_shape):
        return outputs_shape


@keras.saving.register_keras_serializable(package="keras_resnets")
class Points(layers.Layer):
    """shortcut + branch, whose gradient goes into the branch alone (`into_branch` 1) or the shortcut alone (0)."""

    def build(self, shortcut_shape, branch_shape):
        self.into_branch = self.add_weight(shape=(), initializer="ones", trainable=False, name="into_branch")

    def call(self, shortcut, branch):
        share = ops.cast(self.into_branch, branch.dtype)
        return _led(shortcut, 1 - share) + _led(branch, share)

    def compute_output_shape(self, shortcut_shape, branch_shape):
        return shortcut_shape


def _led(x, share):
    """`x`, of whose gradient `share`, 0 or 1, goes on."""
    return share * x + (1 - share) * ops.stop_gradient(x)


@dataclass(frozen=True, eq=False)
class Opened:
    """A copy of a network with a switch at each block.

    Attributes:
        model: the copy.
        switches: by the block's name, in order.
        residual: whether the blocks have shortcuts; a block of others is deleted by passing its input on.
        layers: of each block, by the layer's name less the block's.
    """

    model: keras.Model
    switches: dict[str, layers.Layer]
    residual: bool
    layers: dict[str, dict[str, layers.Layer]]


def residual_blocks(model: keras.Model) -> tuple[str, ...]:
    """The names of a network's residual blocks, in order: "stage1_block1" and so on; none for a plain network."""
    return tuple(
        layer.name.removesuffix(SUM) for layer in model.layers if layer.name.endswith(SUM) and BLOCK.match(layer.name)
    )


def require_residual(model: keras.Model, purpose: str) -> tuple[str, ...]:
    """`residual_blocks`, of which there must be some for `purpose`.

    Raises:
        ValueError: if the model has none.
    """
    blocks = residual_blocks(model)
    if not blocks:
        raise ValueError(
            f"{model.name!r} has no residual blocks, which are sums of a shortcut and a branch named "
            f"'stageS_blockB{SUM}': {purpose}."
        )
    return blocks


def opened(model: keras.Model, switch: type[layers.Layer] = Switch) -> Opened:
    """A copy of a network of this package with a `switch` in place of each residual block's sum.

    Of a network without shortcuts, a block whose output has the shape of its input gets a `Bypass`.

    Raises:
        ValueError: if no block of it can be deleted.
    """
    model = main_path(model)
    residual = bool(residual_blocks(model))
    blocks = deletable_blocks(model)
    if not blocks:
        raise ValueError(
            f"No block of {model.name!r} can be deleted: none has a shortcut, and none gives a map of the shape that "
            "it reads."
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
    """The residual blocks of a model; of one without any, those that give a map of the shape that they read."""
    return residual_blocks(model) or tuple(
        block
        for block, nodes in nodes_by_block(model).items()
        if nodes[0].input_tensors[0].shape == nodes[-1].outputs[0].shape
    )


def nodes_by_block(model: keras.Model) -> dict[str, list]:
    """The calls of each block's layers, in order."""
    nodes: dict[str, list] = {}
    for node in calls(model):
        if block := block_of(node.operation.name):
            nodes.setdefault(block, []).append(node)
    return nodes


class Copy:
    """Layers of a model, made anew from their configurations; `rename` gives each name, those of inner layers too."""

    def __init__(self, rename: Callable[[str], str] = str):
        self.rename = rename
        self.layers: dict[str, layers.Layer] = {}
        self.origins: list[tuple[layers.Layer, layers.Layer]] = []

    def layer(self, layer: layers.Layer) -> layers.Layer:
        """The copy of `layer`, made when it is first asked for."""
        name = self.rename(layer.name)
        if name not in self.layers:
            config = keras.tree.map_structure(
                lambda value: self.rename(value) if isinstance(value, str) else value, layer.get_config()
            )
            self.layers[name] = type(layer).from_config(config)
            self.origins.append((layer, self.layers[name]))
        return self.layers[name]

    def summands(self, layer: layers.Layer, args: tuple, visit: Visit) -> tuple:
        """The shortcut and the branch that `layer`, called with `args`, adds, in this order."""
        if isinstance(layer, StochasticDepth):
            x, shortcut = args
            branch = walk(layer.branch, [x], visit)
            name = f"{self.rename(layer.name)}_survival"
            return shortcut, layers.Rescaling(layer.survival, name=name, dtype=layer.dtype_policy)(branch)
        shortcut, branch = args[0]
        return shortcut, branch

    def fill(self) -> None:
        """Give the copies the weights of what they are copies of."""
        for original, copied in self.origins:
            copied.set_weights(original.get_weights())


def rebuilt(model: keras.Model, visit: Visit, name: str | None = None) -> keras.Model:
    """A model on inputs like those of `model`, each call of a layer replaced by `visit(layer, args, kwargs)`."""
    inputs = [keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=tensor.name) for tensor in model.inputs]
    outputs = walk(model, inputs, visit)
    result = ImageModel(keras.tree.pack_sequence_as(model.input, inputs), outputs, name=name or model.name)
    if on_tensorflow_cpu():
        result.jit_compile = False
    return result


def walk(model: keras.Model, inputs: Sequence, visit: Visit) -> Any:
    """The output of `model` for `inputs`, each call of a layer replaced by `visit(layer, args, kwargs)`."""
    made = {id(tensor): value for tensor, value in zip(model.inputs, inputs, strict=True)}
    follow(calls(model), made, visit)
    return keras.tree.map_structure(lambda tensor: made[id(tensor)], model.output)


def follow(nodes: Iterable, made: dict[int, Any], visit: Visit) -> None:
    """Visit the layers of `nodes` in order; `made` holds what stands for a tensor, by its id, and is added to."""
    for node in nodes:
        args, kwargs = node.arguments.fill_in(made)
        made[id(node.outputs[0])] = visit(node.operation, args, kwargs)


def block_of(name: str) -> str | None:
    """ "stage2_block1" of "stage2_block1_conv1"; None of a layer of the stem, of a transition or of the head."""
    match = BLOCK.match(name)
    return match.group(1) if match else None
