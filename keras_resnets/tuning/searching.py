"""`search`: a network, a data set and a budget become a table of what paths, width or depth are worth."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_resnets import data, launch
from keras_resnets._errors import positive_integer, unknown
from keras_resnets.training import Preempted, plan, recipes
from keras_resnets.training.config import name_of, refuse_augmentation
from keras_resnets.training.directory import EXISTING
from keras_resnets.tuning.costs import with_cardinality
from keras_resnets.tuning.record import SEARCH, TRIALS, Search
from keras_resnets.tuning.report import FIGURE, ROWS, TABLE, WEIGHTS, Report, read_report
from keras_resnets.tuning.space import TABLE_2, CardinalitySpace
from keras_resnets.tuning.trials import OBJECTIVES, run_trials

INTERRUPTED = 130  # the exit status of a process that Ctrl-C has ended
SPACES = {"cardinality": True, "free": False}  # whether cardinality and base width are coupled
TUNERS = ("grid", "random", "bayesian", "hyperband")


def search(
    network: str = "resnext50_32x4d",
    dataset: str | data.ImageSet | data.FileSet = "cifar10",
    *,
    budget: str | float = "1.0x",
    cost: str = "parameters",
    space: str = "cardinality",
    cardinalities: Sequence[int] = tuple(TABLE_2),
    base_widths: Sequence[int] = tuple(sorted(TABLE_2.values())),
    choices: Mapping[str, Sequence[Any]] | None = None,
    fixed: Mapping[str, Any] | None = None,
    recipe: str | os.PathLike[str] | recipes.Recipe | None = None,
    tuner: str = "grid",
    objective: str = "test_error",
    max_trials: int | None = None,
    seeds: int = 3,
    epochs: float | None = None,
    patience: int | None = None,
    seed: int = 0,
    directory: str | os.PathLike[str] | None = None,
    existing: str = "refuse",
    workers: int = 1,
    data_dir: str | os.PathLike[str] | None = None,
) -> Report:
    """Search over cardinality at equal cost, or in a free space within a budget; train every setting, and report.

    A setting that fails, or costs more than the budget, is counted and ends nothing. Ctrl-C (or SIGTERM) keeps what
    there is, and `existing="resume"` goes on, in the middle of the training that was stopped.

    The settings are judged by the data's test images, as in the papers' tables: the best one's error is that of a
    choice among several, and so a little low.

    Args:
        network: a name of `list_models()` whose builder has a cardinality.
        dataset: as `train` takes it; for several workers a name or a path.
        budget, cost, cardinalities, base_widths, choices, fixed: see `CardinalitySpace`.
        space: "cardinality", which the base width follows from, or "free".
        recipe: as `train` takes it.
        tuner: "grid", "random", "bayesian" or "hyperband", of keras-tuner.
        objective: "test_error", "best_test_error", "test_loss" (lowest) or "test_accuracy" (highest), the mean over
            seeds.
        max_trials: how many settings at most; a grid tries all unless told, random and Bayesian search 10.
        seeds: trainings of each setting, 1 or more.
        epochs: of each training, default the recipe's; of Hyperband the most, which must be told.
        patience: ends a training after so many epochs without a new lowest test error.
        seed: the first seed, and that of the tuner.
        directory: where the search is kept, default `runs/tune-NETWORK-DATASET`.
        existing: what to do with a search that is there: "refuse", "resume" or "overwrite".
        workers: processes of this machine that share the trials out, led by one more.
        data_dir: of tensorflow-datasets.

    Returns:
        The `Report`; its table, figure, rows and best weights are in the directory.

    Raises:
        ValueError: for an unknown name, a value out of its range, or a budget that nothing meets.
        FileExistsError: if the directory holds another search, or anything else.
        KeyboardInterrupt: after an interrupted training was saved.
        ChildProcessError: if a worker process dies; what it has trained is kept.
        OSError: if the disk is full.
    """
    for kind, given, allowed in (
        ("space", space, SPACES),
        ("tuner", tuner, TUNERS),
        ("objective", objective, OBJECTIVES),
        ("value of existing", existing, EXISTING),
    ):
        if given not in allowed:
            raise ValueError(unknown(kind, given, allowed))
    for name, number in (("seeds", seeds), ("workers", workers), ("max_trials", max_trials), ("patience", patience)):
        if number is not None:
            positive_integer(name, number)
    if tuner == "hyperband":
        if epochs is None:
            raise ValueError("Hyperband needs epochs, the most that one setting is trained for.")
        epochs = positive_integer("epochs of Hyperband", int(epochs) if epochs == int(epochs) else epochs)
    if workers > 1 and not isinstance(dataset, str):
        raise ValueError("Several workers read the data themselves: dataset must be a name or a path.")
    if tuner in ("random", "bayesian") and max_trials is None:
        max_trials = 10
    with_cardinality(network)  # before the data are read
    where = Path("runs") / f"tune-{network}-{name_of(dataset)}" if directory is None else Path(directory)
    images = data.load(dataset, data_dir) if isinstance(dataset, str) else dataset
    networks = CardinalitySpace(
        network,
        budget,
        cost=cost,
        coupled=SPACES[space],
        cardinalities=cardinalities,
        base_widths=base_widths,
        choices=choices,
        fixed=fixed,
        input_shape=images.image_shape,
        classes=len(images.class_names),
        recipe=recipe,
    )
    refuse_augmentation(networks.recipe, images)
    plan(networks.network, images, recipe=networks.recipe, epochs=epochs)  # refuses what no trial could train
    settings = Search(
        network=network,
        dataset=str(dataset) if isinstance(dataset, str) else dataset.name,
        budget=str(budget),
        cost=cost,
        coupled=SPACES[space],
        cardinalities=list(cardinalities),
        base_widths=list(base_widths),
        choices={name: list(values) for name, values in (choices or {}).items()},
        recipe=networks.recipe.to_mapping(),
        tuner=tuner,
        objective=objective,
        max_trials=max_trials,
        seeds=seeds,
        epochs=epochs,
        patience=patience,
        seed=seed,
        image_shape=list(images.image_shape),
        classes=len(images.class_names),
    )
    open_search(where, settings, existing)
    if workers == 1:
        run_trials(settings, where, images)
    else:
        run_workers(where, workers, data_dir)
    report = read_report(where)
    report.write()
    return report


def open_search(directory: Path, settings: Search, existing: str) -> None:
    """Make the directory ready.

    Raises:
        FileExistsError: if it holds a search that is not to be touched, or things that are no search's.
        ValueError: if the search that is to go on has other settings.
    """
    if (directory / SEARCH).exists():
        if existing == "refuse":
            raise FileExistsError(
                f"{str(directory)!r} holds a search already: resume it, overwrite it, or choose another directory."
            )
        if existing == "resume":
            settings.refuse_other(Search.read(directory), directory)
            return
        shutil.rmtree(directory / TRIALS, ignore_errors=True)
        for name in (FIGURE, TABLE, ROWS, WEIGHTS, SEARCH):
            (directory / name).unlink(missing_ok=True)
    elif directory.exists() and not (directory.is_dir() and not any(directory.iterdir())):
        raise FileExistsError(f"{str(directory)!r} is no empty directory and holds no search: choose another.")
    settings.write(directory)


def run_workers(directory: Path, workers: int, data_dir: str | os.PathLike[str] | None) -> None:
    """Run the trials that are left in several processes, led by keras-tuner's chief in one more.

    Raises:
        KeyboardInterrupt: if a signal has stopped them; after SIGTERM it is a `Preempted`.
        ChildProcessError: if one fails.
    """
    (port,) = launch.free_ports(1)
    names = ["chief", *(f"worker{index}" for index in range(workers))]
    shared = {
        **os.environ,
        "KERASTUNER_ORACLE_IP": "127.0.0.1",
        "KERASTUNER_ORACLE_PORT": str(port),
    }
    shared.setdefault("TF_NUM_INTRAOP_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))
    command = [sys.executable, "-m", "keras_resnets.tuning.worker", str(directory)]
    if data_dir is not None:
        command += ["--data-dir", str(data_dir)]
    environments = [{**shared, "KERASTUNER_TUNER_ID": name} for name in names]
    status, stopped = launch.together(command, environments, talking=range(len(names)))
    if stopped:
        raise KeyboardInterrupt if status == INTERRUPTED else Preempted
    if status:
        raise ChildProcessError(f"A process of the search ended with status {status}; resume it to go on.")
