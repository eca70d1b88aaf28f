"""`train`: a network, a data set and a recipe become a run directory."""

import contextlib
import inspect
import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import MISSING, asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import keras

from keras_resnets import data
from keras_resnets._errors import positive_integer, unknown
from keras_resnets.checkpoints import Moment
from keras_resnets.layers.backends import tensorflow_has_accelerator
from keras_resnets.networks import build
from keras_resnets.networks.assemble import MAIN
from keras_resnets.networks.registry import find as find_network
from keras_resnets.runs import Run
from keras_resnets.training import recipes
from keras_resnets.training.averages import AverageInTests
from keras_resnets.training.callbacks import CROSS_ENTROPY, FallOnPlateau, Record, StopEarly
from keras_resnets.training.course import Course, Every, every
from keras_resnets.training.devices import AverageStatistics, Devices, devices, synchronize
from keras_resnets.training.devices import precision as computing_in
from keras_resnets.training.figures import draw_errors
from keras_resnets.training.health import NotFinite, StopAtNotFinite, first_not_finite, origin
from keras_resnets.training.losses import loss
from keras_resnets.training.optimizers import exclude, optimizer
from keras_resnets.training.progress import Progress
from keras_resnets.training.provenance import provenance
from keras_resnets.training.saving import SaveOften, StopOnSignal

EXISTING = ("refuse", "resume", "overwrite")
TEN_MINUTES = Every(seconds=600)


@dataclass(frozen=True)
class Settings:
    """What fixes a training; two runs of equal settings on one machine are equal."""

    network: str
    dataset: str
    recipe: recipes.Recipe
    seed: int
    augmentation: data.Augmentation | data.Photographs
    precision: str = "float32"
    sync_batch_norm: bool = False


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
        ValueError: for an unknown name, a value out of its range, or a recipe whose augmentation `kr.data` lacks.
        FileExistsError: if the directory holds another run, or anything else.
        KeyboardInterrupt: after an interrupted run was saved; after SIGTERM it is a `Preempted`.
        FloatingPointError: at the step whose loss, or whose weights, are not finite; it names the layer that began it.
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
        _refuse_directory(run, existing)  # before the data are loaded, which can take long

    images = data.load(dataset, data_dir) if isinstance(dataset, str) else dataset
    images = images.augmented(chosen.augmentation)
    steps = data.steps_per_epoch(images.train, chosen.batch_size)
    chosen = of_length(chosen, steps, epochs, iterations)
    _check_execution(steps_per_execution, steps, int(chosen.length), chosen.accumulation)
    settings = Settings(network, images.name, chosen, seed, images.augmentation, precision, sync_batch_norm)

    def begin() -> tuple[keras.Model, Moment]:
        keras.utils.set_random_seed(seed)
        model = network_for(chosen, network, images.image_shape, len(images.class_names))
        if sync_batch_norm:
            synchronize(model)
        compile_for(chosen, model, steps_per_execution, mixes(images))
        return model, Moment(batches=0)

    with where.scope(), computing_in(precision):
        model, moment = begin()
        with run.locked():
            if where.any_worker(where.chief and _open(run, existing, settings, images)):
                model, moment = _resume(run, chosen)
            _fit(model, moment, run, settings, images, steps, where, often, begin, patience)
    return run


def _often(checkpoint_every: int | str | None, where: Devices) -> Every:
    """How often to save inside an epoch."""
    if checkpoint_every is None:
        return TEN_MINUTES if where.kind != "multi_worker" else Every()
    often = every(checkpoint_every)
    if often.seconds and where.kind == "multi_worker":
        raise ValueError(
            f"Several machines have no common clock: checkpoint_every is a number of iterations there, not "
            f"{checkpoint_every!r}."
        )
    return often


def _resume(run: Run, recipe: recipes.Recipe) -> tuple[keras.Model, Moment]:
    """The model of the last whole checkpoint, and where it was."""
    model, moment = run.checkpoints.load("last")
    exclude(model.optimizer, recipe)
    return model, moment or Moment(batches_done(model.optimizer))


def _check_execution(steps_per_execution: int, steps_per_epoch: int, iterations: int, parts: int) -> None:
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
        photographs = data.Photographs.parse(recipe.augmentation)
    except ValueError as error:
        return f"kr.data does not have that yet ({error})"
    in_memory = data.shape_in_memory(dataset)
    if in_memory is not None:
        try:
            photographs.refuse_in_memory(in_memory)
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


def _refuse_directory(run: Run, existing: str) -> None:
    """Raise if the directory holds a run that is not to be touched, or things that are no run's."""
    if run.exists():
        if existing == "refuse":
            raise FileExistsError(
                f"{str(run.path)!r} holds a run already: resume it, overwrite it, or choose another run directory."
            )
    elif run.path.exists() and any(not file.name.startswith(".") for file in run.path.iterdir()):
        raise FileExistsError(f"{str(run.path)!r} is not empty and holds no run: choose another run directory.")


