"""A recipe's network with its losses and metrics, and batches in the form that it takes."""

from typing import Any

import keras

from keras_resnets import data
from keras_resnets.layers.backends import tensorflow_has_accelerator
from keras_resnets.networks import build
from keras_resnets.networks.assemble import MAIN
from keras_resnets.training import recipes
from keras_resnets.training.callbacks import CROSS_ENTROPY
from keras_resnets.training.losses import loss
from keras_resnets.training.optimizers import optimizer


def network_for(recipe: recipes.Recipe, network: str, image_shape, classes: int) -> keras.Model:
    """The network as the recipe wants it, for images [height, width, channels], giving logits.

    Raises:
        ValueError: if the recipe does not weigh each auxiliary classifier of the network.
    """
    options = {"classes": classes, "input_shape": tuple(image_shape), "classifier_activation": None}
    model = build(network, **{**options, **recipe.network_options})
    auxiliary = len(outputs_of(model)) - 1
    if len(recipe.auxiliary) != auxiliary:
        raise ValueError(
            f"The recipe {recipe.name!r} weighs {len(recipe.auxiliary)} auxiliary losses, but {network!r} is built "
            f"with {auxiliary} auxiliary classifiers: auxiliary must hold a weight for each."
        )
    return model


def outputs_of(model: keras.Model) -> list[str]:
    """The names of the outputs, the main one first."""
    return list(model.output) if isinstance(model.output, dict) else [MAIN]


def compile_for(recipe: recipes.Recipe, model: keras.Model, steps_per_execution: int = 1, shares: bool = False) -> None:
    """Give a model the optimizer, losses and metrics of a recipe in iterations; labels are numbers, or `shares`."""
    kind = keras.metrics.CategoricalCrossentropy if shares else keras.metrics.SparseCategoricalCrossentropy
    metrics = ["accuracy", kind(name=CROSS_ENTROPY, from_logits=True)]
    outcome: dict[str, Any] = {"loss": loss(recipe.loss, shares), "weighted_metrics": metrics}
    if isinstance(model.output, dict):
        names = outputs_of(model)
        outcome = {
            "loss": {name: loss(recipe.loss, shares) for name in names},
            "loss_weights": dict(zip(names, (1.0, *map(float, recipe.auxiliary)), strict=True)),
            "weighted_metrics": {MAIN: metrics},
        }
    model.compile(
        optimizer=optimizer(recipe),
        jit_compile=False if on_tensorflow_cpu() else "auto",
        steps_per_execution=steps_per_execution,
        **outcome,
    )


def on_tensorflow_cpu() -> bool:
    """Whether steps run on TensorFlow's CPU kernels, which outrun XLA's code there (ResNet-50: measured)."""
    return keras.backend.backend() == "tensorflow" and not tensorflow_has_accelerator()


def mixes(images: data.ImageSet | data.FileSet) -> bool:
    """Whether training images are mixed, and their labels so are shares of classes."""
    return images.augmentation.mixes


def in_shares(batches, classes: int):
    """Batches of images, labels and perhaps weights, each label as float32 [classes], 1 for its own."""
    import tensorflow as tf

    return batches.map(lambda images, labels, *weights: (images, tf.one_hot(labels, classes), *weights))


def for_outputs(batches, model: keras.Model):
    """Batches of images, labels and perhaps weights; the last two by name for a model of several outputs."""
    if not isinstance(model.output, dict):
        return batches
    return batches.map(lambda images, *told: (images, *(dict.fromkeys(model.output, values) for values in told)))
