"""Plan of a training, without training: cost of the network, memory, steps and learning rate."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from keras_resnets import data
from keras_resnets._checking import Positive, checked
from keras_resnets.complexity import complexity
from keras_resnets.data.datasets import find as find_dataset
from keras_resnets.networks.abstract import abstract_init
from keras_resnets.training import recipes
from keras_resnets.training.compiling import network_for
from keras_resnets.training.config import NetworkSource, chosen_recipe, lacks_augmentation, network_name, of_length
from keras_resnets.training.from_arrays import as_dataset
from keras_resnets.training.inputs import suited
from keras_resnets.training.memory import Memory, in_words, memory_of
from keras_resnets.training.progress import duration
from keras_resnets.training.schedules import learning_rate

COLUMNS = 64
BARS = "▁▂▃▄▅▆▇█"
DECADES = 4  # of the figure's logarithmic scale
# Multiplications and additions a second. Measured: ResNet-20 at 440 images/s on two cores of an AMD EPYC with AVX2.
# Assumed: half of what vendors report of ResNet-50 in 16 bits; small networks and slow disks reach less.
SPEEDS = {"on two CPU cores": 1.1e11, "at best on one data-center GPU": 3e13}


@dataclass(frozen=True)
class Plan:
    """Plan of a training; `str(plan)` is a table of it.

    Attributes:
        network: Name of the network.
        input_shape: Height, width and channels of its input.
        parameters: Number of trainable parameters, auxiliary classifiers included.
        multiply_accumulates: Number of multiply-accumulate operations for one image.
        memory: Estimated memory.
        dataset: Name of the data set.
        train_images: Number of training images.
        steps_per_epoch: Updates in one pass through them.
        recipe: The recipe, its times in iterations.
        rates: (iteration, learning rate), from the first iteration to the last.
        lacks_augmentation: Whether `train` refuses the recipe's augmentation for these images.
    """

    network: str
    input_shape: tuple[int, int, int]
    parameters: int
    multiply_accumulates: int
    memory: Memory
    dataset: str
    train_images: int
    steps_per_epoch: int
    recipe: recipes.Recipe
    rates: tuple[tuple[int, float], ...]
    lacks_augmentation: bool = False

    @property
    def operations(self) -> float:
        """Multiplications and additions of the whole training, its tests left out.

        The backward pass is counted as two forward passes: one for the gradient of the inputs, one for the weights'.
        """
        return 2 * 3 * self.multiply_accumulates * self.recipe.batch_size * self.recipe.length

    def __str__(self) -> str:
        recipe, memory = self.recipe, self.memory
        lacking = "; kr.data lacks it: train() refuses" if self.lacks_augmentation else ""
        own = recipe.augmentation == recipes.OF_THE_DATASET
        part = recipe.batch_size // recipe.accumulation
        lines = {
            "network": f"{self.network}, input {'x'.join(map(str, self.input_shape))}",
            "parameters": f"{self.parameters:,}",
            "multiply-accumulates": f"{self.multiply_accumulates:,} an image",
            "memory": (
                f"{in_words(memory.total)} estimated: weights {in_words(memory.weights)}, gradients "
                f"{in_words(memory.gradients)}, optimizer {in_words(memory.optimizer)}, activations "
                f"{in_words(memory.activations)} (each layer's output, {part} images)"
            ),
            "data": f"{self.dataset}, {self.train_images:,} training images",
            "augmentation": "the data set's own" if own else f"{recipe.augmentation}{lacking}",
            **recipe_in_words(recipe),
            "steps": _steps(recipe, self.steps_per_epoch),
            "estimated time": (
                ", ".join(f"{duration(self.operations / speed)} {where}" for where, speed in SPEEDS.items())
                + f" ({self.operations:.2g} operations)"
            ),
            "learning rate": self._schedule(),
        }
        width = max(map(len, lines)) + 2
        return "\n".join(
            f"{name:<{width}}{text}".replace("\n", "\n" + " " * width) for name, text in lines.items() if text
        )

    def _schedule(self) -> str:
        schedule = self.recipe.schedule
        if isinstance(schedule, recipes.Plateau):
            return (
                f"{self.recipe.learning_rate:g}, times {schedule.factor:g} after {schedule.patience} epochs without a "
                "lower test error"
            )
        highest = self.recipe.learning_rate
        samples = [self.rates[round(i * (len(self.rates) - 1) / 4)] for i in range(5)]
        return "\n".join(
            (
                sparkline([rate for _, rate in self.rates], highest),
                f"logarithmic, from {highest * 10.0**-DECADES:g} or less to {highest:g}",
                ", ".join(f"{rate:.4g} at {iteration:,}" for iteration, rate in samples),
            )
        )


@checked
def plan(
    network: NetworkSource = "resnet20",
    dataset: str | data.ImageSet | data.FileSet | Sequence[Any] = "cifar10",
    *,
    recipe: str | os.PathLike[str] | recipes.Recipe | None = None,
    epochs: Positive | None = None,
    iterations: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    weight_decay: float | None = None,
    network_options: dict[str, Any] | None = None,
) -> Plan:
    """Plan what `train` does with the same arguments; nothing is written, and only small images are decoded.

    The memory is estimated for one device from shapes alone; see `Memory`.

    Raises:
        TypeError, ValueError: As `train` does, except that `kr.data` may lack the augmentation of the recipe.
    """
    network_title, dataset = network_name(network), as_dataset(dataset)
    chosen = chosen_recipe(network, recipe, batch_size, learning_rate, weight_decay, network_options)
    lacking = lacks_augmentation(chosen, dataset)
    if isinstance(dataset, str) and data.is_path(dataset):
        dataset = data.load(dataset)
        dataset = dataset if lacking else suited(dataset, chosen, network)
    if isinstance(dataset, str):
        known = find_dataset(dataset)
        name, shape, classes, images = known.name, known.shape, known.classes, known.train_images
    else:
        dataset = dataset if lacking else dataset.augmented(chosen.augmentation)
        name, shape, classes = dataset.name, dataset.image_shape, len(dataset.class_names)
        images = len(dataset.train)
    if not 1 <= chosen.batch_size <= images:
        raise ValueError(f"A batch is 1 to {images} images, all that {name} has, not {chosen.batch_size}.")
    steps = images // chosen.batch_size
    chosen = of_length(chosen, steps, epochs, iterations)
    # Only shapes are needed: no variable is given a value.
    with abstract_init():
        cost = complexity(network_for(chosen, network, shape, classes))
    return Plan(
        network=network_title,
        input_shape=cost.input_shape,
        parameters=cost.trainable,
        multiply_accumulates=cost.multiply_accumulates,
        memory=memory_of(cost, chosen),
        dataset=name,
        train_images=images,
        steps_per_epoch=steps,
        recipe=chosen,
        rates=rates(chosen),
        lacks_augmentation=lacking is not None,
    )


def recipe_in_words(recipe: recipes.Recipe) -> dict[str, str]:
    """Return what a recipe says beside its length and learning rate, by name; "" for what it does not use."""
    return {
        "recipe": f"{recipe.name}: {recipe.source}" if recipe.source else recipe.name,
        "claim": recipe.claim,
        "result": recipe.result if recipe.claim else "",
        "note": recipe.note,
        "optimizer": _in_words(recipe.optimizer),
        "clipping": _in_words(recipe.clipping) if recipe.clipping else "",
        "running average": f"of the weights, momentum {recipe.ema:g}" if recipe.ema else "",
        "loss": _in_words(recipe.loss),
        "auxiliary losses": ", ".join(f"{weight:g}" for weight in recipe.auxiliary),
    }


def _steps(recipe: recipes.Recipe, an_epoch: int) -> str:
    return (
        f"{recipe.iterations:,} of {recipe.batch_size:,} images, {an_epoch:,} an epoch, "
        f"{recipe.length / an_epoch:.4g} epochs"
    )


def rates(recipe: recipes.Recipe, columns: int = COLUMNS) -> tuple[tuple[int, float], ...]:
    """Return (iteration, learning rate) at `columns` iterations from the first to the last, or at all if fewer."""
    last = int(recipe.length) - 1
    schedule = learning_rate(recipe)
    iterations = sorted({round(i * last / max(1, columns - 1)) for i in range(columns)})
    return tuple((i, float(schedule(i * recipe.accumulation)) if callable(schedule) else schedule) for i in iterations)


def sparkline(values: list[float], highest: float) -> str:
    """Return one bar for each value, on a logarithmic scale of four decades below `highest`."""
    floor = highest * 10.0**-DECADES
    heights = [math.log10(max(value, floor) / floor) / DECADES for value in values]
    return "".join(BARS[round(height * (len(BARS) - 1))] for height in heights)


def _in_words(part) -> str:
    """Return a part of a recipe in words: its kind, and its fields that are set."""
    fields = {name: value for name, value in recipes.simple(part).items() if name != "kind" and value}
    values = {name: " and ".join(value) if isinstance(value, list) else f"{value}" for name, value in fields.items()}
    return ", ".join([part.kind, *(f"{name} {value}" for name, value in values.items())])
