"""Network in network and deeply supervised nets, which have one body.

NIN: Lin et al. 2013, "Network In Network", arXiv 1312.4400; channels, poolings and dropout as in the authors' release
for CIFAR-10. DSN: Lee et al. 2014, "Deeply-Supervised Nets", arXiv 1409.5185, as in the authors' release. Weights start
by the initializer of He et al. 2015, as in other networks here; theirs were Gaussian with a deviation of 0.05.
"""

from functools import partial

from keras import layers

from keras_resnets.layers import Activation, Tensor, conv, conv_relu, dense, flatten, global_pool, head_dtype, relu
from keras_resnets.networks.assemble import Block, Network
from keras_resnets.networks.auxiliary import check_fixed_size
from keras_resnets.networks.googlenet import halve
from keras_resnets.networks.registry import builder, register
from keras_resnets.networks.vgg import identity


def convolution(x: Tensor, *, filters: int, size: int, name: str) -> Tensor:
    """Linear part of a layer: a convolution whose output a companion of DSN reads ahead of the ReLU."""
    return conv(x, filters, size, use_bias=True, fan="fan_in", name=f"{name}_conv")


def perceptron(x: Tensor, *, filters: tuple[int, ...], name: str) -> Tensor:
    """ReLU and 1x1 convolutions with ReLU, a perceptron at each position (Lin et al. 2013, sec. 3.1; "cccp")."""
    x = relu(x, name=f"{name}_relu")
    for index, width in enumerate(filters, 1):
        x = conv_relu(x, width, 1, name=f"{name}_conv{index}")
    return x


def halve_and_drop(x: Tensor, *, name: str) -> Tensor:
    """3x3 max pool with stride 2 whose size rounds up, 32 to 16 and 8, and dropout of a half."""
    return layers.Dropout(0.5, name=f"{name}_dropout")(halve(x, name=name))


def averaged_head(x: Tensor, classes: int, activation: Activation, *, rectified: bool, name: str) -> Tensor:
    """Last 1x1 convolution, of a channel a class, and their means over the map, in place of a fully connected layer."""
    float32 = head_dtype()
    x = conv(x, classes, 1, use_bias=True, fan="fan_in", dtype=float32, name=f"{name}_conv")
    if rectified:
        x = layers.ReLU(dtype=float32, name=f"{name}_relu")(x)
    x = global_pool(x, dtype=float32, name=f"{name}_pool")
    return layers.Activation(activation, dtype=float32, name=f"{name}_activation")(x)


def companion(x: Tensor, classes: int, activation: Activation, *, name: str) -> Tensor:
    """Fully connected companion of an inner map (Lee et al. 2014, sec. 2)."""
    check_fixed_size(x)
    return dense(flatten(x, name=f"{name}_flatten"), classes, activation, in_float32=True, name=f"{name}_dense")


def body(*rows: tuple[int, int, tuple[int, ...]]) -> tuple[tuple[Block, ...], ...]:
    """Return a stage of two blocks, `convolution` and `perceptron`, for each (filters, size, perceptron's filters)."""
    return tuple(
        (partial(convolution, filters=filters, size=size), partial(perceptron, filters=widths))
        for filters, size, widths in rows
    )


# fmt: off
STAGES = body(
    # filters, size, 1x1
    (192, 5, (160, 96)),   # 32x32: conv1, cccp1, cccp2
    (192, 5, (192, 192)),  # 16x16: conv2, cccp3, cccp4
    (192, 3, (192,)),      # 8x8:   conv3, cccp5; cccp6 is the head's
)
# fmt: on
TRANSITIONS = {2: halve_and_drop, 3: halve_and_drop}
COMPANIONS = ("stage1_block1", "stage2_block1", "stage3_block1")


def nin() -> Network:
    """Design for 32x32 pixels and 10 classes."""
    head = partial(averaged_head, rectified=True)
    return Network("nin", identity, STAGES, 32, 10, TRANSITIONS, head=head, least=4)


def dsn(*, aux: bool = False) -> Network:
    """Design of NIN without its last ReLU, with three companions as auxiliary classifiers, for 32x32 pixels."""
    head = partial(averaged_head, rectified=False)
    companions = dict.fromkeys(COMPANIONS, companion) if aux else {}
    return Network("dsn", identity, STAGES, 32, 10, TRANSITIONS, head=head, auxiliary=companions, least=4)


NIN = builder(
    "NIN",
    nin,
    "Lin et al. 2013, sec. 4.2, with the filters of the authors' release",
    """A ReLU stands behind the last 1x1 convolution too, and both poolings are maxima, as in the release; DSN's copy of
the network has no such ReLU, and some later copies average the second time.""",
)
DSN = builder(
    "DSN",
    dsn,
    "Lee et al. 2014, with the filters of the authors' release",
    """NIN without its last ReLU, and with `aux=True` three fully connected companions on the convolutions of its
stages, ahead of their ReLUs. The authors train with squared hinge losses of weight 1 each, for more than 10 classes
with softmax losses, and the companions' own weights at a thousandth of the learning rate: at the body's, 0.025, their
196,608, 49,152 and 12,288 inputs let them diverge.""",
)
register("nin", NIN)
register("dsn", DSN)
