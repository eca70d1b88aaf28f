"""Degradation: plain and residual networks of several depths under one recipe (He et al. 2015, Fig. 1, 4 and 6)."""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_resnets import data, plotting
from keras_resnets._checking import checked
from keras_resnets._files import write_csv
from keras_resnets.networks import list_models
from keras_resnets.runs import Run, open_run
from keras_resnets.training import recipes, train
from keras_resnets.training.figures import draw_curves

FAMILIES = ("plain", "resnet")


@dataclass(frozen=True)
class Curve:
    """Curve of one network's training.

    Attributes:
        network: Name of the network.
        family: Name without the depth: "plain", "resnet" or another.
        depth: Number of layers.
        rows: Rows of metrics.csv, one per epoch: iteration, train_error and test_error in per cent, and others.
    """

    network: str
    family: str
    depth: int
    rows: tuple[dict[str, float], ...]


@dataclass(frozen=True)
class Degradation:
    """Curves of networks of several depths, under one recipe.

    Attributes:
        dataset: Name of the data set.
        recipe: Name and length of the recipe.
        curves: Curves in order of family and depth.
    """

    dataset: str
    recipe: str
    curves: tuple[Curve, ...]

    def excess(self, family: str, error: str = "train_error") -> float:
        """Return the final error of a family's deepest network less that of its shallowest; above 0 it degrades.

        Args:
            family: "plain" or "resnet".
            error: "train_error" or "test_error", in per cent.

        Raises:
            ValueError: If no network of the family was trained.
        """
        members = [curve for curve in self.curves if curve.family == family]
        if not members:
            raise ValueError(f"No network of the family {family!r} was trained.")
        return members[-1].rows[-1][error] - members[0].rows[-1][error]

    def table(self) -> str:
        """Return the final errors as text, a line per network, and the excess of each family."""
        lines = [f"{self.dataset}, {self.recipe}", f"{'network':12}  {'training error':>14}  {'test error':>10}"]
        for curve in self.curves:
            last = curve.rows[-1]
            lines.append(f"{curve.network:12}  {last['train_error']:>12.2f} %  {last['test_error']:>8.2f} %")
        for family in dict.fromkeys(curve.family for curve in self.curves):
            lines.append(f"{family}: deepest less shallowest, training error {self.excess(family):+.2f} %")
        return "\n".join(lines)

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """Write a CSV file with a row per network and epoch: its name, then its row of metrics.csv."""
        write_csv(Path(path), [{"network": curve.network, **row} for curve in self.curves for row in curve.rows])

    def figure(self, path: str | os.PathLike[str]) -> tuple[Path, ...]:
        """Draw the curves, a panel per family, as He et al. 2015, Fig. 6: training error thin, test error bold.

        Args:
            path: A file in .png or .svg; without a suffix, both are written.
        """
        families = list(dict.fromkeys(curve.family for curve in self.curves))
        figure, axes = plotting.panels(
            len(families), title=f"{self.dataset}, {self.recipe}", width=10, sharex=True, sharey=True
        )
        for one, family in zip(axes, families, strict=True):
            for number, curve in enumerate(c for c in self.curves if c.family == family):
                label = f"{curve.network} {{split}} ({{last:.1f}} %)"
                draw_curves(one, list(curve.rows), label, **plotting.line_style(number))
            one.legend(title="thin: training, bold: test", fontsize="small")
            one.set_title(plotting.plain(family))
            one.label_outer()
        axes[0].set_ylim(bottom=0)
        return plotting.save(figure, path)


