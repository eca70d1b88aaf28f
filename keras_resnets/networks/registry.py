"""Names to builders: every network of the package is registered here by the file of its paper."""

import fnmatch
import functools
import inspect
import re
from collections.abc import Callable
from typing import Any

import keras

from keras_resnets._errors import unknown
from keras_resnets.networks.assemble import Network, assemble

_REGISTRY: dict[str, Callable[..., keras.Model]] = {}

COMMON_OPTIONS = """
    include_top: whether the classifier (global average pool, fully connected layer) is included.
    weights: None for random ones, or the path of a `.weights.h5` or `.keras` file.
    input_tensor: a Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
    input_shape: `(height, width, channels)`, default `({size}, {size}, 3)`; height and width may be None.
    pooling: without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
    classes: number of classes, default {classes}.
    classifier_activation: of the last layer; None gives logits.
    name: the model's name, default "{name}".
"""

DESIGN_OPTIONS = {
    "shortcut": '"A" zero-padded identity, "B" projection where the shape changes, "C" projection everywhere.',
    "downsample": 'where a bottleneck has its stride: "3x3" (v1.5), or "1x1" (the authors and keras.applications).',
    "zero_gamma": "start every block as its shortcut: its last gamma is zero (Goyal et al. 2017, arXiv 1706.02677).",
    "cardinality": "C, the number of paths of a block.",
    "base_width": "d, the width of a path in the first stage; it doubles from stage to stage.",
    "form": 'of a block: "a" summed paths, "b" concatenated ones, "c" a grouped convolution (Xie et al. 2017, Fig. 3).',
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


def list_models(pattern: str = "*") -> list[str]:
    """The names that `build` knows and `pattern` matches ("resnext*", with shell wildcards), in natural order."""
    return sorted(fnmatch.filter(_REGISTRY, pattern), key=_natural)


def build(name: str, **options: Any) -> keras.Model:
    """Build a network by name: `build("resnext50_32x4d", classes=10)`; the options are those of its builder.

    Raises:
        ValueError: for an unknown name, with the nearest match.
    """
    return find(name)(**options)


def find(name: str) -> Callable[..., keras.Model]:
    """The builder of the network `name`, with the options that the name stands for."""
    if name not in _REGISTRY:
        raise ValueError(unknown("network", name, list_models()))
    return _REGISTRY[name]


def _natural(name: str) -> list:
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]
