"""BN-Inception (Ioffe & Szegedy 2015, "Batch Normalization: Accelerating Deep Network Training", arXiv 1502.03167).

GoogLeNet with batch normalization, two 3x3 in place of each 5x5, and modules of stride 2 in place of the max pools
between modules. It has no dropout, as in the paper (sec. 4.2.1).
"""

from collections.abc import Callable
from functools import partial

from keras_resnets.blocks.factorized import convolution, triple3x3, triple3x3_reduction
from keras_resnets.layers import Tensor, max_pool
from keras_resnets.networks.assemble import Network
from keras_resnets.networks.registry import builder, register


def stem(x: Tensor, *, name: str) -> Tensor:
    """Stem of GoogLeNet: 224 pixels to 112, 56, 28."""
    x = convolution(x, 64, 7, 2, name=f"{name}_conv1")
    x = max_pool(x, 3, 2, name=f"{name}_pool1")
    x = convolution(x, 64, 1, name=f"{name}_conv2")
    x = convolution(x, 192, 3, name=f"{name}_conv3")
    return max_pool(x, 3, 2, name=f"{name}_pool2")


def module(
    ones: int, reduce: int, three: int, reduce_double: int, double: int, pool: str, pool_proj: int
) -> Callable[..., Tensor]:
    """Return the block of a row with stride 1."""
    threes, doubles = (reduce, three), (reduce_double, double)
    return partial(triple3x3, ones=ones, threes=threes, doubles=doubles, pool=pool, pool_proj=pool_proj)


def reduction(reduce: int, three: int, reduce_double: int, double: int) -> Callable[..., Tensor]:
    """Return the block of a row with stride 2."""
    return partial(triple3x3_reduction, threes=(reduce, three), doubles=(reduce_double, double))


def bn_inception() -> Network:
    """Design for 224x224 pixels and 1,000 classes."""
    return Network("bn_inception", stem, STAGES, size=224, classes=1000)


# fmt: off
FIGURE_5 = "Ioffe & Szegedy 2015, Figure 5"

STAGES = (
    #          1x1  3x3 reduce  3x3  double 3x3 reduce  double 3x3  pool   proj
    (module(    64,         64,  64,                64,         96, "avg",   32),   # 3a, 28x28
     module(    64,         64,  96,                64,         96, "avg",   64)),  # 3b
    (reduction(            128, 160,                64,         96),                # 3c, to 14x14
     module(   224,         64,  96,                96,        128, "avg",  128),   # 4a
     module(   192,         96, 128,                96,        128, "avg",  128),   # 4b
     module(   160,        128, 160,               128,        160, "avg",   96),   # 4c
     module(    96,        128, 192,               160,        192, "avg",   96)),  # 4d
    (reduction(            128, 192,               192,        256),                # 4e, to 7x7
     module(   352,        192, 320,               160,        224, "avg",  128),   # 5a
     module(   352,        192, 320,               192,        224, "max",  128)),  # 5b
)
# fmt: on

BNInception = builder("BNInception", bn_inception, FIGURE_5)
register("bn_inception", BNInception)
