"""GoogLeNet (Szegedy et al. 2014, "Going Deeper with Convolutions", arXiv 1409.4842)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from keras import layers

from keras_resnets._errors import unknown
from keras_resnets.blocks.inception import Inception, naive, reduced
from keras_resnets.layers import (
    Activation,
    AdaptiveAveragePooling,
    LocalResponseNormalization,
    Tensor,
    avg_pool,
    classifier,
    conv_bn_relu,
    conv_relu,
    dense,
    flatten,
    head_dtype,
    max_pool,
    relu,
)
from keras_resnets.networks.assemble import Block, Network
from keras_resnets.networks.auxiliary import check_fixed_size
from keras_resnets.networks.registry import builder, register

NORM_EPSILON = 1e-3  # of the authors' later releases and of torchvision
MODULES = {"reduced": reduced, "naive": naive}


def halve(x: Tensor, *, size: int = 3, name: str) -> Tensor:
    """Max pool with stride 2 whose size rounds up, as in the authors' release: 112 to 56, 28, 14, 7."""
    return max_pool(x, size, 2, padding="ceil", name=f"{name}_pool")


def stem(x: Tensor, *, convolution: Callable[..., Tensor], local_response: bool, name: str) -> Tensor:
    """Rows of Table 1 ahead of 3a: 224 pixels to 28."""

    def normalize(x: Tensor, index: int) -> Tensor:
        return LocalResponseNormalization(dtype=head_dtype(), name=f"{name}_norm{index}")(x) if local_response else x

    x = convolution(x, 64, 7, 2, name=f"{name}_conv1")
    x = normalize(max_pool(x, 3, 2, padding="ceil", name=f"{name}_pool1"), 1)
    x = convolution(x, 64, 1, name=f"{name}_conv2")
    x = normalize(convolution(x, 192, 3, name=f"{name}_conv3"), 2)
    return max_pool(x, 3, 2, padding="ceil", name=f"{name}_pool2")


def average_5x5(x: Tensor, *, name: str) -> Tensor:
    """5x5 average pool, stride 3: 14x14 to 4x4 (sec. 5)."""
    return avg_pool(x, 5, 3, name=name)


def average_to_4x4(x: Tensor, *, name: str) -> Tensor:
    """Average pool of torchvision: a map of any size to 4x4."""
    return AdaptiveAveragePooling(4, name=name)(x)


def auxiliary_head(
    x: Tensor,
    classes: int,
    activation: Activation,
    *,
    convolution: Callable[..., Tensor],
    pool: Block,
    name: str,
) -> Tensor:
    """Auxiliary classifier on an inner map (sec. 5): pool, 1x1, two fully connected layers."""
    check_fixed_size(x)
    x = pool(x, name=f"{name}_pool")
    x = convolution(x, 128, 1, name=f"{name}_conv")
    x = flatten(x, name=f"{name}_flatten")
    x = relu(dense(x, 1024, name=f"{name}_dense1"), name=f"{name}_dense1_relu")
    x = layers.Dropout(0.7, name=f"{name}_dropout")(x)
    return dense(x, classes, activation, in_float32=True, name=f"{name}_dense")


@dataclass(frozen=True)
class Variant:
    """Differences between the paper's network and torchvision's.

    Attributes:
        batch_norm: Whether convolutions are always batch normalized and without biases.
        widest: Kernel size of the convolution named 5x5.
        last_pool: Window of the max pool ahead of 5a.
        dropout: Rate of the dropout ahead of the main classifier.
        auxiliary_pool: Pool of the auxiliary classifiers.
        least: Least height and width of an image.
        least_with_auxiliary: Least height and width with auxiliary classifiers.
    """

    batch_norm: bool
    widest: int
    last_pool: int
    dropout: float
    auxiliary_pool: Block
    least: int
    least_with_auxiliary: int


VARIANTS = {
    "paper": Variant(False, 5, 3, 0.4, average_5x5, 31, 79),
    "torchvision": Variant(True, 3, 2, 0.2, average_to_4x4, 15, 15),
}


def googlenet(
    *,
    aux: bool = False,
    batch_norm: bool = False,
    local_response: bool = False,
    module: str = "reduced",
    variant: str = "paper",
) -> Network:
    """Design for 224x224 pixels and 1,000 classes."""
    if module not in MODULES:
        raise ValueError(unknown("module", module, MODULES))
    if variant not in VARIANTS:
        raise ValueError(unknown("variant", variant, VARIANTS))
    chosen = VARIANTS[variant]
    normalized = batch_norm or chosen.batch_norm
    convolution = partial(conv_bn_relu, epsilon=NORM_EPSILON) if normalized else conv_relu
    block = partial(MODULES[module], convolution=convolution, widest=chosen.widest)
    head = partial(auxiliary_head, convolution=convolution, pool=chosen.auxiliary_pool)
    return Network(
        "googlenet",
        partial(stem, convolution=convolution, local_response=local_response),
        tuple(tuple(partial(block, row=row) for row in rows) for rows in TABLE_1),
        size=224,
        classes=1000,
        transitions={2: halve, 3: partial(halve, size=chosen.last_pool)},
        head=partial(classifier, dropout=chosen.dropout),
        auxiliary=dict.fromkeys(AUXILIARY, head) if aux else {},
        least=chosen.least_with_auxiliary if aux else chosen.least,
    )


# fmt: off
TABLE_1 = (
    #           1x1  r3x3 3x3  r5x5 5x5  pool
    (Inception( 64,  96, 128, 16,  32,  32),   # 3a, 28x28
     Inception(128, 128, 192, 32,  96,  64)),  # 3b
    (Inception(192,  96, 208, 16,  48,  64),   # 4a, 14x14
     Inception(160, 112, 224, 24,  64,  64),   # 4b
     Inception(128, 128, 256, 24,  64,  64),   # 4c
     Inception(112, 144, 288, 32,  64,  64),   # 4d
     Inception(256, 160, 320, 32, 128, 128)),  # 4e
    (Inception(256, 160, 320, 32, 128, 128),   # 5a, 7x7
     Inception(384, 192, 384, 48, 128, 128)),  # 5b
)
AUXILIARY = ("stage2_block1", "stage2_block4")  # 4a and 4d
# fmt: on

GoogLeNet = builder("GoogLeNet", googlenet, "Szegedy et al. 2014, Table 1")
register("googlenet", GoogLeNet)
