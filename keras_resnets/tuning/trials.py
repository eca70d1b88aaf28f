"""Trials by keras-tuner: the choice of the next setting, and its training with each seed."""

import contextlib
import io
import itertools
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import keras_tuner
from keras_tuner.engine.base_tuner import BaseTuner

from keras_resnets import data
from keras_resnets._files import appending
from keras_resnets.runs import Run, write_json
from keras_resnets.training import train
from keras_resnets.tuning.record import TRIAL, TRIALS, Search, measured, seed_runs
from keras_resnets.tuning.space import CardinalitySpace, Setting, refuse_oversized

OBJECTIVES = {"test_error": "min", "best_test_error": "min", "test_loss": "min", "test_accuracy": "max"}


class Grid(keras_tuner.oracles.GridSearchOracle):
    """Grid search: every combination once, in order.

    keras-tuner's own does not save its position: a search that was stopped and reloaded ends at once. Here the next
    combination follows from the trials so far.
    """

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Return the first combination that no trial has."""
        tried = [trial.hyperparameters.values for trial in self.trials.values()]
        space = self.get_space().space
        for values in itertools.product(*(hp.values for hp in space)):
            combination = {hp.name: value for hp, value in zip(space, values, strict=True)}
            if combination not in tried:
                return {"status": "RUNNING", "values": combination}
        return {"status": "STOPPED", "values": None}


def oracle_for(search: Search) -> keras_tuner.Oracle:
    """Return the oracle of keras-tuner that chooses the settings of a search."""
    given: dict[str, Any] = {
        "objective": keras_tuner.Objective(search.objective, OBJECTIVES[search.objective]),
        "seed": search.seed,
        "max_consecutive_failed_trials": math.inf,  # failures are counted and do not end the search
    }
    if search.tuner == "hyperband":
        return keras_tuner.oracles.HyperbandOracle(max_epochs=search.epochs, **given)
    kinds = {
        "grid": Grid,
        "random": keras_tuner.oracles.RandomSearchOracle,
        "bayesian": keras_tuner.oracles.BayesianOptimizationOracle,
    }
    return kinds[search.tuner](max_trials=search.max_trials, **given)


class RecipeTuner(BaseTuner):
    """Tuner that trains each setting by `kr.train`, once for each seed, in a run directory of its own.

    A training that was stopped is resumed, and one that has ended is not repeated. Hyperband's rungs train anew: a
    schedule of three epochs is not the beginning of one of nine.

    Args:
        search: Settings of the search.
        directory: Directory of the search.
        images: Images to train and test on.
    """

    def __init__(self, search: Search, directory: Path, images: data.ImageSet | data.FileSet):
        self.settings, self.images = search, images
        self.space = space_of(search)
        oracle = oracle_for(search)
        oracle.verbose = 0
        super().__init__(oracle, hypermodel=self.space, directory=str(directory), project_name=TRIALS)
        if self._decides and (Path(self.project_dir) / "oracle.json").exists():
            self.oracle.reload()

    @property
    def _decides(self) -> bool:
        """Whether the oracle is in this process, not in the chief's."""
        return isinstance(self.oracle, keras_tuner.Oracle)

    def _populate_initial_space(self) -> None:
        """Declare the space; keras-tuner builds a network to find it out."""
        hp = self.oracle.get_space()
        self.space.declare_hyperparameters(hp)
        self.oracle.update_space(hp)

    def save(self) -> None:
        """Save the state of the oracle, if it is in this process; the tuner has none."""
        if self._decides:
            self.oracle.save()

    def _try_run_and_update_trial(self, trial: keras_tuner.engine.trial.Trial, *given: Any, **options: Any) -> None:
        """Run a trial; keras-tuner's own method prints a trace for each failure, and counts program errors as one."""
        try:
            self._run_and_update_trial(trial)
            trial.status = "COMPLETED"
        except keras_tuner.errors.FailedTrialError as failure:
            trial.status, trial.message = "FAILED", str(failure)

    def run_trial(self, trial: keras_tuner.engine.trial.Trial) -> list[dict[str, float]]:
        """Train a setting with each seed.

        Returns:
            Results of each seed, as `measured` returns them.

        Raises:
            keras_tuner.errors.FailedTrialError: If the setting is oversized or a training fails; the search goes on.
            keras_tuner.errors.FatalError: If the disk fails; the search ends.
        """
        values = trial.hyperparameters.values
        setting = self.space.setting(values)
        folder = Path(self.get_trial_dir(trial.trial_id))
        epochs = values.get("tuner/epochs", self.settings.epochs)
        write_trial(folder, setting, epochs)
        refuse_oversized(setting)
        runs = seed_runs(folder, self.settings.seed, self.settings.seeds)
        results = []
        for seed, run in enumerate(runs, self.settings.seed):
            try:
                results.append(self._train(setting, run, seed, epochs))
            except OSError as error:
                raise keras_tuner.errors.FatalError(str(error)) from error
            except Exception as error:
                write_trial(folder, setting, epochs, f"{type(error).__name__}: {error}")
                self._say(setting, seed, f"failed, {error}")
                raise keras_tuner.errors.FailedTrialError(str(error)) from error
        keep_best(runs, [result[self.settings.objective] for result in results], self.settings.objective)
        return results

    def _train(self, setting: Setting, run: Run, seed: int, epochs: float | None) -> dict[str, float]:
        if not run.result.exists():
            if not run.exists():
                run.clear()  # files of a training that ended before its config.json
            run.path.mkdir(parents=True, exist_ok=True)
            keras.backend.clear_session()
            with (
                appending(run.path / ".output.txt") as file,
                io.TextIOWrapper(file, "utf-8") as output,
                contextlib.redirect_stdout(output),
            ):
                train(
                    self.space.network,
                    self.images,
                    run_dir=run.path,
                    existing="resume",
                    recipe=self.space.recipe_of(setting),
                    epochs=epochs,
                    seed=seed,
                    strategy="single",
                    keep=1,
                    patience=self.settings.patience,
                )
        result = measured(run)
        self._say(setting, seed, f"test error {result['test_error']:.2f} %, {result['seconds']:.0f} s")
        return result

    def _say(self, setting: Setting, seed: int, what: str) -> None:
        worker = "" if self._decides else f"{self.tuner_id}: "
        print(f"{worker}{setting.name}, seed {seed}: {what}", flush=True)


