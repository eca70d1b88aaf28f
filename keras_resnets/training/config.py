"""Configuration of a training, resolved from the arguments of `train`."""

import functools
import inspect
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import keras

from keras_resnets import data
from keras_resnets._errors import positive_integer
from keras_resnets._names import BUILDERS
from keras_resnets.networks.registry import find as find_network
from keras_resnets.training import recipes

NetworkSource = str | Callable[..., keras.Model]


@dataclass(frozen=True)
class TrainConfig:
    """Everything that determines a training; two runs of equal configurations on one machine are equal.

    Attributes:
        network: Name of the network, or of the callable that builds it.
        dataset: Name of the data set.
        recipe: The recipe, its times in iterations.
        seed: Seed of the weights, the order of the images and their augmentation.
        augmentation: Augmentation of the training images.
        precision: "float32", "bfloat16" or "float16".
        sync_batch_norm: Whether batch normalization is over the whole batch, not over each device's part.
    """

    network: str
    dataset: str
    recipe: recipes.Recipe
    seed: int
    augmentation: data.Augmentation | data.ImageTransform
    precision: str = "float32"
    sync_batch_norm: bool = False


def network_name(network: NetworkSource) -> str:
    """Return the name of a network, which may be given by its builder or by another callable.

    Raises:
        TypeError: If the network is neither a name nor a callable.
        ValueError: If there is no network of that name.
    """
    if isinstance(network, str):
        find_network(network)
        return network
    if not callable(network):
        raise TypeError(f"A network is a name, a builder or a callable that returns a model, not {network!r:.80}.")
    function = network
    while isinstance(function, functools.partial):
        function = function.func
    title = getattr(function, "__name__", type(function).__name__).strip("<>")
    for name in BUILDERS.get(title, ()):
        registered = find_network(name)
        if registered.func is function and not registered.keywords:
            return name
    return title


def chosen_recipe(
    network: NetworkSource,
    recipe: str | os.PathLike[str] | recipes.Recipe | None,
    batch_size: int | None,
    learning_rate: float | None,
    weight_decay: float | None,
    network_options: Mapping[str, Any] | None,
) -> recipes.Recipe:
    """Return the recipe to train by, with the given values in place of its own.

    Raises:
        ValueError: If the network has no recipe and none is given, or lacks an option that the recipe sets.
    """
    name = network_name(network)
    if recipe is None:
        recipe = recipes.recipe_for(name)
    elif not isinstance(recipe, recipes.Recipe):
        recipe = recipes.find(recipe)
    given = {"batch_size": batch_size, "learning_rate": learning_rate, "optimizer.weight_decay": weight_decay}
    recipe = recipes.override(recipe, {key: value for key, value in given.items() if value is not None})
    allowed = inspect.signature(find_network(network) if isinstance(network, str) else network).parameters
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in allowed.values())
    for option, value in recipe.network_options.items():
        if option not in allowed and not takes_any:
            raise ValueError(
                f"The recipe {recipe.name!r} builds its network with {option}={value!r}, and {name!r} has no such "
                "option: choose another recipe, or override its network_options."
            )
    return replace(recipe, network_options={**recipe.network_options, **(network_options or {})})


def name_of(dataset: str | data.ImageSet | data.FileSet) -> str:
    """Return the name of a data set, before it is read."""
    if not isinstance(dataset, str):
        return dataset.name
    return data.name_of(dataset) if data.is_path(dataset) else dataset


def refuse_augmentation(recipe: recipes.Recipe, dataset: str | data.ImageSet | data.FileSet) -> None:
    """Raise ValueError if `kr.data` cannot augment the images of a data set by a recipe."""
    lacking = lacks_augmentation(recipe, dataset)
    if lacking:
        raise ValueError(
            f"The recipe {recipe.name!r} augments its images by {recipe.augmentation}; {lacking}: "
            f"augmentation={recipes.OF_THE_DATASET} (--set) takes the data set's own instead, which is not the paper's."
        )


def lacks_augmentation(recipe: recipes.Recipe, dataset: str | data.ImageSet | data.FileSet) -> str | None:
    """Return why `kr.data` cannot augment the images of a data set by a recipe; None if it can."""
    if recipe.augmentation == recipes.OF_THE_DATASET:
        return None
    try:
        transform = data.ImageTransform.parse(recipe.augmentation)
    except ValueError as error:
        return f"kr.data does not have that yet ({error})"
    in_memory = data.shape_in_memory(dataset)
    if in_memory is not None:
        try:
            transform.refuse_in_memory(in_memory)
        except ValueError as error:
            return str(error)
    return None


def of_length(
    recipe: recipes.Recipe, steps_per_epoch: int, epochs: float | None, iterations: int | None
) -> recipes.Recipe:
    """Return a recipe with its times in iterations, scaled to a number of epochs or iterations if one is given.

    Raises:
        ValueError: If both are given.
    """
    recipe = recipes.in_iterations(recipe, steps_per_epoch)
    if epochs is not None and iterations is not None:
        raise ValueError("Give epochs or iterations, not both.")
    if epochs is not None:
        if not isinstance(epochs, int | float) or isinstance(epochs, bool) or not 0 < epochs < math.inf:
            raise ValueError(f"epochs must be a positive number, not {epochs!r}.")
        iterations = math.ceil(epochs * steps_per_epoch)
    return recipe if iterations is None else recipes.scaled(recipe, iterations)


def check_execution(steps_per_execution: int, steps_per_epoch: int, iterations: int, accumulation: int) -> None:
    """Raise ValueError if steps_per_execution does not divide the batches of an epoch and of the training.

    Args:
        steps_per_execution: Batches that a compiled program processes at a time.
        steps_per_epoch, iterations: Updates in an epoch and in the training.
        accumulation: Batches whose gradients make one update.
    """
    positive_integer("steps_per_execution", steps_per_execution)
    common = math.gcd(steps_per_epoch, iterations) * accumulation
    if common % steps_per_execution:
        fitting = [n for n in range(1, common + 1) if common % n == 0]
        near = min(fitting, key=lambda n: abs(n - steps_per_execution))
        raise ValueError(
            f"steps_per_execution must divide the {steps_per_epoch * accumulation} batches of an epoch and the "
            f"{iterations * accumulation} of the training, as {near} does and {steps_per_execution} does not."
        )
