"""Networks of the papers. Made by `python -m keras_resnets.networks.stubs`; a test holds it current."""

import os
from collections.abc import Callable, Sequence
from typing import Any

import keras

from keras_resnets._names import list_models as list_models
from keras_resnets.networks.registry import build as build

__all__ = [
    "DSN",
    "NIN",
    "VGG16",
    "VGG16_BN",
    "VGG19",
    "VGG19_BN",
    "AlexNet",
    "BNInception",
    "DenseNet40_12",
    "DenseNet100_12",
    "DenseNet100_24",
    "DenseNet121",
    "DenseNet161",
    "DenseNet169",
    "DenseNet201",
    "DenseNet264",
    "DenseNetBC100_12",
    "DenseNetBC190_40",
    "DenseNetBC250_24",
    "FitNet1",
    "FitNet2",
    "FitNet4",
    "GoogLeNet",
    "Highway19",
    "Highway32",
    "InceptionResNetV2",
    "InceptionV2",
    "InceptionV3",
    "Maxout",
    "PReLUNetA",
    "PReLUNetB",
    "PReLUNetC",
    "Plain18",
    "Plain20",
    "Plain32",
    "Plain34",
    "Plain44",
    "Plain56",
    "Plain110",
    "Plain1202",
    "PreActResNet18",
    "PreActResNet34",
    "PreActResNet50",
    "PreActResNet101",
    "PreActResNet110",
    "PreActResNet152",
    "PreActResNet164",
    "PreActResNet200",
    "PreActResNet1001",
    "ResNeXt29",
    "ResNeXt50",
    "ResNeXt101",
    "ResNet18",
    "ResNet20",
    "ResNet32",
    "ResNet34",
    "ResNet44",
    "ResNet50",
    "ResNet56",
    "ResNet101",
    "ResNet110",
    "ResNet152",
    "ResNet1202",
    "WideResNet16_8",
    "WideResNet28_10",
    "WideResNet40_4",
    "WideResNet50_2",
    "WideResNet101_2",
    "ZFNet",
    "ZFNetB",
    "build",
    "list_models",
]

