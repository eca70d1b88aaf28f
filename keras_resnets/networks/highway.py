"""Highway networks for CIFAR (Srivastava et al. 2015, "Training Very Deep Networks", arXiv 1507.06228 and 1505.00387).

The authors' release has Highway-19 as Caffe's files. Its first convolution starts with a standard deviation of 1, a
slip of the file, which sets another field of the filler; here it starts as the others do.
"""

from functools import partial

from keras import layers

from keras_resnets.blocks.highway import highway, plain
from keras_resnets.layers import Activation, Tensor, classifier, max_pool
from keras_resnets.networks.assemble import Block, Network
from keras_resnets.networks.registry import network

DROPOUT = 0.2  # of the image, behind each pool, and ahead of the classifier


def drop(x: Tensor, *, name: str) -> Tensor:
    """Dropout of the image."""
    return layers.Dropout(DROPOUT, name=f"{name}_dropout")(x)


def halve_and_drop(x: Tensor, *, name: str) -> Tensor:
    """2x2 max pool, stride 2, and dropout."""
    return drop(max_pool(x, 2, 2, padding="valid", name=f"{name}_pool"), name=name)


def head(x: Tensor, classes: int, activation: Activation, *, name: str) -> Tensor:
    """1x1 convolution to 100 channels, whatever the classes, global average pool, dropout, fully connected layer."""
    x = plain(x, filters=100, size=1, name=name)
    return classifier(x, classes, activation, dropout=DROPOUT, name=name)


def stage(filters: int, sizes: tuple[int, ...]) -> tuple[Block, ...]:
    """Return a plain 3x3 convolution to `filters` channels and a highway layer for each kernel size."""
    return (partial(plain, filters=filters), *(partial(highway, size=size) for size in sizes))


def highway_cifar(name: str, stages: tuple[tuple[int, tuple[int, ...]], ...]) -> Network:
    """Design with stages of (filters, kernel sizes of the highway layers), for 32x32 pixels and 10 classes."""
    transitions = dict.fromkeys(range(2, len(stages) + 1), halve_and_drop)
    return Network(name, drop, tuple(stage(*row) for row in stages), 32, 10, transitions, head=head, least=4)


TABLE = "Srivastava et al. 2015, Table"
NOTE_19 = """The row that He et al. 2015 cite is Table 2's "Highway B": the same body with a fully connected layer for a
head, which has not been published."""
NOTE_32 = """The paper states 32 layers, about 1.25 million parameters, fewer channels than Highway-19, and kernels that
alternate between 3x3 and 1x1. It publishes neither channels nor poolings nor head: here they are three quarters of
Highway-19's channels, and its poolings and head, 1,244,646 parameters. Other widths satisfy the statement as well."""
ALTERNATING = (1, 3, 1, 3, 1, 3, 1, 3, 1)

# fmt: off
#                                                   filters, sizes, for 32x32, 16x16 and 8x8
Highway19 = network("Highway19", highway_cifar, ((32, (3,) * 4), (80, (3,) * 5), (128, (3,) * 5)),
                    source=f"{TABLE} 3, as in the authors' release", note=NOTE_19)
Highway32 = network("Highway32", highway_cifar, ((24, ALTERNATING), (60, ALTERNATING), (100, ALTERNATING)),
                    source=f'a network that satisfies the statement of {TABLE} 2, "Highway C"', note=NOTE_32)
# fmt: on
