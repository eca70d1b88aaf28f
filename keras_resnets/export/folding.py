"""Networks for inference: layers of training alone removed, normalizations folded into the layers ahead of them."""

import itertools
from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

import keras
import numpy as np
from keras import layers

from keras_resnets._checking import checked
from keras_resnets.layers import BranchLayer, GroupedConv2D, ImageModel, PointwiseConv2D, StochasticDepth
from keras_resnets.networks.auxiliary import main_path

# Layers that return their input unchanged outside of training.
TRAINING_ONLY = (
    layers.ActivityRegularization,
    layers.AlphaDropout,
    layers.Dropout,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.SpatialDropout1D,
    layers.SpatialDropout2D,
    layers.SpatialDropout3D,
)
# Kernel of each class of linear layers; its last axis (last two of a depthwise layer) is the outputs. Subclasses are
# not folded: they may compute something else.
KERNELS = {
    layers.Conv1D: "kernel",
    layers.Conv2D: "kernel",
    layers.Conv3D: "kernel",
    layers.Dense: "kernel",
    layers.DepthwiseConv2D: "kernel",
    layers.SeparableConv1D: "pointwise_kernel",
    layers.SeparableConv2D: "pointwise_kernel",
    GroupedConv2D: "kernel",
    PointwiseConv2D: "kernel",
}


class Affine(NamedTuple):
    """x * scale + shift per channel, float64 [channels], and the name of the layer that computes it."""

    layer: str
    scale: np.ndarray
    shift: np.ndarray


@checked
def inference_model(model: keras.Model, *, fold_batch_norm: bool = True) -> keras.Model:
    """Return an equal network for inference, without layers that serve training alone.

    Auxiliary classifiers, dropout, noise, stochastic depth and recomputation are removed; of stochastic depth the sum
    with `survival` times the branch stays (Huang et al. 2016, eq. 5). A batch normalization, or a rescaling, that alone
    reads what a convolution or fully connected layer without activation gives becomes part of that layer's weights.
    Where a normalization stands ahead of a ReLU and a convolution, as in pre-activation networks and DenseNets, no
    weights can take it: it stays. The layers that stay keep their names. Outputs differ by rounding alone, about 1e-6
    of them in float32.

    Args:
        model: Functional or Sequential model, of one output, a list, or a dictionary, of which "main" is kept if it
            exists. It is not changed.
        fold_batch_norm: Whether to fold normalizations.

    Returns:
        A functional `keras.Model` with variables of its own, not for training.

    Raises:
        ValueError: The model is neither functional nor Sequential.
    """
    result = _without_training(main_path(functional(model)))
    if fold_batch_norm:
        result = _folded(result)
    return result


def functional(model: keras.Model) -> keras.Model:
    """Return a functional model of the same layers and weights.

    Raises:
        ValueError: The model is neither functional nor a Sequential model that is built.
    """
    if isinstance(model, keras.Sequential) and model.built:
        return ImageModel(model.inputs[0], model.outputs[0], name=model.name)
    if not hasattr(model, "operations"):
        raise ValueError(
            f"{model.name!r} must be a functional model, or a Sequential one that is built: the connections of other "
            "models are unknown."
        )
    return model


def _without_training(model: keras.Model) -> keras.Model:
    """Copy a functional model without the layers that serve training alone."""

    def called(layer, *inputs, **options):
        if isinstance(layer, TRAINING_ONLY):
            return inputs[0]
        if isinstance(layer, StochasticDepth):
            return _always_surviving(layer, *inputs)
        if isinstance(layer, BranchLayer):
            return layer.branch.call(inputs[0])
        return layer(*inputs, **options)

    def copied(layer):
        if isinstance(layer, keras.Model):
            return _without_training(functional(layer))
        return type(layer).from_config(layer.get_config())

    return _rebuilt(model, copied, called)


def _always_surviving(layer: StochasticDepth, x, shortcut):
    # On symbolic tensors `call` puts the branch's layers into the network that is being built.
    branch = layer.branch.call(x)
    policy = layer.dtype_policy
    if layer.survival != 1:
        branch = layers.Rescaling(layer.survival, dtype=policy, name=f"{layer.name}_scale")(branch)
    return layers.Add(dtype=policy, name=layer.name)([shortcut, branch])


