"""Registry of the networks: names to builders, filled by the file of each paper."""

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import keras

from keras_resnets._checking import checked
from keras_resnets._names import BUILDERS, network_name
from keras_resnets.networks.assemble import Network, assemble

_REGISTRY: dict[str, functools.partial[keras.Model]] = {}  # by name, such as "resnext50_32x4d"

COMMON_OPTIONS = """
    include_top: Whether to include the classifier (global average pool, fully connected layer).
    weights: None for random weights; "cifar10" for those that come with the package; "torchvision" for the newest ones
        of torchvision ("torchvision/V1" for the older); "akamaster", "chenyaofo/cifar10" or "chenyaofo/cifar100" for
        CIFAR networks; "timm/NAME.TAG" or `"hf://OWNER/NAME[@REVISION][/FILE]"` for the Hugging Face hub; or the path
        of a `.weights.h5`, `.keras`, `.safetensors`, `.npz` or `.pth` file. Published weights set
        `model.preprocessing`, which `.keras` files keep; if they have another number of classes, the head keeps its
        random weights, and a line is printed.
    input_tensor: Keras tensor `[batch, height, width, channels]` to build upon, instead of a new input.
    input_shape: `(height, width, channels)`, default `({size}, {size}, 3)`; height and width may be None.
    pooling: Without the top, None for the last map `[batch, h, w, c]`, "avg" or "max" for `[batch, c]`.
    classes: Number of classes, default {classes}.
    classifier_activation: Activation of the last layer; None for logits.
    name: Name of the model, default "{name}".
"""

DESIGN_OPTIONS = {
    "shortcut": """"A" identity with zero channels behind the old ones, "A-centered" with half of them before, as in
        some trained CIFAR networks; "B" projection where the shape changes, "C" projection everywhere.""",
    "downsample": 'Place of a bottleneck\'s stride: "3x3" (v1.5), or "1x1" (the authors and keras.applications).',
    "zero_gamma": "Start every block as its shortcut, with a last gamma of zero (Goyal et al. 2017, arXiv 1706.02677).",
    "survival_probability": """Stochastic depth: p_L, the probability that the last block survives a training step;
        earlier ones survive more often (Huang et al. 2016, arXiv 1603.09382, eq. 4). A block is dropped for the whole
        mini-batch, and scaled in inference. None builds no stochastic depth.""",
    "drop_path_rate": """Stochastic depth as timm has it: rate at which the last block is dropped for an image; it
        grows linearly from 0 at the first. Blocks are scaled in training, so that published weights keep their
        function in inference.""",
    "output_stride": """8 or 16, the ratio of image to last map, which is 32 otherwise: later stages are dilated, with
        the same weights (Chen et al. 2017, arXiv 1706.05587). None keeps their strides.""",
    "cardinality": "C, the number of paths in a block.",
    "base_width": "d, the width of a path in the first stage; it doubles from stage to stage.",
    "depths": """Number of blocks in each stage; three layers a block, stem and head make the depth: (2, 2, 2) is 20
        layers, 9n + 2 with n = 2 (Xie et al. 2017, appendix A).""",
    "filters": "Channels of the stem; blocks of the first stage end in 4 times as many, doubled from stage to stage.",
    "form": 'Form of a block: "a" summed or "b" concatenated paths, "c" grouped convolution (Xie et al. 2017, Fig. 3).',
    "variant": """Source of the form and its weights: the authors (default), "torchvision" or "keras_applications"; of
        AlexNet the year, "2014" (default, one column) or "2012" (two groups).""",
    "dropout": """Rate of the dropout in training: between the convolutions of a wide block, behind every convolution of
        a dense network but the first.""",
    "memory_efficient": """Recompute concatenated maps in the backward pass instead of keeping them (Pleiss et al. 2017,
        arXiv 1707.06990); the same function and weights.""",
    "aux": """Whether to add auxiliary classifiers, for training: the outputs are then {"main": ..., "aux1": ...}. Give
        `compile` its loss and loss_weights, and `fit` its targets, as dictionaries of the same names, such as
        {"main": labels, "aux1": labels}; `inference_model(model)` is the network without them.""",
    "batch_norm": "Batch normalization after every convolution instead of biases; a variant may have it anyway.",
    "local_response": "Normalize across channels twice in the stem, as Krizhevsky et al. 2012 (sec. 3.3).",
    "pieces": "Number of linear pieces of a unit of the fully connected maxout layer.",
    "slopes": 'PReLUs have a slope of their own for each "channel" (default) or for each "layer".',
    "module": '"reduced" (1x1 ahead of 3x3 and 5x5, Fig. 2b) or "naive" (Fig. 2a), whose channels grow.',
}

