"""`train`: a network, a data set and a recipe become a run directory."""

import contextlib
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras

from keras_resnets import data
from keras_resnets._errors import positive_integer, unknown
from keras_resnets.checkpoints import Position
from keras_resnets.networks.assemble import MAIN
from keras_resnets.networks.registry import find as find_network
from keras_resnets.runs import Run
from keras_resnets.training import recipes
from keras_resnets.training.callbacks import FallOnPlateau, Record, StopEarly
from keras_resnets.training.compiling import compile_for, for_outputs, in_shares, mixes, network_for
from keras_resnets.training.config import (
    Settings,
    check_execution,
    chosen_recipe,
    name_of,
    of_length,
    refuse_augmentation,
)
from keras_resnets.training.devices import AverageStatistics, Devices, devices, synchronize
from keras_resnets.training.devices import precision as computing_in
from keras_resnets.training.directory import EXISTING, opened, refuse_directory
from keras_resnets.training.ema import AverageInTests
from keras_resnets.training.figures import draw_errors
from keras_resnets.training.nan_guard import NotFinite, StopAtNotFinite, cause
from keras_resnets.training.optimizers import exclude
from keras_resnets.training.preemption import HandlePreemption, SaveOften
from keras_resnets.training.progress import Progress
from keras_resnets.training.state import Interval, StepCounter, interval

TEN_MINUTES = Interval(seconds=600)


