"""Runs side by side: one page that says which is better, where, and whether the difference may be chance."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np

from keras_resnets import plotting
from keras_resnets._checking import checked
from keras_resnets.analysis.of_runs import RunSource, as_run, epochs_of
from keras_resnets.analysis.pages.answers import Answers, answers_of, cost_of
from keras_resnets.analysis.pages.html import drawn, settings, short, write_page
from keras_resnets.evaluation.pictures import Images
from keras_resnets.runs import Run
from keras_resnets.training.figures import draw_curves
from keras_resnets.training.progress import duration

TEMPLATE = "comparison.html.jinja"


@checked
def compare_runs(
    runs: Iterable[RunSource],
    path: str | os.PathLike[str] = "comparison.html",
    *,
    images: Images | None = None,
    weights: str = "last",
    data_dir: str | os.PathLike[str] | None = None,
    curves_only: bool = False,
) -> Path:
    """Write one HTML page about several runs, with its pictures in it; it loads nothing from elsewhere.

    It has each run's errors, size, cost and time; their curves in one figure; the errors of each class; for each two
    runs, the images that only one of them errs on, with McNemar's exact test (Dietterich 1998); and the settings that
    differ.

    Args:
        runs: Two run directories or more, of one data set.
        path: The file.
        images: Images in place of the runs' test images, as for `evaluate`; 10,000 at most, spread evenly over them.
        weights: "last" or "best".
        data_dir: Directory of tensorflow-datasets.
        curves_only: Whether to skip what needs weights and images.

    Returns:
        The file.

    Raises:
        FileNotFoundError: If a run does not exist, or has no weights yet.
        ValueError: If there are fewer than two runs, no epoch of one has ended, or their test images differ.
    """
    several = [as_run(run) for run in runs]
    if len(several) < 2:
        raise ValueError(f"Give two runs or more to compare, not {len(several)}.")
    names = _names(several)
    for run in several:
        epochs_of(run)  # refused before images are loaded
    options = {"images": images, "weights": weights, "data_dir": data_dir}
    found = [] if curves_only else [answers_of(run, options) for run in several]
    if found:
        refuse_different_images(names, found)
    content = {
        "title": f"{len(several)} runs side by side",
        "names": names,
        "rows": _rows(several, found),
        "curves": drawn(partial(_draw, several, names)),
        "classes": _by_class(found),
        "images": len(found[0].labels) if found else 0,
        "pairs": [_pair(names, found, first, second) for first, second in combinations(range(len(found)), 2)],
        "differences": differences([settings(run.read_config()) for run in several]),
    }
    return write_page(path, TEMPLATE, content)


@dataclass(frozen=True)
class Pair:
    """Two runs' errors on the same images.

    Attributes:
        first, second: Names of the runs.
        both: Number of images that both err on.
        only_first, only_second: Number of images that one of them errs on.
    """

    first: str
    second: str
    both: int
    only_first: int
    only_second: int

    @property
    def p_value(self) -> float:
        """Probability of a difference as large or larger if both err equally often, by McNemar's exact test."""
        from scipy.stats import binomtest

        differing = self.only_first + self.only_second
        return float(binomtest(self.only_first, differing).pvalue) if differing else 1.0


def refuse_different_images(names: Sequence[str], found: Sequence[Answers]) -> None:
    """Raise ValueError if networks answered other images, as far as their labels tell, or have other classes."""
    for name, one in zip(names, found, strict=True):
        same = one.class_names == found[0].class_names and np.array_equal(one.labels, found[0].labels)
        if not (same and np.array_equal(one.numbers, found[0].numbers)):
            raise ValueError(
                f"Cannot compare the answers of {names[0]!r} and {name!r}: their test images or classes differ. "
                "--curves-only (curves_only=True) compares their curves and settings alone."
            )


def differences(of_runs: Sequence[Mapping[str, Mapping[str, str]]]) -> dict[str, list[str]]:
    """Return the settings that differ between runs, by name: a value for each run, "" where it is not set."""
    flat = [{(group, name): text for group, values in one.items() for name, text in values.items()} for one in of_runs]
    keys = dict.fromkeys(key for one in flat for key in one)
    rows = {key: [one.get(key, "") for one in flat] for key in keys}
    return {f"{group}: {name}": row for (group, name), row in rows.items() if len(set(row)) > 1}


def _names(runs: Sequence[Run]) -> list[str]:
    """Return the last part of each run's path, or all of it where two have the same."""
    short_names = [run.path.name for run in runs]
    return short_names if len(set(short_names)) == len(runs) else [str(run.path) for run in runs]


def _rows(runs: Sequence[Run], found: Sequence[Answers]) -> dict[str, list[str]]:
    """Return the cells of all runs, by heading."""
    columns = [_cells(run, found[number] if found else None) for number, run in enumerate(runs)]
    return {heading: [cells[heading] for cells in columns] for heading in columns[0]}


def _cells(run: Run, found: Answers | None) -> dict[str, str]:
    """Return the cells of a run, by heading."""
    config, rows, cost = run.read_config(), run.read_metrics(), cost_of(run)
    last, ended = rows[-1], run.result.exists()
    tested = {}
    if found:
        low, high = found.evaluation.interval
        tested = {"error on these images (95 %)": f"{found.evaluation.top1_error:.2f} % ({low:.2f} to {high:.2f})"}
    return {
        "network": config["network"],
        "recipe": config["recipe"].get("name", ""),
        "iterations": f"{int(last['iteration']):,}{'' if ended else ', not ended'}",
        "training error": f"{last['train_error']:.2f} %",
        "test error": f"{last['test_error']:.2f} %",
        **tested,
        "trainable parameters": short(cost.trainable),
        "multiply-accumulates": short(cost.multiply_accumulates),
        "time": duration(sum(row["seconds"] for row in rows)),
    }


def _draw(runs: Sequence[Run], names: Sequence[str], path: Path) -> tuple[Path, ...]:
    figure, (axes,) = plotting.panels(width=9.0, height=5.0)
    for number, (run, name) in enumerate(zip(runs, names, strict=True)):
        label = f"{plotting.plain(name)}, {{split}}, {{last:.2f}} %"
        draw_curves(axes, run.read_metrics(), label, **plotting.line_style(number + 1))
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.legend()
    return plotting.save(figure, path)


def _by_class(found: Sequence[Answers]) -> dict[str, list[float]]:
    """Return the error of each run on each class that has images, in per cent, by class; the worst on average first."""
    if not found:
        return {}
    columns = [{row.name: row.error for row in one.evaluation.per_class} for one in found]
    rows = {name: [column[name] for column in columns] for name in columns[0]}
    return dict(sorted(rows.items(), key=lambda row: -sum(row[1])))


def _pair(names: Sequence[str], found: Sequence[Answers], first: int, second: int) -> Pair:
    one, other = ~found[first].correct, ~found[second].correct
    return Pair(
        names[first],
        names[second],
        both=int((one & other).sum()),
        only_first=int((one & ~other).sum()),
        only_second=int((other & ~one).sum()),
    )
