"""Results of a search: a table, a CSV file, a figure, and the best network as a line of Python."""

import json
import os
import statistics
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_resnets import plotting
from keras_resnets._checking import checked
from keras_resnets._files import read_object, replacing, write_csv, write_text
from keras_resnets._text import table
from keras_resnets.networks.registry import find
from keras_resnets.tuning.record import TRIAL, TRIALS, Search, measured, seed_runs
from keras_resnets.tuning.space import TOLERANCE, CardinalitySpace, Setting
from keras_resnets.tuning.trials import OBJECTIVES, space_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FIGURE, TABLE, ROWS, WEIGHTS = "errors.png", "table.txt", "trials.csv", "best.weights.h5"
MEASURES = (*OBJECTIVES, "seconds")
HEAD = ("setting", "parameters", "multiply-accumulates", "cost", "epochs", "test error (%)", "accuracy (%)", "time (s)")


@dataclass(frozen=True)
class Outcome:
    """One trial of a search.

    Attributes:
        setting: Network and its cost.
        epochs: Length of each training; None for the recipe's own.
        runs: Results of each ended training, by seed: "test_error", "best_test_error" and "test_accuracy" in per cent,
            "test_loss" in nats, "seconds".
        seeds: Number of trainings of the trial.
        failure: Reason why a training failed; None if none has.
        folder: Directory of its run directories.
    """

    setting: Setting
    epochs: float | None
    runs: Mapping[int, Mapping[str, float]]
    seeds: int
    failure: str | None
    folder: Path

    @property
    def status(self) -> str:
        """State of the trial: "ended", "oversized", "failed", or "2 of 3 seeds" if it was stopped."""
        if self.setting.oversized:
            return "oversized"
        if self.failure:
            return "failed"
        return "ended" if len(self.runs) == self.seeds else f"{len(self.runs)} of {self.seeds} seeds"

    def values(self, measure: str) -> list[float]:
        """Return one result of each ended training."""
        return [run[measure] for run in self.runs.values()]

    def mean(self, measure: str) -> float:
        """Return the mean of a result over the seeds."""
        return statistics.fmean(self.values(measure))

    def spread(self, measure: str) -> float:
        """Return the standard deviation of a result over the seeds, with n - 1 in the divisor; 0 for one seed."""
        values = self.values(measure)
        return statistics.stdev(values) if len(values) > 1 else 0.0

    def text(self, measure: str) -> str:
        """Return mean and standard deviation over the seeds as text, such as "3.42 ± 0.21"."""
        return f"{self.mean(measure):.2f}" + (f" ± {self.spread(measure):.2f}" if len(self.runs) > 1 else "")

    def told(self, measure: str) -> str:
        """Return `text(measure)`; the old name."""
        warnings.warn("Outcome.told is now Outcome.text.", DeprecationWarning, stacklevel=2)
        return self.text(measure)


