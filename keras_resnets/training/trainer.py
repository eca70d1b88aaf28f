"""`train`: a network, a data set and a recipe become a run directory."""

import contextlib
import functools
import math
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_resnets import data
from keras_resnets._checking import Positive, Seed, checked
from keras_resnets._errors import positive_integer, unknown
from keras_resnets.checkpoints import Position
from keras_resnets.complexity import complexity
from keras_resnets.images.preprocessing import Preprocessing
from keras_resnets.layers import ImageModel, carrying, preprocessing_of
from keras_resnets.networks.assemble import MAIN
from keras_resnets.runs import Run
from keras_resnets.training import recipes
from keras_resnets.training.callbacks import FallOnPlateau, Record, StopEarly
from keras_resnets.training.compiling import (
    compile_for,
    create_variables,
    for_outputs,
    in_shares,
    mixes,
    network_for,
)
from keras_resnets.training.config import (
    NetworkSource,
    TrainConfig,
    check_execution,
    chosen_recipe,
    name_of,
    network_name,
    of_length,
    refuse_augmentation,
)
from keras_resnets.training.device_faults import DeviceError, device_fault
from keras_resnets.training.devices import AverageStatistics, Devices, devices, statistics_of, synchronize
from keras_resnets.training.devices import precision as computing_in
from keras_resnets.training.directory import EXISTING, opened, record_length, refuse_directory
from keras_resnets.training.ema import AverageInTests
from keras_resnets.training.figures import draw_errors
from keras_resnets.training.from_arrays import as_dataset
from keras_resnets.training.inputs import augmentation_in_words, suited
from keras_resnets.training.memory import in_words, memory_of, refuse_what_does_not_fit
from keras_resnets.training.nan_guard import NotFinite, StopAtNotFinite, cause
from keras_resnets.training.optimizers import exclude, reschedule
from keras_resnets.training.preemption import HandlePreemption, SaveOften
from keras_resnets.training.progress import Progress
from keras_resnets.training.state import Interval, StepCounter, interval

TEN_MINUTES = Interval(seconds=600)