def train(
    network: str = "resnet20",
    dataset: str | data.ImageSet | data.FileSet = "cifar10",
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
    strategy: str = "auto",
    precision: str = "float32",
    sync_batch_norm: bool = False,
    steps_per_execution: int = 1,
    checkpoint_every: int | str | None = None,
    keep: int = 2,
    patience: int | None = None,
) -> Run:
    """Train a network by a recipe and leave a run directory that tells all.

    The network is built for the data's image shape and number of classes. In a terminal Keras's progress bar shows the
    way, in a file one line an epoch. Ctrl-C (or SIGTERM) keeps what there is, and `existing="resume"` goes on from
    there, at the very iteration.

    Args:
        network: a name of `list_models()`.
        dataset: a name of `data.DATASETS`, the path of a folder of images (or of a CSV file of their paths), or a set
            of your own: an `ImageSet`, or what `data.from_folder` gives.
        run_dir: where the run is kept, default `runs/NETWORK-DATASET`.
        existing: what to do with a run that is there: "refuse", "resume" (if settings and data are the same) or
            "overwrite".
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
        strategy: the devices that each batch is split over: "auto", "single", "mirrored" (those of one machine),
            "multi_worker" (several machines, see docs/clusters.md) or "tpu".
        precision: "float32", "bfloat16" or "float16" (with a loss scale) of computations; weights are float32.
        sync_batch_norm: normalize over the whole batch, not over each device's part; only TensorFlow loads such models.
        steps_per_execution: batches that a compiled program takes at a time; must divide the batches of an epoch and
            of the whole training.
        checkpoint_every: saves last.keras inside an epoch too, after so many iterations, or a time such as "90s", "10m"
            or "2h"; default ten minutes, and on several machines, which have no common clock, only between epochs.
        keep: how many last models are kept; the one before replaces a damaged one.
        patience: ends the training after so many epochs without a new lowest test error; None goes to the end.

    Returns:
        The `Run`: its paths, `run.load("best")`, `run.read_result()`.

    Raises:
        ValueError: for an unknown name, a value out of its range, a recipe whose augmentation `kr.data` lacks, or a run
            to be resumed that has other settings or data.
        FileExistsError: if the directory holds another run, or anything else.
        KeyboardInterrupt: after an interrupted run was saved; after SIGTERM it is a `Preempted`.
        FloatingPointError: at the step whose loss, or whose weights, are not finite; it names the layer that began it.
            After an epoch whose loss on the test images is not finite.
        OSError: if the disk is full; the last checkpoint is whole.
    """
    find_network(network)
    if existing not in EXISTING:
        raise ValueError(unknown("value of existing", existing, EXISTING))
    if patience is not None:
        positive_integer("patience", patience)
    chosen = chosen_recipe(network, recipe, batch_size, learning_rate, weight_decay, network_options)
    refuse_augmentation(chosen, dataset)
    name = name_of(dataset)
    where = devices(strategy)
    run = Run(Path("runs") / f"{network}-{name}" if run_dir is None else run_dir, keep=keep, writes=where.chief)
    often = _often(checkpoint_every, where)
    where.check_batch(chosen.batch_size // chosen.accumulation)
    if where.chief:
        refuse_directory(run, existing)  # before the data are loaded, which can take long

    images = data.load(dataset, data_dir) if isinstance(dataset, str) else dataset
    images = images.augmented(chosen.augmentation)
    steps = data.steps_per_epoch(images.train, chosen.batch_size)
    chosen = of_length(chosen, steps, epochs, iterations)
    check_execution(steps_per_execution, steps, int(chosen.length), chosen.accumulation)
    settings = Settings(network, images.name, chosen, seed, images.augmentation, precision, sync_batch_norm)

    def begin() -> tuple[keras.Model, Position]:
        keras.utils.set_random_seed(seed)
        model = network_for(chosen, network, images.image_shape, len(images.class_names))
        if sync_batch_norm:
            synchronize(model)
        compile_for(chosen, model, steps_per_execution, mixes(images))
        return model, Position(batches=0)

    with where.scope(), computing_in(precision):
        model, moment = begin()
        with run.locked():
            if where.any_worker(where.chief and opened(run, existing, settings, images, where)):
                model, moment = _resume(run, chosen)
            _fit(model, moment, run, settings, images, steps, where, often, begin, patience)
    return run


def _often(checkpoint_every: int | str | None, where: Devices) -> Interval:
    """How often to save inside an epoch."""
    if checkpoint_every is None:
        return TEN_MINUTES if where.kind != "multi_worker" else Interval()
    often = interval(checkpoint_every)
    if often.seconds and where.kind == "multi_worker":
        raise ValueError(
            f"Several machines have no common clock: checkpoint_every is a number of iterations there, not "
            f"{checkpoint_every!r}."
        )
    return often


def _resume(run: Run, recipe: recipes.Recipe) -> tuple[keras.Model, Position]:
    """The model of the last whole checkpoint, and where it was."""
    model, moment = run.checkpoints.load("last")
    exclude(model.optimizer, recipe)
    return model, moment or Position(batches_done(model.optimizer))


def _fit(
    model: keras.Model,
    moment: Position,
    run: Run,
    settings: Settings,
    images: data.ImageSet | data.FileSet,
    steps: int,
    where: Devices,
    often: Interval,
    begin: Callable[[], tuple[keras.Model, Position]],
    patience: int | None,
) -> None:
    """Train `model` from `moment` to the recipe's end, and write result.json; `begin` makes it anew."""
    recipe, mean = settings.recipe, run.read_mean()
    parts = recipe.accumulation  # of each batch; what Keras calls a step is one of them
    start, end = moment.batches, int(recipe.length) * parts
    in_terminal = sys.stdout.isatty() and run.writes
    output = MAIN if isinstance(model.output, dict) else None
    course = StepCounter(moment)
    progress = Progress(run, course, end, recipe.batch_size // parts, parts, lines=not in_terminal)
    record = Record(run, course, progress, steps, math.ceil(recipe.length / steps), parts, output)
    record.forget_after(start // parts)
    stop = HandlePreemption(run, course, where.any_worker)
    plateau = recipe.schedule if isinstance(recipe.schedule, recipes.Plateau) else None
    rates = [FallOnPlateau(record, plateau, recipe.learning_rate)] if plateau else []
    averages = [AverageInTests()] if recipe.ema else []
    early = StopEarly(record, patience)
    events = [keras.callbacks.TensorBoard(run.tensorboard, write_graph=False)] if run.writes else []
    before = [course, StopAtNotFinite(course), AverageStatistics(where), progress, *events]
    callbacks = [*before, record, *rates, early, *averages, SaveOften(run, course, often, parts), stop]

    def batches(first: int) -> Any:
        stream = data.training_batches(
            images.train,
            recipe.batch_size // parts,
            mean=mean,
            augmentation=images.augmentation,
            seed=settings.seed,
            start=first,
        )
        return where.sharded(for_outputs(stream, model))

    def replay(to: int) -> keras.Model:
        """The model as it was before batch `to`, from the last checkpoint on."""
        again, since = _resume(run, recipe) if run.checkpoints.exists() else begin()
        again.steps_per_execution = 1
        if to > since.batches:
            run.say(f"Replaying {to - since.batches} batches to find the layer; Ctrl-C ends the search.")
            count = to - since.batches
            since_then = [*rates, *averages]
            again.fit(batches(since.batches), steps_per_epoch=count, callbacks=since_then, shuffle=False, verbose=0)
        return again

    size = math.ceil(data.test_batch_size(images.image_shape) / where.multiple) * where.multiple
    tests = data.test_batches(images.test, size, mean=mean, multiple=where.multiple)
    tests = in_shares(tests, len(images.class_names)) if mixes(images) else tests
    tests = where.sharded(for_outputs(tests, model))
    figure = f"{settings.network} on {settings.dataset}"
    began = time.monotonic()
    run.note("start", iteration=start // parts, end=end // parts)
    try:
        with stop.listening(), told_of_files(images):
            for beginning, first, last, count in segments(start, end, steps * parts):
                if early.due:
                    break
                model.fit(
                    batches(beginning),
                    initial_epoch=first,
                    epochs=last,
                    steps_per_epoch=count,
                    validation_data=tests,
                    callbacks=callbacks,
                    shuffle=False,
                    verbose=1 if in_terminal else 0,
                )
    except BaseException as error:
        with contextlib.suppress(OSError):  # the disk may be full, which is then what there is to tell
            draw_errors(run, figure)
        if not isinstance(error, NotFinite):
            raise
        found = cause(error, replay, batches) if where.replicas == 1 and not error.in_test else None
        raise _told(error, run, parts, found) from None
    draw_errors(run, figure)
    if start < end or not run.result.exists():
        if recipe.ema:
            model.optimizer.finalize_variable_values(model.trainable_variables)
            run.save(model, "last", Position(course.batches))
        run.write_result(_result(record.rows, time.monotonic() - began))
    run.note("end", iteration=course.batches // parts)


@contextlib.contextmanager
def told_of_files(images: data.ImageSet | data.FileSet) -> Iterator[None]:
    """Where too many image files fail in decoding, the error is their list."""
    with contextlib.ExitStack() as stack:
        if isinstance(images, data.FileSet):
            for split in (images.train, images.test):
                stack.enter_context(split.faults.told())
        yield


def _told(fault: NotFinite, run: Run, parts: int, found: str | None) -> FloatingPointError:
    """The error that says what was not finite, when, why, and what is left."""
    told = f"{fault} at iteration {fault.last // parts + 1}{': ' + found if found else ''}; {_left(run)}."
    with contextlib.suppress(OSError):  # the run directory may be gone, which the sentence tells
        run.note("not_finite", batches=fault.last + 1, told=told)
    return FloatingPointError(f"{told} A lower learning rate, a longer warm-up or clipping may keep it finite.")


def _left(run: Run) -> str:
    """Return, in words, what a training that cannot go on has saved."""
    whole = run.checkpoints.whole("last")
    if whole:
        return f"{whole[0].name} is whole and from before"
    if run.checkpoints.exists():
        return "no saved model is known to be whole"
    return "nothing was saved yet" if run.exists() else f"nothing is left in {str(run.path)!r}"


def batches_done(optimizer: keras.optimizers.Optimizer) -> int:
    """The batches that an optimizer was given; Keras's public count is of iterations, which may take several."""
    return int(getattr(optimizer, "inner_optimizer", optimizer)._iterations.numpy())


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
