"""Inception-v2 and v3 (Szegedy et al. 2015, "Rethinking the Inception Architecture for Computer Vision").

arXiv 1512.00567. The body is that of the authors' release, of keras.applications and of torchvision. Table 1 of the
paper differs between 73x73 and 35x35: 3x3 convolutions of 80, 192 (stride 2) and 288 filters where the release has a
1x1 of 80, a 3x3 of 192 and a max pool.
"""

from functools import partial
from typing import NamedTuple

from keras_resnets._errors import unknown
from keras_resnets.blocks.factorized import (
    convolution,
    inception_a,
    inception_b,
    inception_c,
    reduction_a,
    reduction_b,
)
from keras_resnets.layers import Activation, Tensor, avg_pool, classifier, max_pool
from keras_resnets.networks.assemble import Block, Network
from keras_resnets.networks.registry import builder, register


class Variant(NamedTuple):
    """Differences between the authors' release and torchvision's network.

    Attributes:
        count_zeros: Whether the average pools of the modules count the zeros around the map.
        dropout: Rate of the dropout ahead of the classifier.
    """

    count_zeros: bool
    dropout: float


VARIANTS = {"release": Variant(False, 0.2), "torchvision": Variant(True, 0.5)}
LEAST = 75  # pixels, at which the last grid is 1x1
LEAST_WITH_AUX = 299  # pixels, at which the auxiliary classifier reads a 17x17 grid


def stem(x: Tensor, *, name: str) -> Tensor:
    """Stem of Inception-v3: 299 pixels to 149, 147, 147 by three 3x3 (sec. 6), then 35x35x192."""
    x = convolution(x, 32, 3, 2, padding="valid", name=f"{name}_conv1")
    x = convolution(x, 32, 3, padding="valid", name=f"{name}_conv2")
    x = convolution(x, 64, 3, name=f"{name}_conv3")
    return stem_end(x, name=name)


def stem_7x7(x: Tensor, *, name: str) -> Tensor:
    """Stem of Inception-v2 with an unfactorized, unpadded 7x7 (Table 3): the same 147x147x64."""
    x = convolution(x, 64, 7, 2, padding="valid", name=f"{name}_conv1")
    return stem_end(x, name=name)


def stem_end(x: Tensor, *, name: str) -> Tensor:
    """Second half of both stems: 147x147x64 to 73, 71, 35x35x192."""
    x = max_pool(x, 3, 2, padding="valid", name=f"{name}_pool1")
    x = convolution(x, 80, 1, name=f"{name}_conv4")
    x = convolution(x, 192, 3, padding="valid", name=f"{name}_conv5")
    return max_pool(x, 3, 2, padding="valid", name=f"{name}_pool2")


def stages(count_zeros: bool) -> tuple[tuple[Block, ...], ...]:
    """Return the modules of the three grids: 35x35x192 to 35x35x288, 17x17x768, 8x8x2048."""
    a, b, c = (partial(module, count_zeros=count_zeros) for module in (inception_a, inception_b, inception_c))
    return (
        (partial(a, ones=64, pool_proj=32), partial(a, ones=64, pool_proj=64), partial(a, ones=64, pool_proj=64)),
        (partial(reduction_a, three=384, doubles=(64, 96, 96)), *(partial(b, width=w) for w in (128, 160, 160, 192))),
        (reduction_b, c, c),
    )


def auxiliary_head(x: Tensor, classes: int, activation: Activation, *, name: str) -> Tensor:
    """Batch-normalized auxiliary classifier on the last 17x17 grid (Fig. 8 and sec. 4)."""
    x = avg_pool(x, 5, 3, name=f"{name}_conv1_pool")
    x = convolution(x, 128, 1, name=f"{name}_conv1")
    x = convolution(x, 768, 5, padding="valid", name=f"{name}_conv2")
    return classifier(x, classes, activation, name=name)


def inception_v2() -> Network:
    """Design of one 7x7 ahead of the body of Inception-v3, for 299x299 pixels and 1,000 classes."""
    head = partial(classifier, dropout=VARIANTS["release"].dropout)
    return Network("inception_v2", stem_7x7, stages(count_zeros=False), 299, 1000, head=head, least=LEAST)


def inception_v3(*, variant: str = "release", aux: bool = False) -> Network:
    """Design for 299x299 pixels and 1,000 classes."""
    if variant not in VARIANTS:
        raise ValueError(unknown("variant", variant, VARIANTS))
    chosen = VARIANTS[variant]
    return Network(
        "inception_v3",
        stem,
        stages(chosen.count_zeros),
        size=299,
        classes=1000,
        head=partial(classifier, dropout=chosen.dropout),
        auxiliary={"stage2_block5": auxiliary_head} if aux else {},
        least=LEAST_WITH_AUX if aux else LEAST,
    )


InceptionV2 = builder("InceptionV2", inception_v2, "Szegedy et al. 2015, arXiv 1512.00567, Table 3")
InceptionV3 = builder("InceptionV3", inception_v3, "Szegedy et al. 2015, arXiv 1512.00567, Tables 1 and 3")
register("inception_v2", InceptionV2)
register("inception_v3", InceptionV3)
