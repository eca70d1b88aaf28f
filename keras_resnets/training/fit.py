"""`train`: a network, a data set and a recipe become a run directory."""

import inspect
import json
import math
import os
import shlex
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import keras

from keras_resnets import data
from keras_resnets._errors import unknown
from keras_resnets.networks import build
from keras_resnets.networks.assemble import MAIN
from keras_resnets.networks.registry import find as find_network
from keras_resnets.runs import Run, write_json
from keras_resnets.training import recipes
from keras_resnets.training.averages import AverageInTests
from keras_resnets.training.callbacks import CROSS_ENTROPY, FallOnPlateau, Record, StopOnSignal
from keras_resnets.training.figures import draw_errors
from keras_resnets.training.losses import loss
from keras_resnets.training.optimizers import exclude, optimizer
from keras_resnets.training.provenance import machine, versions

EXISTING = ("refuse", "resume", "overwrite")
TEST_BATCH = 500


@dataclass(frozen=True)
class Settings:
    """What fixes a training; two runs of equal settings on one machine are equal."""

    network: str
    dataset: str
    recipe: recipes.Recipe
    seed: int
    augmentation: data.Augmentation


def train(
    network: str = "resnet20",
    dataset: str | data.ImageSet = "cifar10",
    *,
    run_dir: str | os.PathLike[str] | None = None,
    existing: str = "refuse",
    recipe: str | os.PathLike[str] | recipes.Recipe | None = None,
    epochs: float | None = None,
    iterations: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    weight_decay: float | None = None,
    seed: int = 0,
    data_dir: str | os.PathLike[str] | None = None,
    network_options: dict[str, Any] | None = None,
) -> Run:
    """Train a network by a recipe and leave a run directory that tells all.

    The network is built for the data's image shape and number of classes. In a terminal Keras's progress bar shows the
    way, in a file one line an epoch. Ctrl-C (or SIGTERM) keeps what there is, and `existing="resume"` goes on from
    there, at the very iteration.

    Args:
        network: a name of `list_models()`.
        dataset: a name of `data.DATASETS`, or an `ImageSet` of your own.
        run_dir: where the run is kept, default `runs/NETWORK-DATASET`.
        existing: what to do with a run that is there: "refuse", "resume" or "overwrite".
        recipe: a recipe, the name of one or a YAML file, default the network's own (`recipes.recipe_for`);
            `recipes.override` changes any of its values.
        epochs: passes through the training images; the recipe's schedule is scaled to them.
        iterations: mini-batches in all, instead of `epochs`; the schedule is scaled likewise.
        batch_size: in place of the recipe's; its `scaling` says whether the learning rate follows.
        learning_rate: in place of the recipe's.
        weight_decay: in place of that of the recipe's optimizer.
        seed: of the weights, the order of the images and their augmentation.
        data_dir: of tensorflow-datasets.
        network_options: of the network's builder, such as `{"shortcut": "B"}`, beside the recipe's.

    Returns:
        The `Run`: its paths, `run.load("best")`, `run.read_result()`.

    Raises:
        ValueError: for an unknown name, a value out of its range, or a recipe whose augmentation `kr.data` lacks.
        FileExistsError: if the directory holds another run, or anything else.
        KeyboardInterrupt: after an interrupted run was saved.
    """
    find_network(network)
    if existing not in EXISTING:
        raise ValueError(unknown("value of existing", existing, EXISTING))
    chosen = chosen_recipe(network, recipe, batch_size, learning_rate, weight_decay, network_options)
    refuse_augmentation(chosen)
    name = dataset if isinstance(dataset, str) else dataset.name
    run = Run(Path("runs") / f"{network}-{name}" if run_dir is None else run_dir)
    _refuse_directory(run, existing)  # before the data are loaded, which can take long

    images = data.load(dataset, data_dir) if isinstance(dataset, str) else dataset
    steps = data.steps_per_epoch(images.train, chosen.batch_size)
    chosen = of_length(chosen, steps, epochs, iterations)
    settings = Settings(network, images.name, chosen, seed, images.augmentation)
    keras.utils.set_random_seed(seed)
    model = network_for(chosen, network, images.train.images.shape[1:], len(images.class_names))
    compile_for(chosen, model)
    with run.locked():
        if _open(run, existing, settings, images):
            model = run.load("last")
            exclude(model.optimizer, chosen)
        _fit(model, run, settings, images, steps)
    return run


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


