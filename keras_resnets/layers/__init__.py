"""Layers and the conventions that every network shares."""

from keras_resnets.layers.conventions import (
    classifier,
    conv,
    conv_bn,
    conv_bn_relu,
    conv_relu,
    dense,
    flatten,
    global_pool,
    head_dtype,
    max_pool,
    norm,
    pad,
    relu,
)
from keras_resnets.layers.grouped import GroupedConv2D
from keras_resnets.layers.shortcut import IdentityShortcut

__all__ = [
    "GroupedConv2D",
    "IdentityShortcut",
    "classifier",
    "conv",
    "conv_bn",
    "conv_bn_relu",
    "conv_relu",
    "dense",
    "flatten",
    "global_pool",
    "head_dtype",
    "max_pool",
    "norm",
    "pad",
    "relu",
]
