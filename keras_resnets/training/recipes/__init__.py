"""Training recipes as data, a file for each paper, each with its source, the paper's result and this package's."""

from __future__ import annotations

import fnmatch
import os
from pathlib import Path

from keras_resnets._checking import checked
from keras_resnets._errors import unknown
from keras_resnets._renamed import renamed
from keras_resnets.training.recipes import changes
from keras_resnets.training.recipes.changes import SUFFIXES, in_iterations, override, scaled, settings_of
from keras_resnets.training.recipes.fast_cifar import FAST_CIFAR
from keras_resnets.training.recipes.he2015 import HE_CIFAR, HE_CIFAR_110, HE_IMAGENET, HE_IMAGENET_STEPS
from keras_resnets.training.recipes.he2016 import PREACT_CIFAR, PREACT_IMAGENET
from keras_resnets.training.recipes.huang2016 import STOCHASTIC_DEPTH_CIFAR
from keras_resnets.training.recipes.huang2017 import DENSENET_CIFAR, DENSENET_IMAGENET
from keras_resnets.training.recipes.ioffe2015 import BN_INCEPTION
from keras_resnets.training.recipes.record import (
    DESCRIPTIVE,
    LAMB,
    LARS,
    NOT_REPRODUCED,
    OF_THE_DATASET,
    SGD,
    AdamW,
    BinaryCrossEntropy,
    Clipping,
    Constant,
    Cosine,
    CrossEntropy,
    Exponential,
    OneCycle,
    Plateau,
    Recipe,
    RMSProp,
    Steps,
    Warmup,
    simple,
)
from keras_resnets.training.recipes.szegedy2014 import GOOGLENET
from keras_resnets.training.recipes.szegedy2015 import INCEPTION_V3
from keras_resnets.training.recipes.torchvision import TORCHVISION_V1, TORCHVISION_V2
from keras_resnets.training.recipes.wightman2021 import RSB_A1, RSB_A2, RSB_A3
from keras_resnets.training.recipes.xie2017 import RESNEXT_CIFAR, RESNEXT_IMAGENET
from keras_resnets.training.recipes.zagoruyko2016 import WRN_CIFAR

__all__ = [
    "BN_INCEPTION",
    "DENSENET_CIFAR",
    "DENSENET_IMAGENET",
    "DESCRIPTIVE",
    "FAST_CIFAR",
    "GOOGLENET",
    "HE_CIFAR",
    "HE_CIFAR_110",
    "HE_IMAGENET",
    "HE_IMAGENET_STEPS",
    "INCEPTION_V3",
    "LAMB",
    "LARS",
    "NOT_REPRODUCED",
    "OF_THE_DATASET",
    "PREACT_CIFAR",
    "PREACT_IMAGENET",
    "RECIPES",
    "RESNEXT_CIFAR",
    "RESNEXT_IMAGENET",
    "RSB_A1",
    "RSB_A2",
    "RSB_A3",
    "SGD",
    "STOCHASTIC_DEPTH_CIFAR",
    "TORCHVISION_V1",
    "TORCHVISION_V2",
    "WRN_CIFAR",
    "AdamW",
    "BinaryCrossEntropy",
    "Clipping",
    "Constant",
    "Cosine",
    "CrossEntropy",
    "Exponential",
    "OneCycle",
    "Plateau",
    "RMSProp",
    "Recipe",
    "Steps",
    "Warmup",
    "find",
    "in_iterations",
    "override",
    "read",
    "recipe_for",
    "scaled",
    "settings_of",
    "simple",
]

__getattr__ = renamed(__name__, {"TOLD": "DESCRIPTIVE"})

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        HE_CIFAR,
        HE_CIFAR_110,
        FAST_CIFAR,
        HE_IMAGENET,
        HE_IMAGENET_STEPS,
        PREACT_CIFAR,
        PREACT_IMAGENET,
        STOCHASTIC_DEPTH_CIFAR,
        WRN_CIFAR,
        RESNEXT_IMAGENET,
        RESNEXT_CIFAR,
        DENSENET_CIFAR,
        DENSENET_IMAGENET,
        GOOGLENET,
        BN_INCEPTION,
        INCEPTION_V3,
        TORCHVISION_V1,
        TORCHVISION_V2,
        RSB_A1,
        RSB_A2,
        RSB_A3,
    )
}


@checked
def find(name: str | os.PathLike[str]) -> Recipe:
    """Return a recipe by name, or read a YAML file.

    Raises:
        ValueError: If there is none; the message has the nearest name.
    """
    if Path(name).suffix in SUFFIXES:
        return read(name)
    if name not in RECIPES:
        raise ValueError(unknown("recipe", name, RECIPES))
    return RECIPES[str(name)]


@checked
def read(path: str | os.PathLike[str]) -> Recipe:
    """Read a recipe from a YAML file: the fields of a recipe, parts as mappings with their kind.

    A file with `base`, the name of a recipe or of another file, holds only the values that differ. The default name is
    the file's. Anchors and aliases are refused: a few lines with them can expand to gigabytes.

    Raises:
        ValueError: If the file does not exist, is not YAML, is its own base, or a key or value is not allowed.

    Example:
        A file `short.yaml`::

            base: wrn_cifar
            epochs: 60
            schedule: {at: [20, 40, 50]}
            optimizer: {weight_decay: 1e-4}
    """
    return changes.read(path, find)


@checked
def recipe_for(network: str) -> Recipe:
    """Return the default recipe of a network, that of its paper.

    Raises:
        ValueError: If the network has none.
    """
    for recipe in RECIPES.values():
        if any(fnmatch.fnmatchcase(network, pattern) for pattern in recipe.networks):
            return recipe
    raise ValueError(f"{network!r} has no recipe of its own here: name one of {', '.join(map(repr, RECIPES))}.")
