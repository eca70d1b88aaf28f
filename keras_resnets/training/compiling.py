"""Networks built and compiled by a recipe, and batches in the form that their outputs need."""

import functools
from collections.abc import Sequence
from typing import Any

import keras

from keras_resnets import data
from keras_resnets.layers.backends import tensorflow_has_accelerator
from keras_resnets.networks import build
from keras_resnets.networks.assemble import MAIN
from keras_resnets.training import recipes
from keras_resnets.training.callbacks import CROSS_ENTROPY
from keras_resnets.training.config import NetworkSource, network_name
from keras_resnets.training.losses import loss
from keras_resnets.training.optimizers import optimizer


def network_for(
    recipe: recipes.Recipe, network: NetworkSource, image_shape: Sequence[int], classes: int
) -> keras.Model:
    """Build the network as the recipe wants it, with logits as its output.

    Args:
        recipe: Its `network_options` go to the builder.
        network: Name of the network, its builder, or another callable that takes the same keywords.
        image_shape: Height, width and channels of the images.
        classes: Number of classes.

    Raises:
        TypeError: If a callable returns anything but a functional or Sequential model.
        ValueError: If the model takes images of another size or has another number of classes, or the recipe does not
            weigh each of its auxiliary classifiers.
    """
    make = functools.partial(build, network) if isinstance(network, str) else network
    name = network_name(network)
    options = {"classes": classes, "input_shape": tuple(image_shape), "classifier_activation": None}
    model = _functional(make(**{**options, **recipe.network_options}), name)
    if any(own not in (None, given) for own, given in zip(model.inputs[0].shape[1:], image_shape, strict=True)):
        raise ValueError(
            f"{name!r} takes images of {'x'.join(map(str, model.inputs[0].shape[1:]))}, but the data give "
            f"{'x'.join(map(str, image_shape))}: their augmentation decides, such as kr.data.ImageTransform(size=224)."
        )
    shape = tuple((model.output[MAIN] if isinstance(model.output, dict) else model.output).shape[1:])
    if shape != (classes,):
        raise ValueError(f"The output of {name!r} has the shape {shape}, but the data have {classes} classes.")
    auxiliary = len(outputs_of(model)) - 1
    if len(recipe.auxiliary) != auxiliary:
        raise ValueError(
            f"The recipe {recipe.name!r} weighs {len(recipe.auxiliary)} auxiliary losses, but {name!r} is built "
            f"with {auxiliary} auxiliary classifiers: auxiliary must hold a weight for each."
        )
    return model


def _functional(model: Any, name: str) -> keras.Model:
    """Return the model that a callable made, a Sequential one as a functional one of the same layers."""
    if isinstance(model, keras.Sequential) and model.built:
        return keras.Model(model.inputs, model.outputs[0], name=model.name)
    if not isinstance(model, keras.Model) or not hasattr(model, "operations"):
        raise TypeError(f"{name!r} must return a functional or Sequential keras.Model, not {model!r:.80}.")
    return model


def outputs_of(model: keras.Model) -> list[str]:
    """Return the names of the outputs, the main one first."""
    return list(model.output) if isinstance(model.output, dict) else [MAIN]


def compile_for(recipe: recipes.Recipe, model: keras.Model, steps_per_execution: int = 1, shares: bool = False) -> None:
    """Compile a model with the optimizer, losses and metrics of a recipe.

    Args:
        recipe: Its times are in iterations.
        model: Gives logits.
        steps_per_execution: Batches that a compiled program processes at a time.
        shares: Whether labels are float `[batch, classes]`, a share of each class, instead of integers `[batch]`.
    """
    kind = keras.metrics.CategoricalCrossentropy if shares else keras.metrics.SparseCategoricalCrossentropy
    metrics = ["accuracy", kind(name=CROSS_ENTROPY, from_logits=True)]
    losses: dict[str, Any] = {"loss": loss(recipe.loss, shares), "weighted_metrics": metrics}
    if isinstance(model.output, dict):
        names = outputs_of(model)
        losses = {
            "loss": {name: loss(recipe.loss, shares) for name in names},
            "loss_weights": dict(zip(names, (1.0, *map(float, recipe.auxiliary)), strict=True)),
            "weighted_metrics": {MAIN: metrics},
        }
    model.compile(
        optimizer=optimizer(recipe),
        jit_compile=False if on_tensorflow_cpu() else "auto",
        steps_per_execution=steps_per_execution,
        **losses,
    )


def create_variables(model: keras.Model, shares: bool) -> None:
    """Create the variables of a compiled model's optimizer, losses and metrics.

    TensorFlow traces a step twice if they are made by the step, which takes twice as long.

    Args:
        model: Gives logits.
        shares: As in `compile_for`.
    """
    if not model.optimizer.built:  # Keras's loss scale would begin anew, with a second set of variables
        model.optimizer.build(model.trainable_variables)
    outputs = keras.tree.map_structure(lambda output: keras.ops.zeros((1, *output.shape[1:])), model.output)
    labels = keras.tree.map_structure(lambda output: output if shares else keras.ops.zeros(1, "int64"), outputs)
    model.compute_loss(None, labels, outputs)
    model.compute_metrics(None, labels, outputs)
    model.reset_metrics()


def on_tensorflow_cpu() -> bool:
    """Return whether steps run on TensorFlow's CPU kernels, which are faster there than XLA (measured: ResNet-50)."""
    return keras.backend.backend() == "tensorflow" and not tensorflow_has_accelerator()


def mixes(images: data.ImageSet | data.FileSet) -> bool:
    """Return whether training images are mixed, so that their labels are shares of classes."""
    return images.augmentation.mixes


def in_shares(batches, classes: int):
    """Return batches of images, labels and perhaps weights with one-hot labels, float32 `[batch, classes]`."""
    import tensorflow as tf

    return batches.map(lambda images, labels, *weights: (images, tf.one_hot(labels, classes), *weights))


def for_outputs(batches, model: keras.Model):
    """Return batches whose labels, and weights if any, are by output name where the model has several outputs."""
    if not isinstance(model.output, dict):
        return batches
    return batches.map(lambda images, *targets: (images, *(dict.fromkeys(model.output, values) for values in targets)))
