"""Names to builders: every network of the package is registered here by the file of its paper."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras

from keras_resnets._errors import unknown
from keras_resnets._names import BUILDERS, check_network
from keras_resnets.networks.assemble import Network, assemble

_REGISTRY: dict[str, functools.partial[keras.Model]] = {}

COMMON_OPTIONS = """
    include_top: whether the classifier (global average pool, fully connected layer) is included.
    weights: None for random ones; "torchvision" for the newest that torchvision publishes ("torchvision/V1": the
        older ones); "timm/NAME.TAG" or "hf://OWNER/NAME[@REVISION][/FILE]" for the Hugging Face hub; or the path of a
        `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. With published ones `model.preprocessing` says
        what they expect of an image; a `.keras` file does not carry it.
    input_tensor: a Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
    input_shape: `(height, width, channels)`, default `({size}, {size}, 3)`; height and width may be None.
    pooling: without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
    classes: number of classes, default {classes}.
    classifier_activation: of the last layer; None gives logits.
    name: the model's name, default "{name}".
"""

DESIGN_OPTIONS = {
    "shortcut": """"A" identity with zero channels behind the old ones, "A-centered" with half of them before, as some
        trained CIFAR networks have it; "B" projection where the shape changes, "C" projection everywhere.""",
    "downsample": 'where a bottleneck has its stride: "3x3" (v1.5), or "1x1" (the authors and keras.applications).',
    "zero_gamma": "start every block as its shortcut: its last gamma is zero (Goyal et al. 2017, arXiv 1706.02677).",
    "survival": """p_L, the probability that the last block survives a training step; earlier ones do so more often
        (Huang et al. 2016, arXiv 1603.09382, eq. 4). None builds the network without stochastic depth.""",
    "output_stride": """8 or 16: the last map is so many times smaller than the image, not 32 times; later stages are
        dilated, with the same weights (Chen et al. 2017, arXiv 1706.05587). None keeps their strides.""",
    "cardinality": "C, the number of paths of a block.",
    "base_width": "d, the width of a path in the first stage; it doubles from stage to stage.",
    "depths": """the blocks of each stage; three layers a block, the stem and the head make the depth: (2, 2, 2) is 20
        layers, 9n + 2 with n = 2 (Xie et al. 2017, appendix A).""",
    "filters": "channels of the stem; blocks end in 4 times as many, and in twice those from stage to stage.",
    "form": 'of a block: "a" summed paths, "b" concatenated ones, "c" a grouped convolution (Xie et al. 2017, Fig. 3).',
    "variant": 'whose form it is, for their weights: the authors\' (default), "torchvision" or "keras_applications".',
    "dropout": """the fraction that is dropped in training: between the convolutions of a wide block, behind every
        convolution of a dense network but the first.""",
    "memory_efficient": """recompute joined maps in the backward pass instead of keeping them (Pleiss et al. 2017, arXiv
        1707.06990); the same function and weights.""",
    "aux": """whether auxiliary classifiers are added, for training: the outputs are then {"main": ..., "aux1": ...}.
        Give `compile` its loss and loss_weights, and `fit` its targets, as dictionaries of the same names, such as
        {"main": labels, "aux1": labels}; `inference_model(model)` is the network without them.""",
    "batch_norm": "batch normalization after every convolution instead of biases; a variant can have it anyway.",
    "local_response": "normalize across channels as Krizhevsky et al. 2012 (sec. 3.3), twice in the stem.",
    "module": '"reduced" (1x1 ahead of 3x3 and 5x5, Fig. 2b) or "naive" (Fig. 2a), whose channels grow.',
}


def builder(title: str, design: Callable[..., Network], source: str) -> Callable[..., keras.Model]:
    """The public function `title` that builds the networks of `design`.

    Its options are those of `assemble` and the keyword-only ones of `design`, both visible in its signature.
    """
    design_options = [p for p in inspect.signature(design).parameters.values() if p.kind is p.KEYWORD_ONLY]
    common_options = [p for p in inspect.signature(assemble).parameters.values() if p.kind is p.KEYWORD_ONLY]
    design_names = {p.name for p in design_options}
    positional = [p.replace(kind=p.POSITIONAL_OR_KEYWORD) for p in common_options]
    signature = inspect.Signature(positional + design_options, return_annotation=keras.Model)
    default = design()

    def build_network(*args: Any, **options: Any) -> keras.Model:
        for option in options:
            if option not in signature.parameters:
                raise TypeError(unknown(f"option of {title}", option, signature.parameters))
        given = signature.bind(*args, **options).arguments
        network = design(**{k: v for k, v in given.items() if k in design_names})
        network = replace(network, options={p.name: given.get(p.name, p.default) for p in design_options})
        return assemble(network, **{k: v for k, v in given.items() if k not in design_names})

    build_network.__name__ = build_network.__qualname__ = title
    build_network.__module__ = "keras_resnets"  # where it is public: help() and pickle look there
    build_network.__signature__ = signature  # type: ignore[attr-defined]
    build_network.__doc__ = (
        f"{title} ({source}).\n\nArgs:"
        + COMMON_OPTIONS.format(size=default.size, classes=default.classes, name=default.name)
        + "".join(f"    {p.name}: {DESIGN_OPTIONS[p.name]}\n" for p in design_options)
        + "\nReturns:\n    A functional `keras.Model`.\n"
        + "\nRaises:\n    ValueError, TypeError: for a value or an option that is not allowed, with the nearest match."
    )
    return build_network


def register(name: str, build_network: Callable[..., keras.Model], **options: Any) -> None:
    """Make `name` stand for `build_network` with `options`."""
    if name in _REGISTRY:
        raise ValueError(f"The network name {name!r} is registered already.")
    _REGISTRY[name] = functools.partial(build_network, **options)


def network(title: str, design: Callable[..., Network], *row: Any, source: str) -> Callable[..., keras.Model]:
    """One row of a paper's table: the builder of `design(name, *row)`, registered by its name in `_names.BUILDERS`."""
    (name,) = BUILDERS[title]
    build_network = builder(title, functools.partial(design, name, *row), source)
    register(name, build_network)
    return build_network


def build(name: str, **options: Any) -> keras.Model:
    """Build a network by name: `build("resnext50_32x4d", classes=10)`; the options are those of its builder.

    Raises:
        ValueError: for an unknown name, with the nearest match.
    """
    return find(name)(**options)


def find(name: str) -> functools.partial[keras.Model]:
    """The builder of the network `name`, with the options that the name stands for."""
    check_network(name)
    return _REGISTRY[name]
