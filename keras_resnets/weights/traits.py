"""Traits of a model that change its function, but neither names nor shapes of its weights."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import keras

from keras_resnets.layers import IdentityShortcut, LocalResponseNormalization, StochasticDepth

SHORTCUT = re.compile(r"stage\d+_block\d+_shortcut")
REDUCING = re.compile(r"(stage\d+_block\d+)_conv1")  # first layer of a block; of a bottleneck if there is a third


@dataclass(frozen=True)
class Trait:
    """Trait that a model may have and the published networks with the same names do not.

    Attributes:
        needed: Option that builds the published network, such as 'downsample="3x3"'.
        given: Option that builds a model with the trait.
        found: Whether a model has the trait.
    """

    needed: str
    given: str
    found: Callable[[keras.Model], bool]


def without_layer(name: str, *, needed: str, given: str) -> Trait:
    """Return the trait of models that lack the layer `name`, which only the published network has."""
    return Trait(needed, given, lambda model: all(layer.name != name for layer in _layers(model)))


def _layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    return model._flatten_layers(include_self=False)


def _halves_on_1x1(model: keras.Model) -> bool:
    strides = {layer.name: getattr(layer, "strides", None) for layer in _layers(model)}
    return any(
        (match := REDUCING.fullmatch(name)) and stride == (2, 2) and f"{match[1]}_conv3" in strides
        for name, stride in strides.items()
    )


def _scales_branches(model: keras.Model) -> bool:
    return any(isinstance(layer, StochasticDepth) and layer.survival < 1 for layer in _layers(model))


def _normalizes_responses(model: keras.Model) -> bool:
    return any(isinstance(layer, LocalResponseNormalization) for layer in _layers(model))


def _paddings(model: keras.Model) -> set[tuple[int, int]]:
    """Return the zero channels before and after those of the shortcuts that change the number of channels."""
    return {layer.padding for layer in _layers(model) if isinstance(layer, IdentityShortcut) and any(layer.padding)}


def _pads_behind(model: keras.Model) -> bool:
    return any(before != after for before, after in _paddings(model))


def _projects(model: keras.Model) -> bool:
    return any(SHORTCUT.fullmatch(layer.name) and isinstance(layer, keras.layers.Conv2D) for layer in _layers(model))


STRIDE_ON_1X1 = Trait('downsample="3x3"', 'downsample="1x1"', _halves_on_1x1)
SCALED_BRANCHES = Trait("survival_probability=None", "a survival_probability", _scales_branches)
LOCAL_RESPONSE = Trait("local_response=False", "local_response=True", _normalizes_responses)
ZEROS_BEHIND = Trait('shortcut="A-centered"', 'shortcut="A"', _pads_behind)
OPTION_A = Trait('shortcut="B"', 'shortcut="A"', lambda model: bool(_paddings(model)))
OPTION_B = Trait('shortcut="A-centered"', 'shortcut="B"', _projects)

PUBLISHED = (STRIDE_ON_1X1, SCALED_BRANCHES, LOCAL_RESPONSE)  # of no network of torchvision or timm


def difference(model: keras.Model, traits: tuple[Trait, ...]) -> Trait | None:
    """Return the first of the traits that the model has; None if it has none."""
    return next((trait for trait in traits if trait.found(model)), None)