@checked
def degradation(
    depths: Sequence[int] = (20, 56),
    dataset: str | data.ImageSet | data.FileSet = "cifar10",
    *,
    directory: str | os.PathLike[str] = "runs/degradation",
    recipe: str | os.PathLike[str] | recipes.Recipe | None = None,
    **training: Any,
) -> Degradation:
    """Train plain and residual networks of several depths by one recipe, and compare their curves.

    Networks that an earlier call has trained in `directory` are kept, and an unfinished training is resumed.

    Args:
        depths: Numbers of layers: 20, 32, 44, 56, 110 and 1202 for small images, 18 and 34 for 224 pixels.
        dataset: Data set as for `train`.
        directory: Directory of the runs, a subdirectory each: `plain20`, `resnet20` and so on.
        recipe: Recipe of all networks, default that of the deepest residual one.
        training: Other arguments of `train`, such as epochs and seed; not `run_dir` and `existing`.

    Raises:
        ValueError: If no plain and residual network has a depth, or for the reasons of `train`.
    """
    ascending = sorted(set(depths))
    if not ascending:
        raise ValueError("Give at least one depth, such as 20.")
    for depth in ascending:
        names = [f"{family}{depth}" for family in FAMILIES]
        if not set(names) <= set(list_models()):
            known = [int(name[5:]) for name in list_models("plain*") if f"resnet{name[5:]}" in list_models()]
            raise ValueError(f"No plain and residual network has {depth!r} layers: choose from {known}.")
    rule = recipes.recipe_for(f"resnet{ascending[-1]}") if recipe is None else recipe
    runs = [
        train(name, dataset, run_dir=Path(directory) / name, existing="resume", recipe=rule, **training)
        for family in FAMILIES
        for name in (f"{family}{depth}" for depth in ascending)
    ]
    return read_degradation(runs)


@checked
def read_degradation(runs: Iterable[Run | str | os.PathLike[str]]) -> Degradation:
    """Read the curves of existing runs of one recipe on one data set.

    Raises:
        FileNotFoundError: If a run does not exist.
        ValueError: If no epoch of a run has ended, or recipes or data sets differ.
    """
    curves, settings = [], {}
    for run in (run if isinstance(run, Run) else open_run(run) for run in runs):
        config, rows = run.read_config(), run.read_metrics()
        if not rows:
            raise ValueError(f"No epoch of the run in {str(run.path)!r} has ended.")
        settings[str(run.path)] = (config["dataset"], config["recipe"])
        family, depth = re.fullmatch(r"(.*?)(\d*)", config["network"]).groups()  # type: ignore[union-attr]
        curves.append(Curve(config["network"], family.rstrip("_"), int(depth or 0), tuple(rows)))
    if not curves:
        raise ValueError("No runs to compare: give at least one.")
    (first, (dataset, recipe)), *others = settings.items()
    for path, (other_dataset, other_recipe) in others:
        if (dataset, recipe) != (other_dataset, other_recipe):
            what = "data sets" if dataset != other_dataset else "recipes"
            raise ValueError(f"Cannot compare the runs in {first!r} and {path!r}: they have different {what}.")
    curves.sort(key=lambda curve: (curve.family, curve.depth))
    return Degradation(dataset, f"{recipe['name']}, {curves[0].rows[-1]['iteration']:,.0f} iterations", tuple(curves))


def draw_trainings(
    curves: dict[str, list[dict[str, float]]],
    path: str | os.PathLike[str],
    title: str,
    levels: dict[str, float] | None = None,
) -> tuple[Path, ...]:
    """Draw the curves of several trainings in one panel.

    Args:
        curves: Rows of metrics.csv, by the training's name.
        path: A file in .png or .svg; without a suffix, both are written.
        title: Title of the figure.
        levels: Errors in per cent, by name, drawn as horizontal lines.
    """
    figure, (axes,) = plotting.panels(title=title)
    for number, (name, rows) in enumerate(curves.items()):
        draw_curves(axes, rows, f"{name}, {{split}} ({{last:.1f}} %)", **plotting.line_style(number))
    for name, error in (levels or {}).items():
        axes.axhline(error, color="0.5", linestyle=":", label=plotting.plain(f"{name} ({error:.1f} %)"))
    axes.legend(title="thin: training, bold: test", fontsize="small")
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    return plotting.save(figure, path)
