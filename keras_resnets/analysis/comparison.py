"""Accuracy against operations and parameters, of networks of this package (Canziani et al. 2016, arXiv 1605.07678)."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_resnets import plotting
from keras_resnets._checking import checked
from keras_resnets._errors import unknown
from keras_resnets._text import table
from keras_resnets.analysis.published import PUBLISHED, Published
from keras_resnets.complexity import complexity
from keras_resnets.networks import build, list_models
from keras_resnets.networks.abstract import abstract_init
from keras_resnets.runs import Run, open_run

CLASSES = {"cifar100": 100}  # of data sets that differ from the network's own
OWN = "own runs"


@dataclass(frozen=True)
class Point:
    """Error and cost of a network.

    Attributes:
        name: Name of the network, or of the run.
        family: Family, such as "resnet" or "densenet", or "own runs".
        error: Top-1 error in per cent.
        multiply_accumulates: Number of multiply-accumulates for one image.
        parameters: Number of trainable parameters.
        source: Source of the error.
    """

    name: str
    family: str
    error: float
    multiply_accumulates: int
    parameters: int
    source: str


@dataclass(frozen=True)
class Comparison:
    """Errors and costs of networks on one data set, by one protocol.

    Attributes:
        dataset: Name of the data set.
        protocol: Protocol by which the errors were measured.
        points: A point for each network or run.
    """

    dataset: str
    protocol: str
    points: tuple[Point, ...]

    def table(self) -> str:
        """Return the networks as text, a line each, the lowest error first."""
        rows = [("network", "error", "multiply-accumulates", "parameters", "source")]
        rows += [
            (p.name, f"{p.error:.2f} %", f"{p.multiply_accumulates:,}", f"{p.parameters:,}", p.source)
            for p in sorted(self.points, key=lambda point: point.error)
        ]
        return f"{self.dataset}, {self.protocol}\n{table(rows, left=(0, 4))}"

    def figure(self, path: str | os.PathLike[str]) -> tuple[Path, ...]:
        """Draw accuracy against operations; areas are parameters, each family has a color and a marker.

        Args:
            path: A file in .png or .svg; without a suffix, both are written.
        """
        figure, (axes,) = plotting.panels(title=f"{self.dataset}: {self.protocol}", width=10, height=6.5)
        families = list(dict.fromkeys(point.family for point in self.points))
        largest = max(point.parameters for point in self.points)
        for number, family in enumerate(families):
            members = [point for point in self.points if point.family == family]
            where = ([p.multiply_accumulates / 1e9 for p in members], [100 - p.error for p in members])
            color, marker = (
                plotting.COLORS[1 + number % (len(plotting.COLORS) - 1)],
                plotting.MARKERS[number % len(plotting.MARKERS)],
            )
            sizes = [1500 * p.parameters / largest for p in members]
            axes.scatter(*where, s=sizes, color=color, edgecolors="black", linewidths=0.5, alpha=0.4)
            axes.scatter(*where, s=22, marker=marker, color=color, edgecolors="black", linewidths=0.6, label=family)
        axes.set(xscale="log", xlabel="multiply-accumulates an image (billions)", ylabel="top-1 accuracy (%)")
        title = f"area: parameters,\nlargest {largest / 1e6:.1f} million"
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), title=title, fontsize="small")
        plotting.label_points(
            axes, [(point.name, point.multiply_accumulates / 1e9, 100 - point.error) for point in self.points]
        )
        return plotting.save(figure, path)


@checked
def compare(
    dataset: str = "imagenet",
    *,
    protocol: str | None = None,
    networks: Iterable[str] | None = None,
    runs: Iterable[Run | str | os.PathLike[str]] = (),
) -> Comparison:
    """Compare published errors of this package's networks, and those of your own runs, with the cost of each network.

    Operations and parameters are those that `complexity` counts at the data set's image size; counting all networks
    takes half a minute.

    Args:
        dataset: "imagenet", "cifar10" or "cifar100", for published errors; any other for runs alone.
        protocol: Protocol of the published errors; for ImageNet "validation, one crop" (default) or "validation, ten
            crops".
        networks: Names of published networks to include; default all.
        runs: Run directories of ended trainings on this data set, with their test errors.

    Raises:
        ValueError: If a protocol or network is unknown, a run is of another data set or has not ended, or there are no
            errors to compare.
        FileNotFoundError: If a run does not exist.
    """
    known = [way for name, way in PUBLISHED if name == dataset]
    own = tuple(_of_run(run if isinstance(run, Run) else open_run(run), dataset) for run in runs)
    if protocol is None:
        protocol = known[0] if known else "test"
    elif protocol not in known:
        raise ValueError(unknown(f"protocol of published errors on {dataset!r}", protocol, known))
    rows = _published(dataset, protocol, networks)
    options = {"classes": CLASSES[dataset]} if dataset in CLASSES else {}
    points = tuple(
        Point(row.network, family_of(row.network), row.top1, *_cost(row.network, options), row.source) for row in rows
    )
    if not points and not own:
        names = ", ".join(repr(name) for name in dict.fromkeys(name for name, _ in PUBLISHED))
        raise ValueError(f"No published errors on {dataset!r}, only on {names}: give runs to compare.")
    return Comparison(dataset, protocol, points + own)


def _published(dataset: str, protocol: str, networks: Iterable[str] | None) -> tuple[Published, ...]:
    """Return the published errors of some networks, or of all."""
    rows = PUBLISHED.get((dataset, protocol), ())
    if networks is None:
        return rows
    wanted = list(networks)
    names = [row.network for row in rows]
    for name in wanted:
        if name not in names:
            raise ValueError(unknown(f"network with a published error on {dataset!r}", name, names))
    return tuple(row for row in rows if row.network in wanted)


def family_of(network: str) -> str:
    """Return the family of a network: "resnext" for "resnext50_32x4d", "inception" for all Inception networks."""
    if "inception" in network or network == "googlenet":
        return "inception"
    return re.split(r"_?\d|_bc|_[abc]$", network)[0]


def _of_run(run: Run, dataset: str) -> Point:
    config = run.read_config()
    if config["dataset"] != dataset:
        raise ValueError(f"The run in {str(run.path)!r} is on {config['dataset']!r}, not on {dataset!r}.")
    if not run.result.exists():
        raise ValueError(f"The run in {str(run.path)!r} has not ended: it has no {run.result.name}.")
    cost = _cost(config["network"], network_options(config))
    return Point(run.path.name, OWN, run.read_result()["test_error"], *cost, f"{run.result}")


def network_options(config: dict[str, Any]) -> dict[str, Any]:
    """Return the options that a run's network was built with, except weights."""
    given = config["recipe"].get("network_options", {})
    options = {"classes": len(config["class_names"]), "input_shape": tuple(config["image_shape"])}
    return options | {name: value for name, value in given.items() if name != "weights"}


def _cost(network: str, options: dict[str, Any]) -> tuple[int, int]:
    """Return the multiply-accumulates and trainable parameters of a network."""
    if network not in list_models():
        raise ValueError(unknown("network", network, list_models()))
    with abstract_init():
        cost = complexity(build(network, **options))
    return cost.multiply_accumulates, cost.trainable
