"""What a search found: a table, a file of its rows, the best network as a line of Python."""

import csv
import io
import json
import os
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from keras_resnets._files import replacing, write_text
from keras_resnets.networks.registry import find
from keras_resnets.tuning.record import TRIAL, TRIALS, Search, measured, seed_runs
from keras_resnets.tuning.space import CardinalitySpace, Setting
from keras_resnets.tuning.trials import OBJECTIVES, space_of

FIGURE, TABLE, ROWS, WEIGHTS = "errors.png", "table.txt", "trials.csv", "best.weights.h5"
HEAD = ("setting", "parameters", "multiply-accumulates", "cost", "epochs", "test error (%)", "accuracy (%)", "time (s)")


@dataclass(frozen=True)
class Outcome:
    """One trial of a search.

    Attributes:
        setting: the network, with its cost.
        epochs: of each training; None for the recipe's own length.
        runs: what each ended training measured, by seed: "test_error", "best_test_error" and "test_accuracy" in per
            cent, "test_loss" in nats, "seconds".
        seeds: how many trainings a trial has.
        failure: why it failed, in words.
        folder: where its run directories are.
    """

    setting: Setting
    epochs: float | None
    runs: Mapping[int, Mapping[str, float]]
    seeds: int
    failure: str | None
    folder: Path

    @property
    def status(self) -> str:
        """ "ended", "oversized", "failed", or "2 of 3 seeds" where it was stopped."""
        if self.setting.oversized:
            return "oversized"
        if self.failure:
            return "failed"
        return "ended" if len(self.runs) == self.seeds else f"{len(self.runs)} of {self.seeds} seeds"

    def values(self, measure: str) -> list[float]:
        """Of each ended training."""
        return [run[measure] for run in self.runs.values()]

    def mean(self, measure: str) -> float:
        """Over the seeds."""
        return statistics.fmean(self.values(measure))

    def spread(self, measure: str) -> float:
        """The standard deviation over the seeds, n - 1 in its divisor; 0 for one seed."""
        values = self.values(measure)
        return statistics.stdev(values) if len(values) > 1 else 0.0

    def told(self, measure: str) -> str:
        """ "3.42 ± 0.21"."""
        return f"{self.mean(measure):.2f}" + (f" ± {self.spread(measure):.2f}" if len(self.runs) > 1 else "")


