"""What a training is asked to be, from what its caller gives."""

import inspect
import math
from dataclasses import dataclass, replace

from keras_resnets import data
from keras_resnets._errors import positive_integer
from keras_resnets.networks.registry import find as find_network
from keras_resnets.training import recipes


@dataclass(frozen=True)
class Settings:
    """What fixes a training; two runs of equal settings on one machine are equal."""

    network: str
    dataset: str
    recipe: recipes.Recipe
    seed: int
    augmentation: data.Augmentation | data.ImageTransform
    precision: str = "float32"
    sync_batch_norm: bool = False


def chosen_recipe(network, recipe, batch_size, learning_rate, weight_decay, network_options) -> recipes.Recipe:
    """The recipe that `train` goes by, with the values given in place of its own."""
    if recipe is None:
        recipe = recipes.recipe_for(network)
    elif not isinstance(recipe, recipes.Recipe):
        recipe = recipes.find(recipe)
    given = {"batch_size": batch_size, "learning_rate": learning_rate, "optimizer.weight_decay": weight_decay}
    recipe = recipes.override(recipe, {name: value for name, value in given.items() if value is not None})
    allowed = inspect.signature(find_network(network)).parameters
    for option, value in recipe.network_options.items():
        if option not in allowed:
            raise ValueError(
                f"The recipe {recipe.name!r} builds its network with {option}={value!r}, and {network!r} has no such "
                "option: choose another recipe, or override its network_options."
            )
    return replace(recipe, network_options={**recipe.network_options, **(network_options or {})})


def name_of(dataset: str | data.ImageSet | data.FileSet) -> str:
    """A data set's name, before it is read."""
    if not isinstance(dataset, str):
        return dataset.name
    return data.name_of(dataset) if data.is_path(dataset) else dataset


def refuse_augmentation(recipe: recipes.Recipe, dataset: str | data.ImageSet | data.FileSet) -> None:
    """Raise if `kr.data` cannot augment these images as the recipe wants it."""
    lacking = lacks_augmentation(recipe, dataset)
    if lacking:
        raise ValueError(
            f"The recipe {recipe.name!r} augments its images by {recipe.augmentation}; {lacking}: "
            f"augmentation={recipes.OF_THE_DATASET} (--set) takes the data set's own instead, which is not the paper's."
        )


def lacks_augmentation(recipe: recipes.Recipe, dataset: str | data.ImageSet | data.FileSet) -> str | None:
    """What of the recipe's augmentation `kr.data` lacks for these images, in words; None where it lacks nothing."""
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


def of_length(recipe: recipes.Recipe, steps_per_epoch, epochs, iterations) -> recipes.Recipe:
    """The recipe in iterations, scaled to the length that is given, if one is."""
    recipe = recipes.in_iterations(recipe, steps_per_epoch)
    if epochs is not None and iterations is not None:
        raise ValueError("Give epochs or iterations, not both.")
    if epochs is not None:
        iterations = math.ceil(epochs * steps_per_epoch)
    return recipe if iterations is None else recipes.scaled(recipe, iterations)


def check_execution(steps_per_execution: int, steps_per_epoch: int, iterations: int, parts: int) -> None:
    """Raise if some batches of an epoch, or of the end, would be left over."""
    positive_integer("steps_per_execution", steps_per_execution)
    rest = math.gcd(steps_per_epoch, iterations) * parts
    if rest % steps_per_execution:
        fitting = [n for n in range(1, rest + 1) if rest % n == 0]
        near = min(fitting, key=lambda n: abs(n - steps_per_execution))
        raise ValueError(
            f"steps_per_execution must divide the {steps_per_epoch * parts} batches of an epoch and the "
            f"{iterations * parts} of the training, as {near} does and {steps_per_execution} does not."
        )