def refuse_augmentation(recipe: recipes.Recipe) -> None:
    """Raise if the recipe wants an augmentation that `kr.data` does not have."""
    if recipe.augmentation != recipes.OF_THE_DATASET:
        raise ValueError(
            f"The recipe {recipe.name!r} augments its images by {recipe.augmentation}; kr.data does not have that yet: "
            f"augmentation={recipes.OF_THE_DATASET} (--set) takes the data set's own instead, which is not the paper's."
        )


def of_length(recipe: recipes.Recipe, steps_per_epoch, epochs, iterations) -> recipes.Recipe:
    """The recipe in iterations, scaled to the length that is given, if one is."""
    recipe = recipes.in_iterations(recipe, steps_per_epoch)
    if epochs is not None and iterations is not None:
        raise ValueError("Give epochs or iterations, not both.")
    if epochs is not None:
        iterations = math.ceil(epochs * steps_per_epoch)
    return recipe if iterations is None else recipes.scaled(recipe, iterations)


def _refuse_directory(run: Run, existing: str) -> None:
    """Raise if the directory holds a run that is not to be touched, or things that are no run's."""
    if run.exists():
        if existing == "refuse":
            raise FileExistsError(
                f"{str(run.path)!r} holds a run already: resume it, overwrite it, or choose another run directory."
            )
    elif run.path.exists() and any(not file.name.startswith(".") for file in run.path.iterdir()):
        raise FileExistsError(f"{str(run.path)!r} is not empty and holds no run: choose another run directory.")


def _open(run: Run, existing: str, settings: Settings, images: data.ImageSet) -> bool:
    """Make the directory ready, and say whether a training goes on in it."""
    _refuse_directory(run, existing)
    if existing == "resume" and run.exists():
        _refuse_other(run, settings)
        return run.last.exists()
    if existing == "overwrite":
        run.clear()
    config = {
        **_jsonable(settings),
        "class_names": list(images.class_names),
        "image_shape": list(images.train.images.shape[1:]),
        "train_images": len(images.train),
        "test_images": len(images.test),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "versions": versions(),
        "machine": machine(),
    }
    run.begin(config, data.per_pixel_mean(images.train))
    return False


def _refuse_other(run: Run, settings: Settings) -> None:
    """Raise if the run that is to go on had other settings."""
    there, now = run.read_config(), _jsonable(settings)
    was = _flat({name: there.get(name) for name in now})
    is_now = _flat(now)
    names = [name for name in {**is_now, **was} if was.get(name) != is_now.get(name)]
    if names:
        differences = ", ".join(f"{name} {was.get(name)!r} there, {is_now.get(name)!r} now" for name in names)
        raise ValueError(f"The run in {str(run.path)!r} has other settings and cannot be resumed: {differences}.")


def _jsonable(settings: Settings) -> dict[str, Any]:
    """The settings as config.json gives them back: of the recipe what acts on the training, not what is told of it."""
    return json.loads(
        json.dumps(
            {
                "network": settings.network,
                "dataset": settings.dataset,
                "recipe": settings.recipe.to_mapping(told=False),
                "seed": settings.seed,
                "augmentation": asdict(settings.augmentation),
            }
        )
    )


def _flat(config: dict[str, Any]) -> dict[str, Any]:
    """A recipe's fields and, with a dot, those of its parts beside the other settings."""
    flat = {name: value for name, value in config.items() if name != "recipe"}
    for name, value in config["recipe"].items():
        flat |= {f"{name}.{inner}": v for inner, v in value.items()} if isinstance(value, dict) else {name: value}
    return flat