@dataclass(frozen=True)
class Report:
    """What a search found.

    Attributes:
        search: its settings.
        budget: in the kind of cost that the search counts.
        outcomes: its trials, by cost of what was chosen: cardinality first.
        directory: where it is kept.
    """

    search: Search
    budget: float
    outcomes: tuple[Outcome, ...]
    directory: Path

    @property
    def seeds_told(self) -> str:
        """ "3 seeds"."""
        return "1 seed" if self.search.seeds == 1 else f"{self.search.seeds} seeds"

    @property
    def ended(self) -> list[Outcome]:
        """The trials that have all their seeds."""
        return [outcome for outcome in self.outcomes if outcome.status == "ended"]

    @property
    def best(self) -> Outcome | None:
        """The ended trial with the best mean objective; None if none has ended."""
        best = min if OBJECTIVES[self.search.objective] == "min" else max
        return best(self.ended, key=lambda outcome: outcome.mean(self.search.objective), default=None)

    def table(self) -> str:
        """A row a trial, the failed and the oversized counted below it."""
        rows = [HEAD, *map(_row, self.outcomes)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
        lines = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows]
        counts = [sum(outcome.status == status for outcome in self.outcomes) for status in ("failed", "oversized")]
        search = self.search
        return "\n".join(
            [
                f"{search.title}, budget {self.budget:,.0f} {search.cost.replace('_', '-')} "
                f"({search.budget}), {self.seeds_told}, mean ± standard deviation",
                *lines,
                f"{len(self.ended)} ended, {counts[0]} failed, {counts[1]} oversized and not built",
                *(f"failed: {o.setting.name}: {o.failure}" for o in self.outcomes if o.status == "failed"),
            ]
        )

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """Write a row a trial and seed; a trial without an ended training has one row."""
        names = [
            "cardinality",
            "base_width",
            "chosen",
            "parameters",
            "multiply_accumulates",
            "share",
            "epochs",
            "status",
        ]
        measures = [*OBJECTIVES, "seconds"]
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([*names, "seed", *measures])
        for outcome in self.outcomes:
            setting = outcome.setting
            told = [
                *(setting.cardinality, setting.base_width, json.dumps(setting.chosen), setting.parameters),
                *(setting.multiply_accumulates, f"{setting.share:.4f}", outcome.epochs, outcome.status),
            ]
            for seed, run in outcome.runs.items() or [("", {})]:
                writer.writerow([*told, seed, *(f"{run[name]:.6g}" if name in run else "" for name in measures)])
        write_text(Path(path), text.getvalue())

    def draw(self, path: str | os.PathLike[str]) -> None:
        """Draw error against cardinality; see `figure.draw`."""
        from keras_resnets.tuning.figure import draw

        draw(self, Path(path))

    def builder_call(self) -> str:
        """The best network as a line of Python, with its weights where they are written.

        Raises:
            ValueError: if no trial has ended.
        """
        best = self._best()
        space = space_of(self.search)
        options = {**space.options_of(best.setting), "input_shape": tuple(self.search.image_shape)}
        options |= {"classes": self.search.classes, "weights": str(self.directory / WEIGHTS)}
        told = ", ".join(f"{name}={value!r}" for name, value in options.items())
        return f"kr.{find(space.network).func.__name__}({told})"

    def write(self) -> None:
        """Write table.txt, trials.csv and, where a trial has ended, errors.png and best.weights.h5.

        The weights are those of the best trial's best seed, at the end of its training, or at its lowest test error
        where that is the objective.
        """
        write_text(self.directory / TABLE, self.table() + "\n")
        self.write_csv(self.directory / ROWS)
        if self.best is not None:
            self.draw(self.directory / FIGURE)
            self._write_weights(self.best)

    def _write_weights(self, best: Outcome) -> None:
        runs = seed_runs(best.folder, self.search.seed, self.search.seeds)
        run = next(run for run in runs if run.checkpoints.exists())
        model = run.load("best" if self.search.objective.startswith("best") else "last")
        with replacing(self.directory / WEIGHTS) as temporary:
            renamed = temporary.with_name(f"{temporary.name}.weights.h5")  # Keras asks for this ending
            model.save_weights(renamed)
            renamed.replace(temporary)

    def _best(self) -> Outcome:
        if self.best is None:
            raise ValueError(f"No trial of {str(self.directory)!r} has ended.")
        return self.best


def read_report(directory: str | os.PathLike[str]) -> Report:
    """What the search in `directory` has found so far.

    Raises:
        FileNotFoundError: if it holds no search.
    """
    directory = Path(directory)
    search = Search.read(directory)
    outcomes = [_read_outcome(file.parent, search) for file in sorted((directory / TRIALS).glob(f"trial_*/{TRIAL}"))]
    outcomes.sort(key=lambda outcome: (outcome.setting.cardinality, outcome.setting.base_width, outcome.setting.name))
    space: CardinalitySpace = space_of(search)
    return Report(search, space.budget, tuple(outcomes), directory)


def _read_outcome(folder: Path, search: Search) -> Outcome:
    content = json.loads((folder / TRIAL).read_text(encoding="utf-8"))
    runs = dict(enumerate(seed_runs(folder, search.seed, search.seeds), search.seed))
    failure = content["failure"]
    results: dict[int, dict[str, float]] = {}
    for seed, run in runs.items():
        try:
            if run.result.exists():
                results[seed] = measured(run)
        except FloatingPointError as error:
            failure = failure or f"{type(error).__name__}: {error}"
    return Outcome(
        setting=Setting(**content["setting"]),
        epochs=content["epochs"],
        runs=results,
        seeds=search.seeds,
        failure=failure,
        folder=folder,
    )


def _row(outcome: Outcome) -> tuple[str, ...]:
    setting = outcome.setting
    cost = (f"{setting.parameters:,}", f"{setting.multiply_accumulates:,}", f"{setting.share:.3f}x")
    epochs = "" if outcome.epochs is None else f"{outcome.epochs:g}"
    if outcome.status != "ended":
        return (setting.name, *cost, epochs, outcome.status, "", "")
    time = f"{sum(outcome.values('seconds')):.0f}"
    return (setting.name, *cost, epochs, outcome.told("test_error"), outcome.told("test_accuracy"), time)
