"""Layers, and the conventions that every network shares."""

from keras_resnets.layers.adaptive_pool import AdaptiveAveragePooling
from keras_resnets.layers.batch_norm import FusedBatchNormalization
from keras_resnets.layers.branch import BranchLayer
from keras_resnets.layers.conventions import (
    Activation,
    Size,
    avg_pool,
    bn_relu,
    bn_relu_conv,
    classifier,
    conv,
    conv_bn,
    conv_bn_relu,
    conv_relu,
    dense,
    flatten,
    global_pool,
    head_dtype,
    local_mean,
    max_pool,
    norm,
    pad,
    prelu,
    relu,
)
from keras_resnets.layers.grouped import GroupedConv2D
from keras_resnets.layers.image_model import ExpectedInput, ImageModel, carrying, preprocessing_of
from keras_resnets.layers.local_response import LocalResponseNormalization
from keras_resnets.layers.maxout import Maxout
from keras_resnets.layers.padding import MirrorPadding2D
from keras_resnets.layers.pointwise import PointwiseConv2D
from keras_resnets.layers.pyramid_pool import SpatialPyramidPooling
from keras_resnets.layers.recompute import Recompute
from keras_resnets.layers.shortcut import IdentityShortcut
from keras_resnets.layers.stochastic_depth import StochasticDepth, checked_survival
from keras_resnets.layers.tensor import Shape, Tensor

__all__ = [
    "Activation",
    "AdaptiveAveragePooling",
    "BranchLayer",
    "ExpectedInput",
    "FusedBatchNormalization",
    "GroupedConv2D",
    "IdentityShortcut",
    "ImageModel",
    "LocalResponseNormalization",
    "Maxout",
    "MirrorPadding2D",
    "PointwiseConv2D",
    "Recompute",
    "Shape",
    "Size",
    "SpatialPyramidPooling",
    "StochasticDepth",
    "Tensor",
    "avg_pool",
    "bn_relu",
    "bn_relu_conv",
    "carrying",
    "checked_survival",
    "classifier",
    "conv",
    "conv_bn",
    "conv_bn_relu",
    "conv_relu",
    "dense",
    "flatten",
    "global_pool",
    "head_dtype",
    "local_mean",
    "max_pool",
    "norm",
    "pad",
    "prelu",
    "preprocessing_of",
    "relu",
]
