"""AlexNet of 2014 in one column, and of 2012 in two groups.

2014: Krizhevsky 2014, "One weird trick for parallelizing convolutional neural networks", arXiv 1404.5997, the form in
which it is a baseline today. 2012: Krizhevsky et al. 2012, "ImageNet Classification with Deep Convolutional Neural
Networks", on two GPUs that meet in the third convolution and in the fully connected layers.
"""

from functools import partial

from keras import layers

from keras_resnets._errors import unknown
from keras_resnets.layers import (
    Activation,
    LocalResponseNormalization,
    Tensor,
    conv_relu,
    dense,
    flatten,
    head_dtype,
    max_pool,
    pad,
    relu,
)
from keras_resnets.networks.assemble import Block, Network
from keras_resnets.networks.registry import builder, register
from keras_resnets.networks.vgg import convolution, hidden_head


def overlapping_pool(x: Tensor, *, name: str) -> Tensor:
    """3x3 max pool, stride 2, not padded (Krizhevsky et al. 2012, sec. 3.4)."""
    return max_pool(x, 3, 2, padding="valid", name=f"{name}_pool")


def stem(x: Tensor, *, filters: int, name: str) -> Tensor:
    """11x11, stride 4: 224 pixels and a margin of 2 make 55."""
    x = pad(x, 2, name=f"{name}_conv_pad")
    return conv_relu(x, filters, 11, 4, padding="valid", name=f"{name}_conv")


def normalized(x: Tensor, *, block: Block, name: str) -> Tensor:
    """Block and local response normalization, which stands ahead of the pool (Krizhevsky et al. 2012, sec. 3.5)."""
    return LocalResponseNormalization(dtype=head_dtype(), name=f"{name}_norm")(block(x, name=name))


def head(x: Tensor, classes: int, activation: Activation, *, name: str) -> Tensor:
    """Dropout ahead of each hidden layer, not after (Krizhevsky 2014)."""
    x = flatten(x, name=f"{name}_flatten")
    for index in (1, 2):
        x = layers.Dropout(0.5, name=f"{name}_dropout{index}")(x)
        x = relu(dense(x, 4096, name=f"{name}_dense{index}"), name=f"{name}_dense{index}_relu")
    return dense(x, classes, activation, in_float32=True, name=f"{name}_dense")


def row(filters: int, size: int, groups: int = 1) -> Block:
    """Return a block of one convolution."""
    return partial(convolution, layer=partial(conv_relu, groups=groups), filters=filters, size=size)


# fmt: off
ONE_COLUMN: tuple[tuple[Block, ...], ...] = (
    (row(192, 5),),                             # 27x27
    (row(384, 3), row(256, 3), row(256, 3)),    # 13x13
)
TWO_GROUPS: tuple[tuple[Block, ...], ...] = (
    (partial(normalized, block=row(256, 5, 2)),),
    (row(384, 3), row(384, 3, 2), row(256, 3, 2)),
)
# fmt: on
TRANSITIONS = {1: overlapping_pool, 2: overlapping_pool}
VARIANTS = {
    "2014": (partial(stem, filters=64), ONE_COLUMN, head),
    "2012": (partial(normalized, block=partial(stem, filters=96)), TWO_GROUPS, hidden_head),
}


def alexnet(*, variant: str = "2014") -> Network:
    """Design for 224x224 pixels and 1,000 classes."""
    if variant not in VARIANTS:
        raise ValueError(unknown("variant", variant, VARIANTS))
    first, stages, last = VARIANTS[variant]
    return Network("alexnet", first, stages, 224, 1000, TRANSITIONS, tail=overlapping_pool, head=last)


AlexNet = builder(
    "AlexNet",
    alexnet,
    "Krizhevsky 2014, sec. 5; Krizhevsky et al. 2012",
    """`variant="2012"` has two groups, local response normalization and dropout behind the hidden layers. Its paper
says images of 224 pixels, which make the 55x55 map of the first convolution with a margin of 2; others give it 227
without a margin. Biases start at 0 here, at 1 in some of the paper's layers.""",
)
register("alexnet", AlexNet)