def _folded(model: keras.Model) -> keras.Model:
    """Copy a functional model with normalizations and rescalings folded into weights where possible."""
    chains = _foldable(model)
    gone = {affine.layer for chain in chains.values() for affine in chain}

    def called(layer, *inputs, **options):
        return inputs[0] if layer.name in gone else layer(*inputs, **options)

    def copied(layer):
        if isinstance(layer, keras.Model):
            return _folded(layer)
        config = layer.get_config()
        return type(layer).from_config({**config, "use_bias": True} if layer.name in chains else config)

    return _rebuilt(model, copied, called, lambda layer: _weights(layer, chains.get(layer.name, [])))


def _rebuilt(
    model: keras.Model, copied: Callable, called: Callable, weights: Callable = keras.layers.Layer.get_weights
) -> keras.Model:
    """Rebuild a model from layers made by `copied`, called by `called`, with the `weights` of the original layers."""
    pairs = []

    def remembered(layer):
        if not isinstance(layer, keras.layers.Layer):
            return layer  # a plain operation has no state
        pairs.append((layer, copied(layer)))
        return pairs[-1][1]

    result = keras.models.clone_model(model, clone_function=remembered, call_function=called)
    for layer, copy in pairs:
        if copy.weights and not isinstance(layer, keras.Model):
            copy.set_weights(weights(layer))
    return result


def _foldable(model: keras.Model) -> dict[str, list[Affine]]:
    """Return the operations that can be folded into each linear layer, in order, by the layer's name."""
    # A layer that came out of a branch has been called there too: only the calls in this model count.
    calls: dict[keras.Operation, list] = defaultdict(list)
    readers: dict[int, list] = defaultdict(list)
    for node in itertools.chain.from_iterable(model._nodes_by_depth.values()):
        calls[node.operation].append(node)
        for tensor in node.input_tensors:
            readers[id(tensor)].append(node.operation)
    for tensor in model.outputs:
        readers[id(tensor)].append(None)

    chains = {}
    for layer in model.layers:
        chain, last = [], layer
        while _is_linear(layer) and len(calls[last]) == 1:
            tensor = calls[last][0].output_tensors[0]
            if len(readers[id(tensor)]) != 1:
                break
            (last,) = readers[id(tensor)]
            affine = _affine(last, tensor, _channel_axis(layer)) if len(calls[last]) == 1 else None
            if affine is None:
                break
            chain.append(affine)
        if chain:
            chains[layer.name] = chain
    return chains


def _is_linear(layer) -> bool:
    return type(layer) in KERNELS and layer.activation is keras.activations.linear


def _channel_axis(linear) -> int:
    return 1 if getattr(linear, "data_format", "channels_last") == "channels_first" else -1


def _affine(layer, tensor, axis) -> Affine | None:
    """Return the scale and shift of `layer` per channel, along `axis` of its input; None for other computations."""
    rank, channels = len(tensor.shape), tensor.shape[axis]
    if isinstance(layer, layers.BatchNormalization) and layer.axis % rank == axis % rank:
        mean, variance = _array(layer.moving_mean), _array(layer.moving_variance)
        gamma = _array(layer.gamma) if layer.scale else 1.0
        beta = _array(layer.beta) if layer.center else 0.0
        scale = gamma / np.sqrt(variance + layer.epsilon)
        return Affine(layer.name, scale, beta - mean * scale)
    if type(layer) is layers.Rescaling and np.ndim(layer.scale) == np.ndim(layer.offset) == 0:
        return Affine(layer.name, *(np.full(channels, float(value)) for value in (layer.scale, layer.offset)))
    return None


def _weights(layer: keras.layers.Layer, chain: list[Affine]) -> list[np.ndarray]:
    """Return a layer's weights with the operations of `chain` folded into them."""
    if not chain:
        return layer.get_weights()
    kernel_variable = getattr(layer, KERNELS[type(layer)])
    kernel = _array(kernel_variable)
    bias = _array(layer.bias) if layer.use_bias else np.zeros(())
    # A depthwise kernel keeps its outputs on two axes.
    outputs = kernel.shape[-2:] if isinstance(layer, layers.DepthwiseConv2D) else kernel.shape[-1:]
    for affine in chain:
        kernel = kernel * affine.scale.reshape(outputs)
        bias = bias * affine.scale + affine.shift
    others = [variable for variable in layer.weights if variable is not kernel_variable and variable is not layer.bias]
    return [*(_array(variable) for variable in others), kernel, bias]


def _array(variable) -> np.ndarray:
    """Return a variable in float64, so that folding adds no rounding error, whatever the precision of computation."""
    return keras.ops.convert_to_numpy(variable).astype("float64")