@dataclass(frozen=True)
class Report:
    """Results of a search.

    Attributes:
        search: Settings of the search.
        budget: Budget in parameters or multiply-accumulates, whichever the search counts.
        outcomes: Trials, in order of cardinality, base width and name.
        directory: Directory of the search.
    """

    search: Search
    budget: float
    outcomes: tuple[Outcome, ...]
    directory: Path

    @property
    def seeds_text(self) -> str:
        """Number of seeds as text, such as "3 seeds"."""
        return "1 seed" if self.search.seeds == 1 else f"{self.search.seeds} seeds"

    @property
    def ended(self) -> list[Outcome]:
        """Trials of which all trainings have ended."""
        return [outcome for outcome in self.outcomes if outcome.status == "ended"]

    @property
    def best(self) -> Outcome | None:
        """Ended trial with the best mean objective; None if none has ended."""
        best = min if OBJECTIVES[self.search.objective] == "min" else max
        return best(self.ended, key=lambda outcome: outcome.mean(self.search.objective), default=None)

    def table(self) -> str:
        """Return the results as text: a row per trial, then the numbers of failed and oversized ones."""
        rows = [HEAD, *map(_row, self.outcomes)]
        counts = [sum(outcome.status == status for outcome in self.outcomes) for status in ("failed", "oversized")]
        search = self.search
        return "\n".join(
            [
                f"{search.title}, budget {self.budget:,.0f} {search.cost.replace('_', '-')} "
                f"({search.budget}), {self.seeds_text}, mean ± standard deviation",
                table(rows),
                f"{len(self.ended)} ended, {counts[0]} failed, {counts[1]} oversized and not built",
                *(f"failed: {o.setting.name}: {o.failure}" for o in self.outcomes if o.status == "failed"),
            ]
        )

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """Write a CSV file with a row per trial and seed; a trial without an ended training has one row."""
        write_csv(Path(path), [row for outcome in self.outcomes for row in _csv_rows(outcome)])

    def draw(self, path: str | os.PathLike[str]) -> None:
        """Draw test error against cardinality: a dot per seed, mean and standard deviation, a line at equal cost.

        Equal means within 5 % of the budget; where other choices vary too, each combination has a line. Networks that
        cost less, because widths are whole numbers, are hollow and off the line. Of Hyperband's trials, only those of
        the longest trainings are drawn.

        Args:
            path: A file in .png or .svg; without a suffix, both are written.
        """
        from matplotlib.ticker import NullLocator

        figure, (axes,) = plotting.panels(title=f"{self.search.title}, {self.seeds_text}")
        longest = max((outcome.epochs or 0 for outcome in self.ended), default=0)
        shown = [outcome for outcome in self.ended if (outcome.epochs or 0) == longest]
        for index, (label, group) in enumerate(_by_choice(shown).items()):
            color = plotting.COLORS[1 + index % (len(plotting.COLORS) - 1)]
            equal = [outcome for outcome in group if outcome.setting.share >= 1 - TOLERANCE]
            axes.plot(*_means(equal), color=color, linewidth=1.5, label=self._line_label(label) if equal else None)
            for outcome in group:
                _draw_outcome(axes, outcome, color, filled=outcome in equal)
        cardinalities = sorted({outcome.setting.cardinality for outcome in shown})
        axes.set_xscale("log", base=2)
        axes.set_xticks(cardinalities, [str(cardinality) for cardinality in cardinalities])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.margins(x=0.12, y=0.15)
        axes.set(xlabel="cardinality", ylabel="test error (%)")
        if axes.get_legend_handles_labels()[1]:
            axes.legend()
        plotting.save(figure, path)

    def _line_label(self, choices: str) -> str:
        words = f"equal cost: {self.budget:,.0f} {self.search.cost.replace('_', '-')} ± {TOLERANCE:.0%}"
        return plotting.plain(f"{choices}; {words}" if choices else words)

    def builder_call(self) -> str:
        """Return the best network as a line of Python that loads its weights from the directory of the search.

        Raises:
            ValueError: If no trial has ended.
        """
        best = self._best()
        space = space_of(self.search)
        options = {**space.options_of(best.setting), "input_shape": tuple(self.search.image_shape)}
        options |= {"classes": self.search.classes, "weights": str(self.directory / WEIGHTS)}
        arguments = ", ".join(f"{name}={value!r}" for name, value in options.items())
        return f"kr.{find(space.network).func.__name__}({arguments})"

    def write(self) -> None:
        """Write table.txt and trials.csv and, if a trial has ended, errors.png and best.weights.h5.

        The weights are those of the best seed of the best trial: at the end of its training, or at its lowest test
        error if that is the objective.
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


@checked
def read_report(directory: str | os.PathLike[str]) -> Report:
    """Read the results, so far, of the search in a directory.

    Raises:
        FileNotFoundError: If the directory holds no search.
    """
    directory = Path(directory)
    search = Search.read(directory)
    outcomes = [_read_outcome(file.parent, search) for file in sorted((directory / TRIALS).glob(f"trial_*/{TRIAL}"))]
    outcomes.sort(key=lambda outcome: (outcome.setting.cardinality, outcome.setting.base_width, outcome.setting.name))
    space: CardinalitySpace = space_of(search)
    return Report(search, space.budget, tuple(outcomes), directory)


def _read_outcome(folder: Path, search: Search) -> Outcome:
    content = read_object(folder / TRIAL)
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


def _csv_rows(outcome: Outcome) -> list[dict[str, Any]]:
    """Return a row for each ended training of a trial, or one without results."""
    setting = outcome.setting
    trial = {
        "cardinality": setting.cardinality,
        "base_width": setting.base_width,
        "chosen": json.dumps(setting.chosen),
        "parameters": setting.parameters,
        "multiply_accumulates": setting.multiply_accumulates,
        "share": f"{setting.share:.4f}",
        "epochs": outcome.epochs,
        "status": outcome.status,
    }
    nothing = dict.fromkeys(MEASURES, "")
    return [
        {**trial, "seed": seed, **nothing, **{name: f"{run[name]:.6g}" for name in MEASURES if name in run}}
        for seed, run in outcome.runs.items() or [("", {})]
    ]


def _row(outcome: Outcome) -> tuple[str, ...]:
    setting = outcome.setting
    cost = (f"{setting.parameters:,}", f"{setting.multiply_accumulates:,}", f"{setting.share:.3f}x")
    epochs = "" if outcome.epochs is None else f"{outcome.epochs:g}"
    if outcome.status != "ended":
        return (setting.name, *cost, epochs, outcome.status, "", "")
    time = f"{sum(outcome.values('seconds')):.0f}"
    return (setting.name, *cost, epochs, outcome.text("test_error"), outcome.text("test_accuracy"), time)


def _by_choice(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """Group trials by their choices other than cardinality and base width, each group in order of cardinality."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in sorted(outcomes, key=lambda outcome: outcome.setting.cardinality):
        label = ", ".join(f"{name}={value}" for name, value in outcome.setting.chosen.items())
        groups.setdefault(label, []).append(outcome)
    return groups


def _means(outcomes: Iterable[Outcome]) -> tuple[list[int], list[float]]:
    outcomes = list(outcomes)
    return [o.setting.cardinality for o in outcomes], [o.mean("test_error") for o in outcomes]


def _draw_outcome(axes: "Axes", outcome: Outcome, color: str, filled: bool) -> None:
    """Draw the errors of one trial: each seed, mean and standard deviation; hollow unless `filled`."""
    setting, error = outcome.setting, outcome.mean("test_error")
    errors = outcome.values("test_error")
    axes.plot([setting.cardinality] * len(errors), errors, ".", color=color, alpha=0.4, markersize=5)
    face = color if filled else "white"
    axes.errorbar(
        setting.cardinality,
        error,
        outcome.spread("test_error"),
        fmt="o",
        color=color,
        markerfacecolor=face,
        capsize=4,
    )
    text = f"{setting.cardinality}x{setting.base_width}d" + ("" if filled else f"\n{setting.share:.2f}x")
    axes.annotate(text, (setting.cardinality, error), xytext=(8, 6), textcoords="offset points", fontsize=8)
