"""`train`: a network, a data set and a recipe become a run directory."""

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
from keras_resnets.networks.registry import find as find_network
from keras_resnets.runs import Run, write_json
from keras_resnets.training import recipes
from keras_resnets.training.callbacks import Record, StopOnSignal
from keras_resnets.training.figures import draw_errors
from keras_resnets.training.optimizers import optimizer
from keras_resnets.training.provenance import machine, versions

EXISTING = ("refuse", "resume", "overwrite")
TEST_BATCH = 500


@dataclass(frozen=True)
class Settings:
    """What fixes a training; two runs of equal settings on one machine are equal."""

    network: str
    network_options: dict[str, Any]
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
    recipe: str | recipes.Recipe | None = None,
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
        recipe: a recipe or the name of one, default the network's own (`recipes.recipe_for`).
        epochs: passes through the training images; the recipe's schedule is scaled to them.
        iterations: mini-batches in all, instead of `epochs`; the schedule is scaled likewise.
        batch_size: in place of the recipe's.
        learning_rate: in place of the recipe's.
        weight_decay: in place of the recipe's; coupled.
        seed: of the weights, the order of the images and their augmentation.
        data_dir: of tensorflow-datasets.
        network_options: of the network's builder, such as `{"shortcut": "B"}`.

    Returns:
        The `Run`: its paths, `run.load("best")`, `run.read_result()`.

    Raises:
        ValueError: for an unknown name or a value out of its range.
        FileExistsError: if the directory holds another run, or anything else.
        KeyboardInterrupt: after an interrupted run was saved.
    """
    find_network(network)
    if existing not in EXISTING:
        raise ValueError(unknown("value of existing", existing, EXISTING))
    chosen = _recipe(network, recipe, batch_size, learning_rate, weight_decay)
    name = dataset if isinstance(dataset, str) else dataset.name
    run = Run(Path("runs") / f"{network}-{name}" if run_dir is None else run_dir)
    _refuse_directory(run, existing)  # before the data are loaded, which can take long

    images = data.load(dataset, data_dir) if isinstance(dataset, str) else dataset
    steps = data.steps_per_epoch(images.train, chosen.batch_size)
    chosen = _scaled(chosen, steps, epochs, iterations)
    settings = Settings(network, network_options or {}, images.name, chosen, seed, images.augmentation)
    keras.utils.set_random_seed(seed)
    model = _compiled(settings, images)
    with run.locked():
        if _open(run, existing, settings, images):
            model = run.load("last")
        _fit(model, run, settings, images, steps)
    return run


def _recipe(network, recipe, batch_size, learning_rate, weight_decay) -> recipes.Recipe:
    if recipe is None:
        recipe = recipes.recipe_for(network)
    elif isinstance(recipe, str):
        recipe = recipes.find(recipe)
    given = {"batch_size": batch_size, "learning_rate": learning_rate, "weight_decay": weight_decay}
    given = {name: value for name, value in given.items() if value is not None}
    for name, value in given.items():
        if not value > 0 and not (name == "weight_decay" and value == 0):
            raise ValueError(f"{name} must be positive, not {value!r}.")
    return replace(recipe, **given)


def _scaled(recipe, steps_per_epoch, epochs, iterations) -> recipes.Recipe:
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
    flat = [({**config, **config["recipe"]}) for config in (there, now)]
    names = [name for name in flat[1] if name != "recipe" and flat[0].get(name) != flat[1][name]]
    if names:
        differences = ", ".join(f"{name} {flat[0].get(name)!r} there, {flat[1][name]!r} now" for name in names)
        raise ValueError(f"The run in {str(run.path)!r} has other settings and cannot be resumed: {differences}.")


def _jsonable(settings: Settings) -> dict[str, Any]:
    """The settings as config.json gives them back: of the recipe what acts on the training, not what is told of it."""
    content = asdict(settings)
    for told in ("source", "networks", "claim", "result"):
        del content["recipe"][told]
    return json.loads(json.dumps(content))


def _fit(model: keras.Model, run: Run, settings: Settings, images: data.ImageSet, steps: int) -> None:
    """Train `model` from its optimizer's iteration to the recipe's end, and write result.json."""
    recipe, mean = settings.recipe, run.read_mean()
    start = int(model.optimizer.iterations)
    in_terminal = sys.stdout.isatty()
    record = Record(run, steps, math.ceil(recipe.iterations / steps), print_line=not in_terminal)
    record.forget_after(start)
    stop = StopOnSignal(run)
    tests = data.test_batches(images.test, TEST_BATCH, mean=mean)
    callbacks = [keras.callbacks.TensorBoard(run.tensorboard, write_graph=False), record, stop]
    began = time.monotonic()
    try:
        with stop.listening():
            for begin, first, last, count in segments(start, recipe.iterations, steps):
                model.fit(
                    data.training_batches(
                        images.train,
                        recipe.batch_size,
                        mean=mean,
                        augmentation=images.augmentation,
                        seed=settings.seed,
                        start=begin,
                    ),
                    initial_epoch=first,
                    epochs=last,
                    steps_per_epoch=count,
                    validation_data=tests,
                    callbacks=callbacks,
                    shuffle=False,
                    verbose=1 if in_terminal else 0,
                )
    finally:
        draw_errors(run, f"{settings.network} on {settings.dataset}")
    if start < recipe.iterations or not run.result.exists():
        write_json(run.result, _result(record.rows, time.monotonic() - began))


def _compiled(settings: Settings, images: data.ImageSet) -> keras.Model:
    options = {
        "classes": len(images.class_names),
        "input_shape": images.train.images.shape[1:],
        **settings.network_options,
    }
    model = build(settings.network, classifier_activation=None, **options)
    model.compile(
        optimizer=optimizer(settings.recipe),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False if on_tensorflow_cpu() else "auto",
    )
    return model


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