@functools.partial(checked, own={"checkpoint_every"})
def train(
    network: NetworkSource = "resnet20",
    dataset: str | data.ImageSet | data.FileSet | Sequence[Any] = "cifar10",
    *,
    run_dir: str | os.PathLike[str] | None = None,
    existing: str = "refuse",
    recipe: str | os.PathLike[str] | recipes.Recipe | None = None,
    epochs: Positive | None = None,
    iterations: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    weight_decay: float | None = None,
    seed: Seed = 0,
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
    """Train a network by a recipe, and write everything about the training to a run directory.

    The network is built for the shape of the images and the number of classes. In a terminal Keras's progress bar is
    shown; otherwise a line is printed after each epoch. Ctrl-C and SIGTERM save the training, and `existing="resume"`
    continues it from the same iteration.

    Args:
        network: A name of `list_models()`, a builder such as `kr.ResNet20`, or any callable that returns a functional
            or Sequential model with logits as its output. It is called with the keywords `classes`, `input_shape`,
            `classifier_activation=None` and the network options of the recipe; its name is recorded. A callable that
            is no builder of the package needs a `recipe`. A resumed run takes its model from last.keras.
        dataset: A name of `data.DATASETS`; the path of a folder of images, or of a CSV file of their paths; an
            `ImageSet` or a `FileSet`, which `data.from_folder` returns; or arrays: `(images, labels)`, of which every
            fifth image of each class is kept for the test, or `((train_images, train_labels), (test_images,
            test_labels))`. Images are uint8 `[n, height, width, channels]`, labels integers from 0; arrays are not
            augmented unless the recipe says how.
        run_dir: The run directory, by default `runs/NETWORK-DATASET`.
        existing: What to do with a run that is there: "refuse", "resume" (if it has the same settings and data) or
            "overwrite".
        recipe: A recipe, its name or a YAML file, by default the network's own (`recipes.recipe_for`);
            `recipes.override` changes any of its values.
        epochs: Passes through the training images; the recipe's schedule is scaled to them. A resumed run goes on to
            this length, ended or not: from there on its learning rate is that of the schedule scaled to the new length.
        iterations: Mini-batches of the whole training, instead of `epochs`; the schedule is scaled likewise.
        batch_size: Replaces the recipe's; its `scaling` decides whether the learning rate follows.
        learning_rate: Replaces the recipe's.
        weight_decay: Replaces that of the recipe's optimizer.
        seed: Seed of the weights, the order of the images and their augmentation.
        data_dir: Directory of tensorflow-datasets.
        network_options: Options of the network's builder, such as `{"shortcut": "B"}`, beside the recipe's.
        strategy: Devices that each batch is split over: "auto", "single", "mirrored" (those of one machine),
            "multi_worker" (several machines, see docs/clusters.md) or "tpu".
        precision: "float32", "bfloat16" or "float16" (with a loss scale) of computations; weights are float32.
        sync_batch_norm: Normalize over the whole batch, not over each device's part; only TensorFlow loads such models.
        steps_per_execution: Batches that a compiled program processes at a time; must divide the batches of an epoch
            and of the whole training.
        checkpoint_every: Interval between saves of last.keras within an epoch: a number of iterations, or a time such
            as "90s", "10m" or "2h". By default ten minutes, and on several machines, which have no common clock, only
            at the end of each epoch.
        keep: Number of last models kept; an earlier one replaces a damaged one.
        patience: End the training after this many epochs without a new lowest test error; None to train to the end.

    Returns:
        The `Run`: its paths, `run.load("best")`, `run.read_result()`.

    Raises:
        TypeError: If the network or the data set is of another type.
        ValueError: If a name is unknown, a value is out of its range, `kr.data` lacks the recipe's augmentation, or the
            run to resume has other settings or data, or has trained for longer.
        FileExistsError: If the directory holds another run, or anything else.
        KeyboardInterrupt: After Ctrl-C, once the run is saved; after SIGTERM it is a `Preempted`.
        FloatingPointError: At the step whose loss or weights are not finite, with the layer where it began; or after
            an epoch whose loss on the test images is not finite.
        OSError: If the disk is full, or as a `DeviceError` if a device fails or runs out of memory; the last
            checkpoint is whole.
    """
    name, dataset = network_name(network), as_dataset(dataset)
    if existing not in EXISTING:
        raise ValueError(unknown("value of existing", existing, EXISTING))
    if patience is not None:
        positive_integer("patience", patience)
    chosen = chosen_recipe(network, recipe, batch_size, learning_rate, weight_decay, network_options)
    refuse_augmentation(chosen, dataset)
    hardware = devices(strategy)
    path = Path("runs") / f"{name}-{name_of(dataset)}" if run_dir is None else run_dir
    run = Run(path, keep=keep, writes=hardware.chief)
    save_interval = _save_interval(checkpoint_every, hardware)
    hardware.check_batch(chosen.batch_size // chosen.accumulation)
    if hardware.chief:
        refuse_directory(run, existing)  # before the data are loaded, which can take long

    images = data.load(dataset, data_dir) if isinstance(dataset, str) else dataset
    images = suited(images, chosen, network) if isinstance(dataset, str) else images.augmented(chosen.augmentation)
    steps = data.steps_per_epoch(images.train, chosen.batch_size)
    whole = None if epochs is None and iterations is None else recipes.in_iterations(chosen, steps)
    chosen = of_length(chosen, steps, epochs, iterations)
    check_execution(steps_per_execution, steps, int(chosen.length), chosen.accumulation)
    config = TrainConfig(name, images.name, chosen, seed, images.augmentation, precision, sync_batch_norm)
    trainer = Trainer(run, config, images, hardware, network, save_interval, patience, steps_per_execution, whole)
    trainer.train(existing)
    return run


def _save_interval(checkpoint_every: int | str | None, hardware: Devices) -> Interval:
    """Return the interval between saves within an epoch."""
    if checkpoint_every is None:
        return TEN_MINUTES if hardware.kind != "multi_worker" else Interval()
    given = interval(checkpoint_every)
    if given.seconds and hardware.kind == "multi_worker":
        raise ValueError(
            f"Several machines have no common clock: checkpoint_every is a number of iterations there, not "
            f"{checkpoint_every!r}."
        )
    return given


@dataclass(eq=False)
class Trainer:
    """A training in a run directory: its model begun or resumed, fitted and recorded.

    Keras's "step" is a batch here; an iteration, which is an update of the weights, takes `accumulation` of them.

    Attributes:
        run: The run directory.
        config: The configuration, its recipe in iterations.
        images: Images to train and test on, with the augmentation of the recipe.
        devices: Devices that each batch is split over.
        network: Name of the network, or a callable that builds it.
        save_interval: Interval between saves within an epoch.
        patience: Epochs without a new lowest test error after which the training ends; None for never.
        steps_per_execution: Batches that a compiled program processes at a time.
        whole: The recipe at its own length, in iterations, if another length was asked for.
    """

    run: Run
    config: TrainConfig
    images: data.ImageSet | data.FileSet
    devices: Devices
    network: NetworkSource
    save_interval: Interval = TEN_MINUTES
    patience: int | None = None
    steps_per_execution: int = 1
    whole: recipes.Recipe | None = None

    @property
    def recipe(self) -> recipes.Recipe:
        """The recipe, its times in iterations."""
        return self.config.recipe

    @property
    def batch_size(self) -> int:
        """Images of a batch."""
        return self.recipe.batch_size // self.recipe.accumulation

    @functools.cached_property
    def steps_per_epoch(self) -> int:
        """Iterations of an epoch."""
        return data.steps_per_epoch(self.images.train, self.recipe.batch_size)

    @property
    def end(self) -> int:
        """Batches of the whole training."""
        return int(self.recipe.length) * self.recipe.accumulation

    @functools.cached_property
    def mean(self) -> np.ndarray:
        """The mean of the run, which is subtracted from pixels / 255."""
        return self.run.read_mean()

    @property
    def in_terminal(self) -> bool:
        """Whether Keras's progress bar is shown."""
        return sys.stdout.isatty() and self.run.writes

    def train(self, existing: str) -> None:
        """Train from the beginning, or from the last checkpoint if the run is there and `existing` is "resume"."""
        with self.devices.scope(), computing_in(self.config.precision):
            model, position = self.begin()
            self.say_what_is_trained(model)
            with self.run.locked():
                if self.devices.any_worker(self.devices.chief and self.opened(existing)):
                    model, position = self.resume()
                if self.devices.chief:
                    record_length(self.run, self.recipe, position.batches // self.recipe.accumulation)
                self.fit(model, position)

    def opened(self, existing: str) -> bool:
        """Prepare the run directory, and return whether it holds a training to resume."""
        return opened(self.run, existing, self.config, self.images, self.devices, self.whole)

    def begin(self) -> tuple[keras.Model, Position]:
        """Return a new model, compiled, and the position before the first batch."""
        keras.utils.set_random_seed(self.config.seed)
        model = network_for(self.recipe, self.network, self.images.image_shape, len(self.images.class_names))
        if self.config.sync_batch_norm:
            synchronize(model)
        compile_for(self.recipe, model, self.steps_per_execution, mixes(self.images))
        return model, Position(batches=0)

    def say_what_is_trained(self, model: keras.Model) -> None:
        """Print input, augmentation and estimated memory; refuse on a CPU what does not fit into its memory."""
        shape, replicas = self.images.image_shape, self.devices.replicas
        needed = memory_of(complexity(model), self.recipe, replicas).total
        self.run.say(
            f"{self.config.network}, input {'x'.join(map(str, shape))}, {len(self.images.train):,} training images, "
            f"{augmentation_in_words(self.images)}; about {in_words(needed)} for a batch of {self.batch_size}"
        )
        refuse_what_does_not_fit(needed * replicas, self.batch_size, shape)

    def resume(self) -> tuple[keras.Model, Position]:
        """Return the model of the last whole checkpoint, and its position."""
        model, position = self.run.checkpoints.load("last")
        exclude(model.optimizer, self.recipe)
        reschedule(model.optimizer, self.recipe)
        if position is not None and position.statistics is not None:
            self.devices.scatter(statistics_of(model), position.statistics)
        return model, position or Position(batches_done(model.optimizer))

    def batches(self, model: keras.Model, start: int) -> Any:
        """Return the training batches from batch `start` on, as the model's outputs need them."""
        stream = data.training_batches(
            self.images.train,
            self.batch_size,
            mean=self.mean,
            augmentation=self.images.augmentation,
            seed=self.config.seed,
            start=start,
        )
        return self.devices.sharded(for_outputs(stream, model))

    def tests(self, model: keras.Model) -> Any:
        """Return the test batches, as the model's outputs need them."""
        multiple = self.devices.multiple
        size = math.ceil(data.test_batch_size(self.images.image_shape) / multiple) * multiple
        batches = data.test_batches(self.images.test, size, mean=self.mean, multiple=multiple)
        batches = in_shares(batches, len(self.images.class_names)) if mixes(self.images) else batches
        return self.devices.sharded(for_outputs(batches, model))

    def record(self, model: keras.Model, position: Position) -> Record:
        """Return the record of the epochs up to a position, with the step counter and the progress that it reads."""
        accumulation = self.recipe.accumulation
        counter = StepCounter(position, self.devices)
        progress = Progress(self.run, counter, self.end, self.batch_size, accumulation, lines=not self.in_terminal)
        epochs = math.ceil(self.recipe.length / self.steps_per_epoch)
        output = MAIN if isinstance(model.output, dict) else None
        record = Record(self.run, counter, progress, self.steps_per_epoch, epochs, accumulation, output)
        record.forget_after(position.batches // accumulation)
        return record

    def adjustments(self, record: Record) -> list[keras.callbacks.Callback]:
        """Return the callbacks that act on the weights or the learning rate, and so belong to a replay too."""
        schedule = self.recipe.schedule
        found: list[keras.callbacks.Callback] = []
        if isinstance(schedule, recipes.Plateau):
            found.append(FallOnPlateau(record, schedule, self.recipe.learning_rate))
        if self.recipe.ema:
            found.append(AverageInTests())
        return found

    def callbacks(
        self, record: Record, adjustments: list[keras.callbacks.Callback], early: StopEarly, stop: HandlePreemption
    ) -> list[keras.callbacks.Callback]:
        """Return all callbacks in the order in which they must be called."""
        counter = record.counter
        events = [keras.callbacks.TensorBoard(self.run.tensorboard, write_graph=False)] if self.run.writes else []
        before = [counter, StopAtNotFinite(counter), AverageStatistics(self.devices), record.progress, *events]
        saving = SaveOften(self.run, counter, self.save_interval, self.recipe.accumulation)
        return [*before, record, *adjustments, early, saving, stop]

    def fit(self, model: keras.Model, position: Position) -> None:
        """Train a model from a position to the recipe's end, and write result.json and the figure.

        Raises:
            KeyboardInterrupt, FloatingPointError, OSError: As `train` does.
        """
        keep_preprocessing(model, preprocessing_for(self.images, self.mean))
        if self.devices.strategy is None:  # with a strategy Keras creates them itself
            create_variables(model, mixes(self.images))
        accumulation = self.recipe.accumulation
        record = self.record(model, position)
        early = StopEarly(record, self.patience)
        stop = HandlePreemption(self.run, record.counter, self.devices.any_worker)
        adjustments = self.adjustments(record)
        callbacks = self.callbacks(record, adjustments, early, stop)
        began = time.monotonic()
        self.run.note("start", iteration=position.batches // accumulation, end=self.end // accumulation)
        try:
            with stop.listening(), listing_failed_files(self.images):
                self._fit_segments(model, position.batches, callbacks, early)
        except BaseException as error:
            self.draw()
            if isinstance(error, NotFinite):
                raise self._explained(error, model, adjustments) from None
            fault = device_fault(error)
            if fault:
                raise self._failed(fault, record.counter.batches) from error
            raise
        if position.batches < self.end or not self.run.result.exists():
            self._finish(model, record, time.monotonic() - began)
        self.draw()
        self.run.note("end", iteration=record.counter.batches // accumulation)

    def _fit_segments(
        self, model: keras.Model, start: int, callbacks: list[keras.callbacks.Callback], early: StopEarly
    ) -> None:
        """Call the model's `fit` for each segment from batch `start` on, until the end or early stopping."""
        parts = [*segments(start, self.end, self.steps_per_epoch * self.recipe.accumulation)]
        tests = self.tests(model) if parts else None
        for first_batch, epoch, last_epoch, steps in parts:
            if early.due:
                break
            model.fit(
                self.batches(model, first_batch),
                initial_epoch=epoch,
                epochs=last_epoch,
                steps_per_epoch=steps,
                validation_data=tests,
                callbacks=callbacks,
                shuffle=False,
                verbose=1 if self.in_terminal else 0,
            )

    def _finish(self, model: keras.Model, record: Record, seconds: float) -> None:
        """Save the running average as the last model, if the recipe keeps one, and write result.json."""
        if self.recipe.ema:
            model.optimizer.finalize_variable_values(model.trainable_variables)
            self.run.save(model, "last", Position(record.counter.batches))
        self.run.write_result(_result(record.rows, seconds))

    def draw(self) -> None:
        """Draw the errors; a failure is printed and logged, and the training stays as it is."""
        try:
            draw_errors(self.run, f"{self.config.network} on {self.config.dataset}")
        except Exception as error:  # whatever a drawing library raises, the training is worth more than its figure
            sentence = f"Cannot draw {self.run.figure.name}: {' '.join(str(error).split()) or type(error).__name__}."
            self.run.say(sentence)
            with contextlib.suppress(OSError):  # the disk may be full
                self.run.note("not_drawn", message=sentence)

    def replay(self, to: int, adjustments: list[keras.callbacks.Callback]) -> keras.Model:
        """Return the model as it was before batch `to`, trained again from the last checkpoint."""
        model, position = self.resume() if self.run.checkpoints.exists() else self.begin()
        model.steps_per_execution = 1
        count = to - position.batches
        if count > 0:
            self.run.say(f"Replaying {count} batches to find the layer; Ctrl-C ends the search.")
            batches = self.batches(model, position.batches)
            model.fit(batches, steps_per_epoch=count, callbacks=adjustments, shuffle=False, verbose=0)
        return model

    def _explained(
        self, fault: NotFinite, model: keras.Model, adjustments: list[keras.callbacks.Callback]
    ) -> FloatingPointError:
        """Return the error that says what was not finite, at which iteration, why, and which model is left."""
        found = None
        if self.devices.replicas == 1 and not fault.in_test:
            replay = functools.partial(self.replay, adjustments=adjustments)
            found = cause(fault, replay, functools.partial(self.batches, model))
        iteration = fault.last // self.recipe.accumulation + 1
        sentence = f"{fault} at iteration {iteration}{': ' + found if found else ''}; {_left(self.run)}."
        self._note_failure("not_finite", fault.last + 1, sentence)
        return FloatingPointError(f"{sentence} A lower learning rate, a longer warm-up or clipping may keep it finite.")

    def _failed(self, fault: str, batches: int) -> DeviceError:
        """Return the error that says how a device failed, after which iteration, and which model is left."""
        iteration = batches // self.recipe.accumulation
        sentence = f"{fault}. It was after iteration {iteration:,}; {_left(self.run)}."
        self._note_failure("device_failed", batches, sentence)
        advice = " --resume (existing='resume') continues from there." if self.run.checkpoints.exists() else ""
        return DeviceError(sentence + advice)

    def _note_failure(self, event: str, batches: int, sentence: str) -> None:
        with contextlib.suppress(OSError):  # the run directory may be gone, which the sentence says
            self.run.note(event, batches=batches, message=sentence)


def preprocessing_for(images: data.ImageSet | data.FileSet, mean: np.ndarray) -> Preprocessing | None:
    """Return the preprocessing of images for a network trained on a data set, with the names of its classes.

    None for images of other than 1 or 3 channels, which no file holds.
    """
    height, width, channels = images.image_shape
    if isinstance(images, data.FileSet):
        return replace(images.augmentation.tested(mean), labels=images.class_names)
    if channels not in (1, 3):
        return None
    size = height if height == width else None
    return replace(Preprocessing.of_training(mean, channels=channels, size=size), labels=images.class_names)


def keep_preprocessing(model: keras.Model, preprocessing: Preprocessing | None) -> None:
    """Let an `ImageModel`, or a model that begins with one that carries a preprocessing, carry this one into files.

    Other models stay as they are: to carry one, they would have to become a layer within a new model. The run directory
    has the mean, the sizes and the class names of every model.
    """
    if preprocessing is not None and (isinstance(model, ImageModel) or preprocessing_of(model) is not None):
        carrying(model, preprocessing)


@contextlib.contextmanager
def listing_failed_files(images: data.ImageSet | data.FileSet) -> Iterator[None]:
    """Let the error of too many image files that fail in decoding list them."""
    with contextlib.ExitStack() as stack:
        if isinstance(images, data.FileSet):
            for split in (images.train, images.test):
                stack.enter_context(split.faults.explained())
        yield


def _left(run: Run) -> str:
    """Return, in words, what a training that cannot go on has saved."""
    whole = run.checkpoints.whole("last")
    if whole:
        return f"{whole[0].name} is whole and from before"
    if run.checkpoints.exists():
        return "no saved model is known to be whole"
    return "nothing was saved yet" if run.exists() else f"nothing is left in {str(run.path)!r}"


def batches_done(optimizer: keras.optimizers.Optimizer) -> int:
    """Return the number of batches given to an optimizer; Keras's public count is of updates, each of one or more."""
    return int(getattr(optimizer, "inner_optimizer", optimizer)._iterations.numpy())


def segments(start: int, end: int, steps_per_epoch: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield the calls of Keras's `fit` from step `start` to `end`: (first step, initial epoch, last epoch, steps).

    An epoch that was interrupted is finished first; an epoch that the end cuts short comes last.
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
    """Return the content of result.json, of the rows of metrics.csv and the seconds of this process."""
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
