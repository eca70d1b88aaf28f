"""Inception-ResNet-v2 (Szegedy et al. 2016, "Inception-v4, Inception-ResNet and the Impact of Residual Connections").

arXiv 1602.07261. The network is that of the authors' release, of keras.applications and of timm: the stem of
Inception-v3, then 10, 20 and 10 residual modules. The paper's Fig. 15 has 5, 10 and 5 behind another stem.
"""

from collections.abc import Callable
from functools import partial

from keras_resnets.blocks.factorized import convolution, inception_a, reduction_a
from keras_resnets.blocks.inception_residual import (
    INCEPTION_RESNET_A,
    INCEPTION_RESNET_B,
    INCEPTION_RESNET_C,
    Branches,
    inception_residual,
    residual_reduction_b,
    scaled_residual,
)
from keras_resnets.layers import Tensor, classifier
from keras_resnets.networks.assemble import Block, Network
from keras_resnets.networks.inception_v3 import LEAST, stem
from keras_resnets.networks.registry import builder, register


def tail(x: Tensor, *, name: str) -> Tensor:
    """Last 1x1: 8x8x2080 to 8x8x1536."""
    return convolution(x, 1536, 1, name=f"{name}_conv")


def inception_resnet_v2() -> Network:
    """Design for 299x299 pixels and 1,000 classes."""
    head = partial(classifier, dropout=0.2)
    return Network("inception_resnet_v2", stem, STAGES, 299, 1000, tail=tail, head=head, least=LEAST)


def repeat(branches: Branches, scale: float, times: int) -> tuple[Callable[..., Tensor], ...]:
    """Return a residual module `times` times."""
    return (partial(inception_residual, branches=branches, scale=scale),) * times


# fmt: off
STAGES: tuple[tuple[Block, ...], ...] = (
    (partial(inception_a, ones=96, pool_proj=64),                      # 35x35x320
     *repeat(INCEPTION_RESNET_A, 0.17, times=10)),
    (partial(reduction_a, three=384, doubles=(256, 256, 384)),         # 17x17x1088
     *repeat(INCEPTION_RESNET_B, 0.10, times=20)),
    (residual_reduction_b,                                             # 8x8x2080
     *repeat(INCEPTION_RESNET_C, 0.20, times=9),
     partial(scaled_residual, branches=INCEPTION_RESNET_C, scale=1.0)),
)
# fmt: on

InceptionResNetV2 = builder("InceptionResNetV2", inception_resnet_v2, "Szegedy et al. 2016, arXiv 1602.07261, Fig. 15")
register("inception_resnet_v2", InceptionResNetV2)
