"""Memory of a training step, estimated, and refused where it does not fit."""

import math
from dataclasses import dataclass
from pathlib import Path

import keras

from keras_resnets.complexity import Complexity
from keras_resnets.training.optimizers import optimizer
from keras_resnets.training.recipes import Recipe

MEMINFO = Path("/proc/meminfo")


@dataclass(frozen=True)
class Memory:
    """Estimated memory of a training in bytes, on one device that processes whole batches.

    Attributes:
        weights: Weights of the network, moving statistics included.
        gradients: Gradients of the trainable weights.
        optimizer: Variables of the optimizer: velocities, averages, accumulated gradients.
        activations: Outputs of all layers for one batch, or one part of an accumulated one, kept for the backward pass.
            Frameworks free some of them and need workspace for others; neither is counted.
    """

    weights: int
    gradients: int
    optimizer: int
    activations: int

    @property
    def total(self) -> int:
        """Sum of the four."""
        return self.weights + self.gradients + self.optimizer + self.activations


def memory_of(cost: Complexity, recipe: Recipe, replicas: int = 1) -> Memory:
    """Estimate the memory of a training by a recipe in iterations, on each of `replicas` devices, from shapes alone."""
    outputs = math.prod(cost.input_shape) + sum(math.prod(row.output_shape) for row in cost.by_layer)
    return Memory(
        weights=4 * cost.parameters,
        gradients=4 * cost.trainable,
        optimizer=4 * cost.trainable * kept_by_optimizer(recipe),
        activations=_bytes_of_activation() * (recipe.batch_size // recipe.accumulation // replicas) * outputs,
    )


def kept_by_optimizer(recipe: Recipe) -> int:
    """Return the number of values that the optimizer of a recipe in iterations keeps for each weight."""
    made = optimizer(recipe)
    weight = keras.Variable([0.0, 0.0, 0.0])
    made.build([weight])
    return sum(variable.shape == weight.shape for variable in made.variables)


def _bytes_of_activation() -> int:
    return 2 if "16" in keras.config.dtype_policy().compute_dtype else 4


def in_words(count: int) -> str:
    """Return a number of bytes as MB or GB."""
    return f"{count / 1e6:,.1f} MB" if count < 1e9 else f"{count / 1e9:,.2f} GB"


def free_memory() -> int | None:
    """Return the bytes of main memory that processes can still get; None where the system does not say."""
    try:
        lines = dict(line.split(":", 1) for line in MEMINFO.read_text(encoding="ascii").splitlines())
        return 1024 * int(lines["MemAvailable"].split()[0])
    except (OSError, ValueError, KeyError):
        return None


def refuse_what_does_not_fit(needed: int, batch_size: int, shape: tuple[int, ...]) -> None:
    """Raise ValueError if a training step on the CPU needs more than the free memory."""
    free = free_memory()
    if free is not None and needed > free and all(name.startswith("cpu") for name in keras.distribution.list_devices()):
        raise ValueError(
            f"A batch of {batch_size} images of {'x'.join(map(str, shape))} takes about {in_words(needed)} in "
            f"training, and {in_words(free)} are free: choose a smaller batch_size or smaller images, or let the "
            "recipe's accumulation split the batch."
        )