def _open(run: Run, existing: str, settings: Settings, images: data.ImageSet | data.FileSet) -> bool:
    """Make the directory ready, and say whether a training goes on in it."""
    _refuse_directory(run, existing)
    if existing == "resume" and run.exists():
        _refuse_other(run, settings)
        return run.checkpoints.exists()
    if existing == "overwrite":
        run.clear()
    config = {
        **_jsonable(settings),
        "class_names": list(images.class_names),
        "image_shape": list(images.image_shape),
        "train_images": len(images.train),
        "test_images": len(images.test),
        **provenance(),
    }
    if isinstance(images, data.FileSet):
        config["files"] = images.to_mapping()
    run.begin(config, data.mean_of(images.train))
    if isinstance(images, data.FileSet) and images.bad:
        run.note("bad_files", count=len(images.bad), files=images.bad)
    return False


def _refuse_other(run: Run, settings: Settings) -> None:
    """Raise if the run that is to go on had other settings."""
    earlier = {field.name: field.default for field in fields(Settings) if field.default is not MISSING}
    there, now = {**earlier, **run.read_config()}, _jsonable(settings)  # which had no such settings yet
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
                "precision": settings.precision,
                "sync_batch_norm": settings.sync_batch_norm,
            }
        )
    )


def _flat(config: dict[str, Any]) -> dict[str, Any]:
    """A recipe's fields and, with a dot, those of its parts beside the other settings."""
    flat = {name: value for name, value in config.items() if name != "recipe"}
    for name, value in config["recipe"].items():
        flat |= {f"{name}.{inner}": v for inner, v in value.items()} if isinstance(value, dict) else {name: value}
    return flat


def _fit(
    model: keras.Model,
    moment: Moment,
    run: Run,
    settings: Settings,
    images: data.ImageSet | data.FileSet,
    steps: int,
    where: Devices,
    often: Every,
    begin: Callable[[], tuple[keras.Model, Moment]],
    patience: int | None,
) -> None:
    """Train `model` from `moment` to the recipe's end, and write result.json; `begin` makes it anew."""
    recipe, mean = settings.recipe, run.read_mean()
    parts = recipe.accumulation  # of each batch; what Keras calls a step is one of them
    start, end = moment.batches, int(recipe.length) * parts
    in_terminal = sys.stdout.isatty() and run.writes
    output = MAIN if isinstance(model.output, dict) else None
    course = Course(moment)
    progress = Progress(run, course, end, recipe.batch_size // parts, parts, lines=not in_terminal)
    record = Record(run, course, progress, steps, math.ceil(recipe.length / steps), parts, output)
    record.forget_after(start // parts)
    stop = StopOnSignal(run, course, where.any_worker)
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
        found = _origin(error, replay, batches) if where.replicas == 1 else None
        raise _told(error, run, parts, found) from None
    draw_errors(run, figure)
    if start < end or not run.result.exists():
        if recipe.ema:
            model.optimizer.finalize_variable_values(model.trainable_variables)
            run.save(model, "last", Moment(course.batches))
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


def _origin(fault: NotFinite, replay: Callable[[int], keras.Model], batches: Callable[[int], Any]) -> str | None:
    """Where the value came from that was not finite, in words; None if it is not found, or the search is cut short."""
    try:
        model = replay(fault.first)
        for batch in range(fault.first, fault.last + 1):
            images, labels = next(iter(batches(batch)))
            found = origin(model, images)
            if found:
                return found
            model.train_on_batch(images, labels)
            spoiled = first_not_finite(model)
            if spoiled:
                return f"every layer's output was finite, and the update was not, of {spoiled!r} first"
    except KeyboardInterrupt:
        pass
    return None


def _told(fault: NotFinite, run: Run, parts: int, found: str | None) -> FloatingPointError:
    """The error that says what was not finite, when, why, and what is left."""
    left = f"{run.last.name} is whole and from before" if run.checkpoints.exists() else "nothing was saved yet"
    told = f"{fault} at iteration {fault.last // parts + 1}{': ' + found if found else ''}; {left}."
    run.note("not_finite", batches=fault.last + 1, told=told)
    return FloatingPointError(f"{told} A lower learning rate, a longer warm-up or clipping may keep it finite.")


def batches_done(optimizer: keras.optimizers.Optimizer) -> int:
    """The batches that an optimizer was given; Keras's public count is of iterations, which may take several."""
    return int(getattr(optimizer, "inner_optimizer", optimizer)._iterations.numpy())


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
