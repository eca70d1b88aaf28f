"""Search: train networks of different cardinality, width or depth within one budget, and compare them."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_resnets import data, launch
from keras_resnets._checking import Positive, Seed, checked
from keras_resnets._errors import positive_integer, unknown
from keras_resnets.training import Preempted, plan, recipes
from keras_resnets.training.config import name_of, refuse_augmentation
from keras_resnets.training.directory import EXISTING
from keras_resnets.tuning.costs import with_cardinality
from keras_resnets.tuning.record import SEARCH, TRIALS, Search
from keras_resnets.tuning.report import FIGURE, ROWS, TABLE, WEIGHTS, Report, read_report
from keras_resnets.tuning.space import TABLE_2, CardinalitySpace
from keras_resnets.tuning.trials import OBJECTIVES, run_trials

INTERRUPTED = 130  # exit status of a process that Ctrl-C has ended
RANDOM_TRIALS = 10  # of a random or Bayesian search
SPACES = {"cardinality": True, "free": False}  # whether the cardinality fixes the base width
TUNERS = ("grid", "random", "bayesian", "hyperband")


@checked
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
    epochs: Positive | None = None,
    patience: int | None = None,
    seed: Seed = 0,
    directory: str | os.PathLike[str] | None = None,
    existing: str = "refuse",
    workers: int = 1,
    data_dir: str | os.PathLike[str] | None = None,
) -> Report:
    """Search over cardinality at equal cost, or in a free space within a budget: train every setting and compare them.

    A setting that fails, or costs more than the budget, is counted and does not end the search. Ctrl-C and SIGTERM keep
    all results so far; `existing="resume"` continues in the middle of the training that was stopped. The best error is
    a little optimistic: it is the lowest of several on the same test images, as in the papers' tables.

    Args:
        network: Name from `list_models()` whose builder has a cardinality.
        dataset: Data set as for `train`; for several workers a name or a path.
        budget, cost, cardinalities, base_widths, choices, fixed: As for `CardinalitySpace`.
        space: "cardinality", which fixes the base width, or "free".
        recipe: Recipe as for `train`.
        tuner: "grid", "random", "bayesian" or "hyperband", of keras-tuner.
        objective: Mean over seeds to compare by: "test_error", "best_test_error", "test_loss" or "test_accuracy".
        max_trials: Maximum number of settings; default all of a grid, 10 for a random or Bayesian search.
        seeds: Number of trainings of each setting, 1 or more.
        epochs: Length of each training, default the recipe's; for Hyperband the maximum, which must be given.
        patience: Number of epochs without a new lowest test error after which a training stops.
        seed: First seed of the trainings, and seed of the tuner.
        directory: Directory of the search, default `runs/tune-NETWORK-DATASET`.
        existing: Treatment of a search already there: "refuse", "resume" or "overwrite".
        workers: Number of processes of this machine that share the trials, led by one more.
        data_dir: Directory of tensorflow-datasets.

    Returns:
        The `Report`; its table, figure, rows and best weights are in the directory.

    Raises:
        ValueError: If a name is unknown, a value is out of its range, or no setting meets the budget.
        FileExistsError: If the directory holds another search, or anything else.
        KeyboardInterrupt: After an interrupted training was saved.
        ChildProcessError: If a worker process dies; its results are kept.
        OSError: If the disk is full.
    """
    _check_names(space=space, tuner=tuner, objective=objective, existing=existing)
    _check_numbers(seeds=seeds, workers=workers, max_trials=max_trials, patience=patience)
    epochs, max_trials = _limits(tuner, epochs, max_trials)
    with_cardinality(network)  # before the data are read
    where = Path("runs") / f"tune-{network}-{name_of(dataset)}" if directory is None else Path(directory)
    images = _images(dataset, workers, data_dir)
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
    plan(networks.network, images, recipe=networks.recipe, epochs=epochs)  # refuses settings that no trial could train
    settings = Search(
        network=network,
        dataset=str(dataset) if isinstance(dataset, str) else dataset.name,
        **networks.arguments,
        tuner=tuner,
        objective=objective,
        max_trials=max_trials,
        seeds=seeds,
        epochs=epochs,
        patience=patience,
        seed=seed,
    )
    open_search(where, settings, existing)
    return _carry_out(settings, where, images, workers, data_dir)


def _carry_out(
    settings: Search,
    directory: Path,
    images: data.ImageSet | data.FileSet,
    workers: int,
    data_dir: str | os.PathLike[str] | None,
) -> Report:
    """Run the remaining trials of a search, and return its report after writing its files."""
    if workers == 1:
        run_trials(settings, directory, images)
    else:
        run_workers(directory, workers, data_dir)
    report = read_report(directory)
    report.write()
    return report


def _check_names(**given: str) -> None:
    """Raise ValueError if a word is none of those allowed, with the nearest."""
    allowed = {"space": SPACES, "tuner": TUNERS, "objective": OBJECTIVES, "existing": EXISTING}
    for name, value in given.items():
        if value not in allowed[name]:
            raise ValueError(unknown("value of existing" if name == "existing" else name, value, allowed[name]))


def _check_numbers(**given: int | None) -> None:
    """Raise ValueError if a number is neither None nor a positive integer."""
    for name, value in given.items():
        if value is not None:
            positive_integer(name, value)


def _limits(tuner: str, epochs: float | None, max_trials: int | None) -> tuple[float | None, int | None]:
    """Return the epochs of a training and the number of trials, with the defaults of the tuner.

    Raises:
        ValueError: If Hyperband has no whole number of epochs.
    """
    if tuner == "hyperband":
        if epochs is None:
            raise ValueError("Hyperband needs epochs, the maximum for one setting.")
        epochs = positive_integer("epochs of Hyperband", int(epochs) if epochs == int(epochs) else epochs)
    if tuner in ("random", "bayesian") and max_trials is None:
        max_trials = RANDOM_TRIALS
    return epochs, max_trials


def _images(
    dataset: str | data.ImageSet | data.FileSet, workers: int, data_dir: str | os.PathLike[str] | None
) -> data.ImageSet | data.FileSet:
    """Return the images, loaded if they are given by name.

    Raises:
        ValueError: If there are several workers and no name, by which each loads them itself.
    """
    if isinstance(dataset, str):
        return data.load(dataset, data_dir)
    if workers > 1:
        raise ValueError("Several workers read the data themselves: dataset must be a name or a path.")
    return dataset


def open_search(directory: Path, settings: Search, existing: str) -> None:
    """Prepare the directory of a search.

    Args:
        directory: The directory; it may be missing.
        settings: Settings of the search.
        existing: Treatment of a search already there: "refuse", "resume" or "overwrite".

    Raises:
        FileExistsError: If the directory holds a search and `existing` is "refuse", or is not empty and holds none.
        ValueError: If the search to be resumed has other settings.
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
        raise FileExistsError(f"{str(directory)!r} is not empty and holds no search: choose another directory.")
    settings.write(directory)


def run_workers(directory: Path, workers: int, data_dir: str | os.PathLike[str] | None) -> None:
    """Run the remaining trials in several processes, led by keras-tuner's chief in one more.

    Raises:
        KeyboardInterrupt: If SIGINT has stopped them; `Preempted`, which is one, if SIGTERM has.
        ChildProcessError: If a process fails.
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
        raise ChildProcessError(f"A process of the search ended with status {status}: resume the search to continue.")