def space_of(search: Search) -> CardinalitySpace:
    """Return the space of a search."""
    return CardinalitySpace(
        search.network,
        search.budget,
        cost=search.cost,
        coupled=search.coupled,
        cardinalities=search.cardinalities,
        base_widths=search.base_widths,
        choices=search.choices,
        input_shape=search.image_shape,
        classes=search.classes,
        recipe=search.recipe_record,
    )


def write_trial(folder: Path, setting: Setting, epochs: float | None, failure: str | None = None) -> None:
    """Write the setting of a trial, and why it failed."""
    content: Mapping[str, Any] = {"setting": asdict(setting), "epochs": epochs, "failure": failure}
    write_json(folder / TRIAL, dict(content))


def keep_best(runs: list[Run], values: list[float], objective: str) -> None:
    """Delete the checkpoints of all runs but the best: those of a whole search would fill a disk."""
    best = (min if OBJECTIVES[objective] == "min" else max)(range(len(runs)), key=values.__getitem__)
    for run in runs[:best] + runs[best + 1 :]:
        run.checkpoints.clear()


def run_trials(search: Search, directory: Path, images: data.ImageSet | data.FileSet) -> None:
    """Run the remaining trials; in one of several processes, those that the chief hands out.

    Raises:
        KeyboardInterrupt: After the training was saved; the search can be resumed.
        OSError: If the disk fails.
    """
    try:
        RecipeTuner(search, directory, images).search()
    except keras_tuner.errors.FatalError as fatal:
        raise fatal.__cause__ or fatal from None
