"""Plain against residual networks of several depths under one recipe (He et al. 2015, Fig. 1, 4 and 6)."""

import csv
import io
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_resnets import data
from keras_resnets._files import write_text
from keras_resnets.networks import list_models
from keras_resnets.runs import Run, open_run
from keras_resnets.training import recipes, train

FAMILIES = ("plain", "resnet")


@dataclass(frozen=True)
class Curve:
    """One network's training.

    Attributes:
        network: its name.
        family: "plain" or "resnet", or what else its name says before the depth.
        depth: its layers.
        rows: an epoch each: iteration, train_error, test_error in per cent, and what else metrics.csv holds.
    """

    network: str
    family: str
    depth: int
    rows: tuple[dict[str, float], ...]


@dataclass(frozen=True)
class Degradation:
    """Curves of networks of several depths, under one recipe.

    Attributes:
        dataset: its name.
        recipe: the recipe's name and length.
        curves: by family, and by depth in it.
    """

    dataset: str
    recipe: str
    curves: tuple[Curve, ...]

    def excess(self, family: str, error: str = "train_error") -> float:
        """By how many per cent the deepest network of a family ends worse than the shallowest: above 0 it degrades."""
        members = [curve for curve in self.curves if curve.family == family]
        if not members:
            raise ValueError(f"No network of the family {family!r} was trained.")
        return members[-1].rows[-1][error] - members[0].rows[-1][error]

    def table(self) -> str:
        """A line a network, with its errors at the end, and how much deeper ones are worse."""
        lines = [f"{self.dataset}, {self.recipe}", f"{'network':12}  {'training error':>14}  {'test error':>10}"]
        for curve in self.curves:
            last = curve.rows[-1]
            lines.append(f"{curve.network:12}  {last['train_error']:>12.2f} %  {last['test_error']:>8.2f} %")
        for family in dict.fromkeys(curve.family for curve in self.curves):
            lines.append(f"{family}: deepest less shallowest, training error {self.excess(family):+.2f} %")
        return "\n".join(lines)

    def write_csv(self, path: str | os.PathLike[str]) -> None:
        """Write a row a network and epoch: its name, and what its metrics.csv holds."""
        rows = [{"network": curve.network, **row} for curve in self.curves for row in curve.rows]
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: f"{v:.10g}" if isinstance(v, float) else v for name, v in row.items()} for row in rows)
        write_text(Path(path), text.getvalue())

    def figure(self, path: str | os.PathLike[str]) -> tuple[Path, ...]:
        """Draw it as He et al. 2015, Fig. 6; PNG or SVG by the ending of `path`, without one both."""
        from keras_resnets.analysis.figures import draw_degradation

        return draw_degradation(self, path)


def degradation(
    depths: Sequence[int] = (20, 56),
    dataset: str | data.ImageSet | data.FileSet = "cifar10",
    *,
    directory: str | os.PathLike[str] = "runs/degradation",
    recipe: str | os.PathLike[str] | recipes.Recipe | None = None,
    **training: Any,
) -> Degradation:
    """Train plain and residual networks of several depths by one recipe, and lay their curves side by side.

    What an earlier call has trained in `directory` is kept, and what it left unfinished goes on.

    Args:
        depths: layers: 20, 32, 44, 56, 110 and 1202 for small images, 18 and 34 for those of 224 pixels.
        dataset: as for `train`.
        directory: of the runs, a subdirectory each: `plain20`, `resnet20` and so on.
        recipe: of all networks alike, default that of the deepest residual one.
        training: other arguments of `train`, such as epochs and seed; not `run_dir` and `existing`.

    Raises:
        ValueError: for a depth of which there is no plain or no residual network, or for the reasons of `train`.
    """
    ascending = sorted(set(depths))
    if not ascending:
        raise ValueError("Give at least one depth, such as 20.")
    for depth in ascending:
        names = [f"{family}{depth}" for family in FAMILIES]
        if not set(names) <= set(list_models()):
            known = [int(name[5:]) for name in list_models("plain*") if f"resnet{name[5:]}" in list_models()]
            raise ValueError(f"There is no plain and residual network of {depth!r} layers: choose of {known}.")
    rule = recipes.recipe_for(f"resnet{ascending[-1]}") if recipe is None else recipe
    runs = [
        train(name, dataset, run_dir=Path(directory) / name, existing="resume", recipe=rule, **training)
        for family in FAMILIES
        for name in (f"{family}{depth}" for depth in ascending)
    ]
    return read_degradation(runs)


def read_degradation(runs: Iterable[Run | str | os.PathLike[str]]) -> Degradation:
    """The curves of runs that are there, in whatever way they were trained, under one recipe on one data set.

    Raises:
        FileNotFoundError: if there is no run.
        ValueError: if no epoch of one has ended, or recipe or data differ.
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
        raise ValueError("There are no runs to compare.")
    (first, (dataset, recipe)), *others = settings.items()
    for path, (other_dataset, other_recipe) in others:
        if (dataset, recipe) != (other_dataset, other_recipe):
            what = "data sets" if dataset != other_dataset else "recipes"
            raise ValueError(f"The runs in {first!r} and {path!r} have different {what}: they show no degradation.")
    curves.sort(key=lambda curve: (curve.family, curve.depth))
    return Degradation(dataset, f"{recipe['name']}, {curves[0].rows[-1]['iteration']:,.0f} iterations", tuple(curves))