OPTION_ALIASES = {"survival": "survival_probability"}  # other name to option
CHECKED_BY_DESIGNS = frozenset(
    ["depths", "output_stride", "survival_probability", "survival", "dropout", "base_width", "cardinality"]
)


def builder(title: str, design: Callable[..., Network], source: str, note: str = "") -> Callable[..., keras.Model]:
    """Return the public function `title` that builds the networks of `design`.

    Its options are those of `assemble` and the keyword-only ones of `design`, both visible in its signature. Its
    docstring opens with the `source` and a `note` on what the source leaves open or contradicts.
    """
    design_options = keyword_options(design)
    design_names = {p.name for p in design_options}
    positional = [p.replace(kind=p.POSITIONAL_OR_KEYWORD) for p in keyword_options(assemble)]
    aliases = {alias: option for alias, option in OPTION_ALIASES.items() if option in design_names}
    alias_options = [p.replace(name=alias) for alias in aliases for p in design_options if p.name == aliases[alias]]
    signature = inspect.Signature(positional + design_options + alias_options, return_annotation=keras.Model)
    default = design()

    def build_network(*args: Any, **options: Any) -> keras.Model:
        given = signature.bind(*args, **without_aliases(options, aliases)).arguments
        network = design(**{k: v for k, v in given.items() if k in design_names})
        network = replace(network, options={p.name: given.get(p.name, p.default) for p in design_options})
        return assemble(network, **{k: v for k, v in given.items() if k not in design_names})

    build_network.default_size = default.size  # type: ignore[attr-defined]
    build_network.__name__ = build_network.__qualname__ = title
    build_network.__module__ = "keras_resnets"  # its public home, for help() and pickle
    build_network.__signature__ = signature  # type: ignore[attr-defined]
    build_network.__doc__ = (
        f"{title} ({source}).\n\n"
        + (f"{note}\n\n" if note else "")
        + "Args:"
        + COMMON_OPTIONS.format(size=default.size, classes=default.classes, name=default.name)
        + "".join(f"    {p.name}: {DESIGN_OPTIONS[p.name]}\n" for p in design_options)
        + "".join(f"    {alias}: Another name of `{option}`.\n" for alias, option in aliases.items())
        + "\nReturns:\n    A functional `keras.Model`.\n"
        + "\nRaises:\n    ValueError, TypeError: For a value or an option that is not allowed, with the nearest match."
    )
    return checked(build_network, kind="option", own=CHECKED_BY_DESIGNS)


def keyword_options(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return the keyword-only parameters of a function."""
    return [p for p in inspect.signature(function).parameters.values() if p.kind is p.KEYWORD_ONLY]


def without_aliases(options: Mapping[str, Any], aliases: Mapping[str, str]) -> dict[str, Any]:
    """Return the options by their own names.

    Raises:
        ValueError: If an option is given under two names with different values.
    """
    named = {name: value for name, value in options.items() if name not in aliases}
    for alias in options.keys() & aliases.keys():
        option, value = aliases[alias], options[alias]
        if option in named and named[option] != value:
            raise ValueError(
                f"{option} and {alias} name one option: give one of them, not {named[option]!r} and {value!r}."
            )
        named[option] = value
    return named


def register(name: str, build_network: Callable[..., keras.Model], **options: Any) -> None:
    """Register `name` for `build_network` with `options`.

    Raises:
        ValueError: If the name is taken.
    """
    if name in _REGISTRY:
        raise ValueError(f"The network name {name!r} is registered already.")
    _REGISTRY[name] = functools.partial(build_network, **options)


def network(
    title: str, design: Callable[..., Network], *row: Any, source: str, note: str = ""
) -> Callable[..., keras.Model]:
    """Return the builder of `design(name, *row)`, a row of a paper's table, and register it by its name in `_names`."""
    (name,) = BUILDERS[title]
    build_network = builder(title, functools.partial(design, name, *row), source, note)
    register(name, build_network)
    return build_network


@checked
def build(name: str, **options: Any) -> keras.Model:
    """Build a network by name, `build("resnext50_32x4d", classes=10)`, or by its builder's name, `build("ResNeXt50")`.

    Args:
        name: Name of `list_models()`, or name of a builder.
        **options: Options of the builder.

    Raises:
        ValueError: For an unknown name, with the nearest ones.
    """
    return find(name)(**options)


def find(name: str) -> functools.partial[keras.Model]:
    """Return the builder of the network `name`, with the options that the name implies.

    Raises:
        ValueError: For an unknown name, with the nearest ones.
    """
    return _REGISTRY[network_name(name)]


def default_size(network: str | Callable[..., keras.Model]) -> int | None:
    """Return height and width of a network's default input; None for a callable that is no builder of the package."""
    builder: Any = find(network) if isinstance(network, str) else network
    while isinstance(builder, functools.partial):
        builder = builder.func
    return getattr(builder, "default_size", None)
