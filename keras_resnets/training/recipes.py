"""The papers' training recipes as data, each with its source, the paper's result and ours."""

import fnmatch
from dataclasses import dataclass, replace

from keras_resnets._errors import unknown


@dataclass(frozen=True)
class Recipe:
    """How a paper trains a network.

    Attributes:
        name: as given to `train`.
        source: paper and section.
        networks: the names, with wildcards, that the recipe is for; the first recipe that matches is a network's
            default.
        iterations: mini-batches in all.
        batch_size: images a mini-batch.
        learning_rate: at the start, after the warm-up if there is one.
        decay_at: the iterations at which the learning rate is multiplied by `decay_factor`.
        decay_factor: in (0, 1).
        warmup_iterations: how long `warmup_learning_rate` lasts.
        warmup_learning_rate: constant, before `learning_rate`.
        momentum: of SGD.
        weight_decay: coupled, added to the gradient as `weight_decay * weight`, for every trainable variable.
        claim: the paper's result.
        result: ours.
    """

    name: str
    source: str
    networks: tuple[str, ...]
    iterations: int
    batch_size: int
    learning_rate: float
    decay_at: tuple[int, ...]
    decay_factor: float
    momentum: float
    weight_decay: float
    claim: str
    result: str
    warmup_iterations: int = 0
    warmup_learning_rate: float = 0.0


HE_CIFAR = Recipe(
    name="he_cifar",
    source="He et al. 2015, arXiv 1512.03385, sec. 4.2",
    networks=("*",),
    iterations=64_000,
    batch_size=128,
    learning_rate=0.1,
    decay_at=(32_000, 48_000),
    decay_factor=0.1,
    momentum=0.9,
    weight_decay=1e-4,
    claim="CIFAR-10 test error: ResNet-20 8.75 %, 32 7.51 %, 44 7.17 %, 56 6.97 % (Table 6)",
    result="not reproduced yet",
)

# "0.01 until the training error is below 80 % (about 400 iterations)"
HE_CIFAR_110 = replace(
    HE_CIFAR,
    name="he_cifar_110",
    networks=("plain110", "resnet110", "plain1202", "resnet1202"),
    warmup_iterations=400,
    warmup_learning_rate=0.01,
    claim="CIFAR-10 test error: ResNet-110 6.43 % (6.61 ± 0.16), ResNet-1202 7.93 % (Table 6)",
)

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (HE_CIFAR_110, HE_CIFAR)}


def find(name: str) -> Recipe:
    """The recipe `name`.

    Raises:
        ValueError: if there is none, with the nearest match.
    """
    if name not in RECIPES:
        raise ValueError(unknown("recipe", name, RECIPES))
    return RECIPES[name]


def recipe_for(network: str) -> Recipe:
    """The default recipe of a network: the first whose `networks` match its name."""
    return next(
        recipe
        for recipe in RECIPES.values()
        if any(fnmatch.fnmatchcase(network, pattern) for pattern in recipe.networks)
    )


def scaled(recipe: Recipe, iterations: int) -> Recipe:
    """The recipe stretched or shortened to `iterations`: warm-up and steps keep their share of the whole.

    Raises:
        ValueError: if `iterations` is not positive.
    """
    if iterations < 1:
        raise ValueError(f"A training takes at least 1 iteration, not {iterations}.")

    def share(iteration: int) -> int:
        return round(iteration * iterations / recipe.iterations)

    return replace(
        recipe,
        iterations=iterations,
        decay_at=tuple(map(share, recipe.decay_at)),
        warmup_iterations=share(recipe.warmup_iterations),
    )