def ResNet18(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "B",
    zero_gamma: bool = False,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    output_stride: int | None = None,
    survival: float | None = None,
) -> keras.Model:
    """ResNet18 (He et al. 2015, Table 1).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "resnet18".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        zero_gamma: Start every block as its shortcut, with a last gamma of zero (Goyal et al. 2017, arXiv 1706.02677).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        output_stride: 8 or 16, the ratio of image to last map, which is 32 otherwise: later stages are dilated, with
            the same weights (Chen et al. 2017, arXiv 1706.05587). None keeps their strides.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def ResNet20(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "A",
    zero_gamma: bool = False,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    survival: float | None = None,
) -> keras.Model:
    """ResNet20 (He et al. 2015, sec. 4.2).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "resnet20".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        zero_gamma: Start every block as its shortcut, with a last gamma of zero (Goyal et al. 2017, arXiv 1706.02677).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def ResNet32(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "A",
    zero_gamma: bool = False,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    survival: float | None = None,
) -> keras.Model:
    """ResNet32 (He et al. 2015, sec. 4.2).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "resnet32".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        zero_gamma: Start every block as its shortcut, with a last gamma of zero (Goyal et al. 2017, arXiv 1706.02677).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def ResNet34(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "B",
    zero_gamma: bool = False,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    output_stride: int | None = None,
    survival: float | None = None,
) -> keras.Model:
    """ResNet34 (He et al. 2015, Table 1).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "resnet34".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        zero_gamma: Start every block as its shortcut, with a last gamma of zero (Goyal et al. 2017, arXiv 1706.02677).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        output_stride: 8 or 16, the ratio of image to last map, which is 32 otherwise: later stages are dilated, with
            the same weights (Chen et al. 2017, arXiv 1706.05587). None keeps their strides.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def ResNet44(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "A",
    zero_gamma: bool = False,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    survival: float | None = None,
) -> keras.Model:
    """ResNet44 (He et al. 2015, sec. 4.2).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "resnet44".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        zero_gamma: Start every block as its shortcut, with a last gamma of zero (Goyal et al. 2017, arXiv 1706.02677).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def ResNet50(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "B",
    downsample: str = "3x3",
    zero_gamma: bool = False,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    output_stride: int | None = None,
    survival: float | None = None,
) -> keras.Model:
    """ResNet50 (He et al. 2015, Table 1).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "resnet50".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        downsample: Place of a bottleneck's stride: "3x3" (v1.5), or "1x1" (the authors and keras.applications).
        zero_gamma: Start every block as its shortcut, with a last gamma of zero (Goyal et al. 2017, arXiv 1706.02677).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        output_stride: 8 or 16, the ratio of image to last map, which is 32 otherwise: later stages are dilated, with
            the same weights (Chen et al. 2017, arXiv 1706.05587). None keeps their strides.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def ResNet56(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "A",
    zero_gamma: bool = False,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    survival: float | None = None,
) -> keras.Model:
    """ResNet56 (He et al. 2015, sec. 4.2).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "resnet56".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        zero_gamma: Start every block as its shortcut, with a last gamma of zero (Goyal et al. 2017, arXiv 1706.02677).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def ResNet101(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "B",
    downsample: str = "3x3",
    zero_gamma: bool = False,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    output_stride: int | None = None,
    survival: float | None = None,
) -> keras.Model:
    """ResNet101 (He et al. 2015, Table 1).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "resnet101".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        downsample: Place of a bottleneck's stride: "3x3" (v1.5), or "1x1" (the authors and keras.applications).
        zero_gamma: Start every block as its shortcut, with a last gamma of zero (Goyal et al. 2017, arXiv 1706.02677).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        output_stride: 8 or 16, the ratio of image to last map, which is 32 otherwise: later stages are dilated, with
            the same weights (Chen et al. 2017, arXiv 1706.05587). None keeps their strides.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def ResNet110(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "A",
    zero_gamma: bool = False,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    survival: float | None = None,
) -> keras.Model:
    """ResNet110 (He et al. 2015, sec. 4.2).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "resnet110".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        zero_gamma: Start every block as its shortcut, with a last gamma of zero (Goyal et al. 2017, arXiv 1706.02677).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def ResNet152(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "B",
    downsample: str = "3x3",
    zero_gamma: bool = False,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    output_stride: int | None = None,
    survival: float | None = None,
) -> keras.Model:
    """ResNet152 (He et al. 2015, Table 1).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "resnet152".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        downsample: Place of a bottleneck's stride: "3x3" (v1.5), or "1x1" (the authors and keras.applications).
        zero_gamma: Start every block as its shortcut, with a last gamma of zero (Goyal et al. 2017, arXiv 1706.02677).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        output_stride: 8 or 16, the ratio of image to last map, which is 32 otherwise: later stages are dilated, with
            the same weights (Chen et al. 2017, arXiv 1706.05587). None keeps their strides.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def ResNet1202(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "A",
    zero_gamma: bool = False,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    survival: float | None = None,
) -> keras.Model:
    """ResNet1202 (He et al. 2015, sec. 4.2).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "resnet1202".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        zero_gamma: Start every block as its shortcut, with a last gamma of zero (Goyal et al. 2017, arXiv 1706.02677).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def Plain18(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
) -> keras.Model:
    """Plain18 (He et al. 2015, Table 1).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "plain18".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def Plain20(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
) -> keras.Model:
    """Plain20 (He et al. 2015, sec. 4.2).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "plain20".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def Plain32(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
) -> keras.Model:
    """Plain32 (He et al. 2015, sec. 4.2).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "plain32".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def Plain34(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
) -> keras.Model:
    """Plain34 (He et al. 2015, Table 1).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "plain34".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def Plain44(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
) -> keras.Model:
    """Plain44 (He et al. 2015, sec. 4.2).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "plain44".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def Plain56(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
) -> keras.Model:
    """Plain56 (He et al. 2015, sec. 4.2).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "plain56".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def Plain110(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
) -> keras.Model:
    """Plain110 (He et al. 2015, sec. 4.2).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "plain110".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def Plain1202(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
) -> keras.Model:
    """Plain1202 (He et al. 2015, sec. 4.2).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "plain1202".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def PreActResNet18(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "B",
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    output_stride: int | None = None,
    survival: float | None = None,
) -> keras.Model:
    """PreActResNet18 (He et al. 2016, with the depths of He et al. 2015, Table 1).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "preact_resnet18".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        output_stride: 8 or 16, the ratio of image to last map, which is 32 otherwise: later stages are dilated, with
            the same weights (Chen et al. 2017, arXiv 1706.05587). None keeps their strides.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def PreActResNet34(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "B",
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    output_stride: int | None = None,
    survival: float | None = None,
) -> keras.Model:
    """PreActResNet34 (He et al. 2016, with the depths of He et al. 2015, Table 1).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "preact_resnet34".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        output_stride: 8 or 16, the ratio of image to last map, which is 32 otherwise: later stages are dilated, with
            the same weights (Chen et al. 2017, arXiv 1706.05587). None keeps their strides.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def PreActResNet50(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "B",
    downsample: str = "3x3",
    variant: str = "paper",
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    output_stride: int | None = None,
    survival: float | None = None,
) -> keras.Model:
    """PreActResNet50 (He et al. 2016, with the depths of He et al. 2015, Table 1).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "preact_resnet50".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        downsample: Place of a bottleneck's stride: "3x3" (v1.5), or "1x1" (the authors and keras.applications).
        variant: Source of the form and its weights: the authors (default), "torchvision" or "keras_applications"; of
            AlexNet the year, "2014" (default, one column) or "2012" (two groups).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        output_stride: 8 or 16, the ratio of image to last map, which is 32 otherwise: later stages are dilated, with
            the same weights (Chen et al. 2017, arXiv 1706.05587). None keeps their strides.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def PreActResNet101(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "B",
    downsample: str = "3x3",
    variant: str = "paper",
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    output_stride: int | None = None,
    survival: float | None = None,
) -> keras.Model:
    """PreActResNet101 (He et al. 2016, with the depths of He et al. 2015, Table 1).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "preact_resnet101".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        downsample: Place of a bottleneck's stride: "3x3" (v1.5), or "1x1" (the authors and keras.applications).
        variant: Source of the form and its weights: the authors (default), "torchvision" or "keras_applications"; of
            AlexNet the year, "2014" (default, one column) or "2012" (two groups).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        output_stride: 8 or 16, the ratio of image to last map, which is 32 otherwise: later stages are dilated, with
            the same weights (Chen et al. 2017, arXiv 1706.05587). None keeps their strides.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def PreActResNet110(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "A",
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    survival: float | None = None,
) -> keras.Model:
    """PreActResNet110 (He et al. 2016, Table 3).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "preact_resnet110".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def PreActResNet152(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "B",
    downsample: str = "3x3",
    variant: str = "paper",
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    output_stride: int | None = None,
    survival: float | None = None,
) -> keras.Model:
    """PreActResNet152 (He et al. 2016, with the depths of He et al. 2015, Table 1).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "preact_resnet152".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        downsample: Place of a bottleneck's stride: "3x3" (v1.5), or "1x1" (the authors and keras.applications).
        variant: Source of the form and its weights: the authors (default), "torchvision" or "keras_applications"; of
            AlexNet the year, "2014" (default, one column) or "2012" (two groups).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        output_stride: 8 or 16, the ratio of image to last map, which is 32 otherwise: later stages are dilated, with
            the same weights (Chen et al. 2017, arXiv 1706.05587). None keeps their strides.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def PreActResNet164(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "B",
    downsample: str = "3x3",
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    survival: float | None = None,
) -> keras.Model:
    """PreActResNet164 (He et al. 2016, Table 3).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "preact_resnet164".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        downsample: Place of a bottleneck's stride: "3x3" (v1.5), or "1x1" (the authors and keras.applications).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def PreActResNet200(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "B",
    downsample: str = "3x3",
    variant: str = "paper",
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    output_stride: int | None = None,
    survival: float | None = None,
) -> keras.Model:
    """PreActResNet200 (He et al. 2016, Table 5).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "preact_resnet200".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        downsample: Place of a bottleneck's stride: "3x3" (v1.5), or "1x1" (the authors and keras.applications).
        variant: Source of the form and its weights: the authors (default), "torchvision" or "keras_applications"; of
            AlexNet the year, "2014" (default, one column) or "2012" (two groups).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        output_stride: 8 or 16, the ratio of image to last map, which is 32 otherwise: later stages are dilated, with
            the same weights (Chen et al. 2017, arXiv 1706.05587). None keeps their strides.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def PreActResNet1001(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "B",
    downsample: str = "3x3",
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    survival: float | None = None,
) -> keras.Model:
    """PreActResNet1001 (He et al. 2016, Table 3).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "preact_resnet1001".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        downsample: Place of a bottleneck's stride: "3x3" (v1.5), or "1x1" (the authors and keras.applications).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def ResNeXt29(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    cardinality: int = 8,
    base_width: int = 64,
    depths: Sequence[int] = (3, 3, 3),
    filters: int = 64,
    form: str = "c",
    shortcut: str = "B",
    downsample: str = "3x3",
    zero_gamma: bool = False,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    survival: float | None = None,
) -> keras.Model:
    """ResNeXt29 (Xie et al. 2017, sec. 5.3 and Table 7).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "resnext29_8x64d".
        cardinality: C, the number of paths in a block.
        base_width: d, the width of a path in the first stage; it doubles from stage to stage.
        depths: Number of blocks in each stage; three layers a block, stem and head make the depth: (2, 2, 2) is 20
            layers, 9n + 2 with n = 2 (Xie et al. 2017, appendix A).
        filters: Channels of the stem; blocks of the first stage end in 4 times as many, doubled from stage to stage.
        form: Form of a block: "a" summed or "b" concatenated paths, "c" grouped convolution (Xie et al. 2017, Fig. 3).
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        downsample: Place of a bottleneck's stride: "3x3" (v1.5), or "1x1" (the authors and keras.applications).
        zero_gamma: Start every block as its shortcut, with a last gamma of zero (Goyal et al. 2017, arXiv 1706.02677).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def ResNeXt50(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    cardinality: int = 32,
    base_width: int = 4,
    depths: Sequence[int] = (3, 4, 6, 3),
    filters: int = 64,
    form: str = "c",
    shortcut: str = "B",
    downsample: str = "3x3",
    zero_gamma: bool = False,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    output_stride: int | None = None,
    survival: float | None = None,
) -> keras.Model:
    """ResNeXt50 (Xie et al. 2017, Tables 1 and 3).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "resnext50_32x4d".
        cardinality: C, the number of paths in a block.
        base_width: d, the width of a path in the first stage; it doubles from stage to stage.
        depths: Number of blocks in each stage; three layers a block, stem and head make the depth: (2, 2, 2) is 20
            layers, 9n + 2 with n = 2 (Xie et al. 2017, appendix A).
        filters: Channels of the stem; blocks of the first stage end in 4 times as many, doubled from stage to stage.
        form: Form of a block: "a" summed or "b" concatenated paths, "c" grouped convolution (Xie et al. 2017, Fig. 3).
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        downsample: Place of a bottleneck's stride: "3x3" (v1.5), or "1x1" (the authors and keras.applications).
        zero_gamma: Start every block as its shortcut, with a last gamma of zero (Goyal et al. 2017, arXiv 1706.02677).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        output_stride: 8 or 16, the ratio of image to last map, which is 32 otherwise: later stages are dilated, with
            the same weights (Chen et al. 2017, arXiv 1706.05587). None keeps their strides.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def ResNeXt101(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    cardinality: int = 32,
    base_width: int = 4,
    depths: Sequence[int] = (3, 4, 23, 3),
    filters: int = 64,
    form: str = "c",
    shortcut: str = "B",
    downsample: str = "3x3",
    zero_gamma: bool = False,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    output_stride: int | None = None,
    survival: float | None = None,
) -> keras.Model:
    """ResNeXt101 (Xie et al. 2017, Tables 3 and 4).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "resnext101_32x4d".
        cardinality: C, the number of paths in a block.
        base_width: d, the width of a path in the first stage; it doubles from stage to stage.
        depths: Number of blocks in each stage; three layers a block, stem and head make the depth: (2, 2, 2) is 20
            layers, 9n + 2 with n = 2 (Xie et al. 2017, appendix A).
        filters: Channels of the stem; blocks of the first stage end in 4 times as many, doubled from stage to stage.
        form: Form of a block: "a" summed or "b" concatenated paths, "c" grouped convolution (Xie et al. 2017, Fig. 3).
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        downsample: Place of a bottleneck's stride: "3x3" (v1.5), or "1x1" (the authors and keras.applications).
        zero_gamma: Start every block as its shortcut, with a last gamma of zero (Goyal et al. 2017, arXiv 1706.02677).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        output_stride: 8 or 16, the ratio of image to last map, which is 32 otherwise: later stages are dilated, with
            the same weights (Chen et al. 2017, arXiv 1706.05587). None keeps their strides.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def WideResNet16_8(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "B",
    dropout: float = 0.0,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    survival: float | None = None,
) -> keras.Model:
    """WideResNet16_8 (Zagoruyko & Komodakis 2016, Table 1).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "wide_resnet16_8".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        dropout: Rate of the dropout in training: between the convolutions of a wide block, behind every convolution of
            a dense network but the first.
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def WideResNet28_10(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "B",
    dropout: float = 0.0,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    survival: float | None = None,
) -> keras.Model:
    """WideResNet28_10 (Zagoruyko & Komodakis 2016, Table 1).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "wide_resnet28_10".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        dropout: Rate of the dropout in training: between the convolutions of a wide block, behind every convolution of
            a dense network but the first.
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def WideResNet40_4(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "B",
    dropout: float = 0.0,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    survival: float | None = None,
) -> keras.Model:
    """WideResNet40_4 (Zagoruyko & Komodakis 2016, Table 1).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "wide_resnet40_4".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        dropout: Rate of the dropout in training: between the convolutions of a wide block, behind every convolution of
            a dense network but the first.
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def WideResNet50_2(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "B",
    downsample: str = "3x3",
    zero_gamma: bool = False,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    output_stride: int | None = None,
    survival: float | None = None,
) -> keras.Model:
    """WideResNet50_2 (Zagoruyko & Komodakis 2016, Table 8).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "wide_resnet50_2".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        downsample: Place of a bottleneck's stride: "3x3" (v1.5), or "1x1" (the authors and keras.applications).
        zero_gamma: Start every block as its shortcut, with a last gamma of zero (Goyal et al. 2017, arXiv 1706.02677).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        output_stride: 8 or 16, the ratio of image to last map, which is 32 otherwise: later stages are dilated, with
            the same weights (Chen et al. 2017, arXiv 1706.05587). None keeps their strides.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def WideResNet101_2(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    shortcut: str = "B",
    downsample: str = "3x3",
    zero_gamma: bool = False,
    survival_probability: float | None = None,
    drop_path_rate: float = 0.0,
    output_stride: int | None = None,
    survival: float | None = None,
) -> keras.Model:
    """WideResNet101_2 (Zagoruyko & Komodakis 2016, Table 8, with the depths of ResNet-101).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "wide_resnet101_2".
        shortcut: "A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in some
            trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.
        downsample: Place of a bottleneck's stride: "3x3" (v1.5), or "1x1" (the authors and keras.applications).
        zero_gamma: Start every block as its shortcut, with a last gamma of zero (Goyal et al. 2017, arXiv 1706.02677).
        survival_probability: Stochastic depth: p_L, the probability that the last block survives a training step;
            earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the
            whole mini-batch, and scaled in inference. None builds no stochastic depth.
        drop_path_rate: Stochastic depth as timm has it: rate at which the last block is dropped for an image; it grows
            linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their function
            in inference.
        output_stride: 8 or 16, the ratio of image to last map, which is 32 otherwise: later stages are dilated, with
            the same weights (Chen et al. 2017, arXiv 1706.05587). None keeps their strides.
        survival: Another name of `survival_probability`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def DenseNet40_12(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    dropout: float = 0.0,
    memory_efficient: bool = False,
) -> keras.Model:
    """DenseNet40_12 (Huang et al. 2017, Table 2).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "densenet40_12".
        dropout: Rate of the dropout in training: between the convolutions of a wide block, behind every convolution of
            a dense network but the first.
        memory_efficient: Recompute concatenated maps in the backward pass instead of keeping them (Pleiss et al. 2017,
            arXiv 1707.06990); the same function and weights.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def DenseNet100_12(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    dropout: float = 0.0,
    memory_efficient: bool = False,
) -> keras.Model:
    """DenseNet100_12 (Huang et al. 2017, Table 2).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "densenet100_12".
        dropout: Rate of the dropout in training: between the convolutions of a wide block, behind every convolution of
            a dense network but the first.
        memory_efficient: Recompute concatenated maps in the backward pass instead of keeping them (Pleiss et al. 2017,
            arXiv 1707.06990); the same function and weights.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def DenseNet100_24(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    dropout: float = 0.0,
    memory_efficient: bool = False,
) -> keras.Model:
    """DenseNet100_24 (Huang et al. 2017, Table 2).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "densenet100_24".
        dropout: Rate of the dropout in training: between the convolutions of a wide block, behind every convolution of
            a dense network but the first.
        memory_efficient: Recompute concatenated maps in the backward pass instead of keeping them (Pleiss et al. 2017,
            arXiv 1707.06990); the same function and weights.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def DenseNet121(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    dropout: float = 0.0,
    memory_efficient: bool = False,
) -> keras.Model:
    """DenseNet121 (Huang et al. 2017, Table 1).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "densenet121".
        dropout: Rate of the dropout in training: between the convolutions of a wide block, behind every convolution of
            a dense network but the first.
        memory_efficient: Recompute concatenated maps in the backward pass instead of keeping them (Pleiss et al. 2017,
            arXiv 1707.06990); the same function and weights.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def DenseNet161(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    dropout: float = 0.0,
    memory_efficient: bool = False,
) -> keras.Model:
    """DenseNet161 (Huang et al. 2017, the authors' release).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "densenet161".
        dropout: Rate of the dropout in training: between the convolutions of a wide block, behind every convolution of
            a dense network but the first.
        memory_efficient: Recompute concatenated maps in the backward pass instead of keeping them (Pleiss et al. 2017,
            arXiv 1707.06990); the same function and weights.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def DenseNet169(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    dropout: float = 0.0,
    memory_efficient: bool = False,
) -> keras.Model:
    """DenseNet169 (Huang et al. 2017, Table 1).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "densenet169".
        dropout: Rate of the dropout in training: between the convolutions of a wide block, behind every convolution of
            a dense network but the first.
        memory_efficient: Recompute concatenated maps in the backward pass instead of keeping them (Pleiss et al. 2017,
            arXiv 1707.06990); the same function and weights.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def DenseNet201(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    dropout: float = 0.0,
    memory_efficient: bool = False,
) -> keras.Model:
    """DenseNet201 (Huang et al. 2017, Table 1).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "densenet201".
        dropout: Rate of the dropout in training: between the convolutions of a wide block, behind every convolution of
            a dense network but the first.
        memory_efficient: Recompute concatenated maps in the backward pass instead of keeping them (Pleiss et al. 2017,
            arXiv 1707.06990); the same function and weights.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def DenseNet264(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    dropout: float = 0.0,
    memory_efficient: bool = False,
) -> keras.Model:
    """DenseNet264 (Huang et al. 2017, Table 1).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "densenet264".
        dropout: Rate of the dropout in training: between the convolutions of a wide block, behind every convolution of
            a dense network but the first.
        memory_efficient: Recompute concatenated maps in the backward pass instead of keeping them (Pleiss et al. 2017,
            arXiv 1707.06990); the same function and weights.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def DenseNetBC100_12(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    dropout: float = 0.0,
    memory_efficient: bool = False,
) -> keras.Model:
    """DenseNetBC100_12 (Huang et al. 2017, Table 2).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "densenet_bc100_12".
        dropout: Rate of the dropout in training: between the convolutions of a wide block, behind every convolution of
            a dense network but the first.
        memory_efficient: Recompute concatenated maps in the backward pass instead of keeping them (Pleiss et al. 2017,
            arXiv 1707.06990); the same function and weights.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def DenseNetBC190_40(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    dropout: float = 0.0,
    memory_efficient: bool = False,
) -> keras.Model:
    """DenseNetBC190_40 (Huang et al. 2017, Table 2).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "densenet_bc190_40".
        dropout: Rate of the dropout in training: between the convolutions of a wide block, behind every convolution of
            a dense network but the first.
        memory_efficient: Recompute concatenated maps in the backward pass instead of keeping them (Pleiss et al. 2017,
            arXiv 1707.06990); the same function and weights.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def DenseNetBC250_24(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    dropout: float = 0.0,
    memory_efficient: bool = False,
) -> keras.Model:
    """DenseNetBC250_24 (Huang et al. 2017, Table 2).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "densenet_bc250_24".
        dropout: Rate of the dropout in training: between the convolutions of a wide block, behind every convolution of
            a dense network but the first.
        memory_efficient: Recompute concatenated maps in the backward pass instead of keeping them (Pleiss et al. 2017,
            arXiv 1707.06990); the same function and weights.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def GoogLeNet(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    aux: bool = False,
    batch_norm: bool = False,
    local_response: bool = False,
    module: str = "reduced",
    variant: str = "paper",
) -> keras.Model:
    """GoogLeNet (Szegedy et al. 2014, Table 1).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "googlenet".
        aux: Whether to add auxiliary classifiers, for training: the outputs are then {"main": ..., "aux1": ...}. Give
            `compile` its loss and loss_weights, and `fit` its targets, as dictionaries of the same names, such as
            {"main": labels, "aux1": labels}; `inference_model(model)` is the network without them.
        batch_norm: Batch normalization after every convolution instead of biases; a variant may have it anyway.
        local_response: Normalize across channels twice in the stem, as Krizhevsky et al. 2012 (sec. 3.3).
        module: "reduced" (1x1 ahead of 3x3 and 5x5, Fig. 2b) or "naive" (Fig. 2a), whose channels grow.
        variant: Source of the form and its weights: the authors (default), "torchvision" or "keras_applications"; of
            AlexNet the year, "2014" (default, one column) or "2012" (two groups).

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def BNInception(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
) -> keras.Model:
    """BNInception (Ioffe & Szegedy 2015, Figure 5).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "bn_inception".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def InceptionResNetV2(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
) -> keras.Model:
    """InceptionResNetV2 (Szegedy et al. 2016, arXiv 1602.07261, Fig. 15).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(299, 299, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "inception_resnet_v2".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def InceptionV2(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
) -> keras.Model:
    """InceptionV2 (Szegedy et al. 2015, arXiv 1512.00567, Table 3).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(299, 299, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "inception_v2".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def InceptionV3(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    variant: str = "release",
    aux: bool = False,
) -> keras.Model:
    """InceptionV3 (Szegedy et al. 2015, arXiv 1512.00567, Tables 1 and 3).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(299, 299, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "inception_v3".
        variant: Source of the form and its weights: the authors (default), "torchvision" or "keras_applications"; of
            AlexNet the year, "2014" (default, one column) or "2012" (two groups).
        aux: Whether to add auxiliary classifiers, for training: the outputs are then {"main": ..., "aux1": ...}. Give
            `compile` its loss and loss_weights, and `fit` its targets, as dictionaries of the same names, such as
            {"main": labels, "aux1": labels}; `inference_model(model)` is the network without them.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def VGG16(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
) -> keras.Model:
    """VGG16 (Simonyan & Zisserman 2015, Table 1, column D).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "vgg16".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def VGG16_BN(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
) -> keras.Model:
    """VGG16_BN (Simonyan & Zisserman 2015, Table 1, with batch normalization after every convolution, as later work
    trains it).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "vgg16_bn".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def VGG19(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
) -> keras.Model:
    """VGG19 (Simonyan & Zisserman 2015, Table 1, column E).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "vgg19".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def VGG19_BN(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
) -> keras.Model:
    """VGG19_BN (Simonyan & Zisserman 2015, Table 1, with batch normalization after every convolution, as later work
    trains it).

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "vgg19_bn".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def PReLUNetA(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    slopes: str = "channel",
) -> keras.Model:
    """PReLUNetA (He et al. 2015, arXiv 1502.01852, model A).

    The table of the paper is written down from memory. A map of any size is pooled to 63 bins, so that images of
    any size are taken with the top too.

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "prelu_net_a".
        slopes: PReLUs have a slope of their own for each "channel" (default) or for each "layer".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def PReLUNetB(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    slopes: str = "channel",
) -> keras.Model:
    """PReLUNetB (He et al. 2015, arXiv 1502.01852, model B).

    The table of the paper is written down from memory. A map of any size is pooled to 63 bins, so that images of
    any size are taken with the top too.

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "prelu_net_b".
        slopes: PReLUs have a slope of their own for each "channel" (default) or for each "layer".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def PReLUNetC(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    slopes: str = "channel",
) -> keras.Model:
    """PReLUNetC (He et al. 2015, arXiv 1502.01852, model C).

    The table of the paper is written down from memory. A map of any size is pooled to 63 bins, so that images of
    any size are taken with the top too.

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "prelu_net_c".
        slopes: PReLUs have a slope of their own for each "channel" (default) or for each "layer".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def AlexNet(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    variant: str = "2014",
) -> keras.Model:
    """AlexNet (Krizhevsky 2014, sec. 5; Krizhevsky et al. 2012).

    `variant="2012"` has two groups, local response normalization and dropout behind the hidden layers. Its paper
    says images of 224 pixels, which make the 55x55 map of the first convolution with a margin of 2; others give it 227
    without a margin. Biases start at 0 here, at 1 in some of the paper's layers.

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "alexnet".
        variant: Source of the form and its weights: the authors (default), "torchvision" or "keras_applications"; of
            AlexNet the year, "2014" (default, one column) or "2012" (two groups).

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def ZFNet(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
) -> keras.Model:
    """ZFNet (Zeiler & Fergus 2013, Figure 3).

    Maps are normalized behind the pools, as Figure 3 says; later implementations normalize ahead of them. Their
    paddings make the figure's maps, 110, 55, 26, 13 and 6, and the constants of the normalization are those of
    Krizhevsky
    et al. 2012: the paper prints neither.

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "zfnet".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def ZFNetB(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
) -> keras.Model:
    """ZFNetB (Zeiler & Fergus 2013, Table 2, (b)).

    Maps are normalized behind the pools, as Figure 3 says; later implementations normalize ahead of them. Their
    paddings make the figure's maps, 110, 55, 26, 13 and 6, and the constants of the normalization are those of
    Krizhevsky
    et al. 2012: the paper prints neither.

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 1000.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "zfnet_b".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def NIN(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
) -> keras.Model:
    """NIN (Lin et al. 2013, sec. 4.2, with the filters of the authors' release).

    A ReLU stands behind the last 1x1 convolution too, and both poolings are maxima, as in the release; DSN's copy of
    the network has no such ReLU, and some later copies average the second time.

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "nin".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def DSN(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    aux: bool = False,
) -> keras.Model:
    """DSN (Lee et al. 2014, with the filters of the authors' release).

    NIN without its last ReLU, and with `aux=True` three fully connected companions on the convolutions of its
    stages, ahead of their ReLUs. The authors train with squared hinge losses of weight 1 each, for more than 10 classes
    with softmax losses, and the companions' own weights at a thousandth of the learning rate: at the body's, 0.025,
    their
    196,608, 49,152 and 12,288 inputs let them diverge.

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "dsn".
        aux: Whether to add auxiliary classifiers, for training: the outputs are then {"main": ..., "aux1": ...}. Give
            `compile` its loss and loss_weights, and `fit` its targets, as dictionaries of the same names, such as
            {"main": labels, "aux1": labels}; `inference_model(model)` is the network without them.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def Maxout(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    pieces: int = 5,
) -> keras.Model:
    """Maxout (Goodfellow et al. 2013, sec. 4.2, as in the authors' release).

    The release gives the units of the fully connected layer 5 pieces; the weights that Romero et al. 2014 print of
    this network, the teacher of their FitNets, fit 2.

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "maxout".
        pieces: Number of linear pieces of a unit of the fully connected maxout layer.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def FitNet1(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    pieces: int = 2,
) -> keras.Model:
    """FitNet1 (Romero et al. 2014, Table 7).

    The fully connected layer has units of 2 pieces, with which the weights of the network and of its teacher are
    as many as the paper prints; the authors' files give it 5.

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "fitnet1".
        pieces: Number of linear pieces of a unit of the fully connected maxout layer.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def FitNet2(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    pieces: int = 2,
) -> keras.Model:
    """FitNet2 (Romero et al. 2014, Table 7).

    The fully connected layer has units of 2 pieces, with which the weights of the network and of its teacher are
    as many as the paper prints; the authors' files give it 5.

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "fitnet2".
        pieces: Number of linear pieces of a unit of the fully connected maxout layer.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def FitNet4(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
    *,
    pieces: int = 2,
) -> keras.Model:
    """FitNet4 (Romero et al. 2014, Table 7; "FitNet-19" in tables that count layers).

    The fully connected layer has units of 2 pieces, with which the weights of the network and of its teacher are
    as many as the paper prints; the authors' files give it 5.

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "fitnet4".
        pieces: Number of linear pieces of a unit of the fully connected maxout layer.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def Highway19(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
) -> keras.Model:
    """Highway19 (Srivastava et al. 2015, Table 3, as in the authors' release).

    The row that He et al. 2015 cite is Table 2's "Highway B": the same body with a fully connected layer for a
    head, which has not been published.

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "highway19".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """

def Highway32(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: Any | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int | None = None,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    name: str | None = None,
) -> keras.Model:
    """Highway32 (a network that satisfies the statement of Srivastava et al. 2015, Table 2, "Highway C").

    The paper states 32 layers, about 1.25 million parameters, fewer channels than Highway-19, and kernels that
    alternate between 3x3 and 1x1. It publishes neither channels nor poolings nor head: here they are three quarters of
    Highway-19's channels, and its poolings and head, 1,244,646 parameters. Other widths satisfy the statement as well.

    Args:
        include_top: Whether to include the classifier (global average pool, fully connected layer).
        weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest
            ones of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or
            "chenyaofo/cifar100" for CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the
            Hugging Face hub; or the path of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published
            weights set `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the
            head keeps its random weights, and a line is printed.
        input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`; height and width may be None.
        pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
        classes: Number of classes, default 10.
        classifier_activation: Activation of the last layer; None for logits.
        name: Name of the model, default "highway32".

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError, TypeError: For a value or an option that is not allowed, with the nearest match.
    """
