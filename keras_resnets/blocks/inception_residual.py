"""Inception modules as residual branches (Szegedy et al. 2016, arXiv 1602.07261, sec. 3.2 and 3.3)."""

from collections.abc import Sequence

from keras import layers

from keras_resnets.blocks.factorized import Convolution, branch, concatenate, double3x3
from keras_resnets.layers import Tensor, conv, max_pool, relu

Branches = Sequence[Sequence[Convolution]]

# fmt: off
INCEPTION_RESNET_A: Branches = (  # Fig. 16
    (("1x1", 32, 1),),
    (("3x3_reduce", 32, 1), ("3x3", 32, 3)),
    (("double3x3_reduce", 32, 1), ("double3x3_1", 48, 3), ("double3x3_2", 64, 3)),
)
INCEPTION_RESNET_B: Branches = (  # Fig. 17
    (("1x1", 192, 1),),
    (("7x7_reduce", 128, 1), ("7x7_1x7", 160, (1, 7)), ("7x7_7x1", 192, (7, 1))),
)
INCEPTION_RESNET_C: Branches = (  # Fig. 19
    (("1x1", 192, 1),),
    (("3x3_reduce", 192, 1), ("3x3_1x3", 224, (1, 3)), ("3x3_3x1", 256, (3, 1))),
)
# fmt: on


def scaled_residual(x: Tensor, branches: Branches, scale: float, *, name: str) -> Tensor:
    """x + scale * F(x) without ReLU, where F is the concatenated `branches` and a 1x1 with biases that expands them.

    Scaling the residuals down keeps very wide networks from dying early in training (sec. 3.3).
    """
    f = concatenate([branch(x, *convolutions, name=name) for convolutions in branches], name=name)
    f = conv(f, x.shape[-1], 1, use_bias=True, name=f"{name}_expand")
    return layers.Add(name=f"{name}_add")([x, layers.Rescaling(scale, name=f"{name}_scale")(f)])


def inception_residual(x: Tensor, branches: Branches, scale: float, *, name: str) -> Tensor:
    """relu(x + scale * F(x))."""
    return relu(scaled_residual(x, branches, scale, name=name), name=f"{name}_relu")


def residual_reduction_b(x: Tensor, *, name: str) -> Tensor:
    """Reduction of 17x17 to 8x8 without padding (Fig. 18): two 3x3, a double 3x3 and a pool."""
    branches = [
        branch(x, ("3x3a_reduce", 256, 1), ("3x3a", 384, 3, 2), strided="valid", name=name),
        branch(x, ("3x3b_reduce", 256, 1), ("3x3b", 288, 3, 2), strided="valid", name=name),
        double3x3(x, 256, 288, 320, 2, strided="valid", name=name),
        max_pool(x, 3, 2, padding="valid", name=f"{name}_pool"),
    ]
    return concatenate(branches, name=name)