def _fit(model: keras.Model, run: Run, settings: Settings, images: data.ImageSet, steps: int) -> None:
    """Train `model` from its optimizer's iteration to the recipe's end, and write result.json."""
    recipe, mean = settings.recipe, run.read_mean()
    parts = recipe.accumulation  # of each batch; what Keras calls a step is one of them
    start, end = batches_done(model.optimizer), int(recipe.length) * parts
    in_terminal = sys.stdout.isatty()
    output = MAIN if isinstance(model.output, dict) else None
    record = Record(run, steps, math.ceil(recipe.length / steps), print_line=not in_terminal, output=output)
    record.forget_after(start // parts)
    stop = StopOnSignal(run)
    tests = for_outputs(data.test_batches(images.test, TEST_BATCH, mean=mean), model)
    callbacks = [keras.callbacks.TensorBoard(run.tensorboard, write_graph=False), record]
    if isinstance(recipe.schedule, recipes.Plateau):
        callbacks.append(FallOnPlateau(record, recipe.schedule, recipe.learning_rate))
    if recipe.ema:
        callbacks.append(AverageInTests())
    began = time.monotonic()
    try:
        with stop.listening():
            for begin, first, last, count in segments(start, end, steps * parts):
                batches = data.training_batches(
                    images.train,
                    recipe.batch_size // parts,
                    mean=mean,
                    augmentation=images.augmentation,
                    seed=settings.seed,
                    start=begin,
                )
                model.fit(
                    for_outputs(batches, model),
                    initial_epoch=first,
                    epochs=last,
                    steps_per_epoch=count,
                    validation_data=tests,
                    callbacks=[*callbacks, stop],
                    shuffle=False,
                    verbose=1 if in_terminal else 0,
                )
    finally:
        draw_errors(run, f"{settings.network} on {settings.dataset}")
    if start < end or not run.result.exists():
        if recipe.ema:
            model.optimizer.finalize_variable_values(model.trainable_variables)
            run.save(model, "last")
        write_json(run.result, _result(record.rows, time.monotonic() - began))


def batches_done(optimizer: keras.optimizers.Optimizer) -> int:
    """The batches that an optimizer was given; Keras's public count is of iterations, which may take several."""
    return int(optimizer._iterations)


def for_outputs(batches, model: keras.Model):
    """Batches of (images, labels) with the labels once for each output of a model that has several, by name."""
    if not isinstance(model.output, dict):
        return batches
    return batches.map(lambda images, labels: (images, dict.fromkeys(model.output, labels)))


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


def compile_for(recipe: recipes.Recipe, model: keras.Model) -> None:
    """Give a model the optimizer, losses and metrics of a recipe in iterations."""
    metrics = ["accuracy", keras.metrics.SparseCategoricalCrossentropy(name=CROSS_ENTROPY, from_logits=True)]
    outcome: dict[str, Any] = {"loss": loss(recipe.loss), "metrics": metrics}
    if isinstance(model.output, dict):
        names = outputs_of(model)
        outcome = {
            "loss": {name: loss(recipe.loss) for name in names},
            "loss_weights": dict(zip(names, (1.0, *map(float, recipe.auxiliary)), strict=True)),
            "metrics": {MAIN: metrics},
        }
    model.compile(optimizer=optimizer(recipe), jit_compile=False if on_tensorflow_cpu() else "auto", **outcome)


def on_tensorflow_cpu() -> bool:
    """Whether steps run on TensorFlow's CPU kernels, which outrun XLA's code there (ResNet-50: measured)."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return not any(tf.config.list_physical_devices(kind) for kind in ("GPU", "TPU"))


def segments(start: int, end: int, steps_per_epoch: int) -> Iterator[tuple[int, int, int, int]]:
    """The calls of `fit` from iteration `start` to `end`: (iteration, initial epoch, last epoch, steps of each).

    An epoch that was left in the middle is finished first; an epoch that the end cuts short comes last.
    """
    while start < end:
        epoch, done = divmod(start, steps_per_epoch)
        if done or end - start < steps_per_epoch:
            count = min(steps_per_epoch - done, end - start)
            epochs = 1
        else:
            count = steps_per_epoch
            epochs = (end - start) // steps_per_epoch
        yield start, epoch, epoch + epochs, count
        start += epochs * count


def _result(rows: list[dict[str, float]], seconds: float) -> dict[str, Any]:
    best = min(rows, key=lambda row: row["test_error"])
    return {
        "iterations": int(rows[-1]["iteration"]),
        "train_error": rows[-1]["train_error"],
        "test_error": rows[-1]["test_error"],
        "best_test_error": best["test_error"],
        "best_iteration": int(best["iteration"]),
        "seconds": round(sum(row["seconds"] for row in rows), 1),
        "seconds_of_last_start": round(seconds, 1),
    }
