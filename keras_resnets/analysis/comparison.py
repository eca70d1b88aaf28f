"""Accuracy against operations and parameters, of networks of this package (Canziani et al. 2016, arXiv 1605.07678)."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_resnets._errors import unknown
from keras_resnets.analysis.published import PUBLISHED
from keras_resnets.complexity import complexity
from keras_resnets.networks import build, list_models
from keras_resnets.networks.abstract import abstract_init
from keras_resnets.runs import Run, open_run

CLASSES = {"cifar100": 100}  # where they are not the network's own number
OWN = "own runs"


@dataclass(frozen=True)
class Point:
    """A network with what it costs and how often it errs.

    Attributes:
        name: of the network, or of the run.
        family: "resnet", "densenet" and so on, or "own runs".
        error: top-1, in per cent.
        multiply_accumulates: for one image.
        parameters: trainable ones.
        source: of the error.
    """

    name: str
    family: str
    error: float
    multiply_accumulates: int
    parameters: int
    source: str


@dataclass(frozen=True)
class Comparison:
    """Networks on one data set, by one protocol.

    Attributes:
        dataset: its name.
        protocol: how the errors were measured.
        points: a network or a run each.
    """

    dataset: str
    protocol: str
    points: tuple[Point, ...]

    def table(self) -> str:
        """A line a network, as text, the lowest error first."""
        rows = [("network", "error", "multiply-accumulates", "parameters", "source")]
        rows += [
            (p.name, f"{p.error:.2f} %", f"{p.multiply_accumulates:,}", f"{p.parameters:,}", p.source)
            for p in sorted(self.points, key=lambda point: point.error)
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:4], widths[1:4]), row[4]]).rstrip()
            for row in rows
        ]
        return "\n".join([f"{self.dataset}, {self.protocol}", *lines])

    def figure(self, path: str | os.PathLike[str]) -> tuple[Path, ...]:
        """Draw accuracy against operations; PNG or SVG by the ending of `path`, without one both."""
        from keras_resnets.analysis.figures import draw_comparison

        return draw_comparison(self, path)


def compare(
    dataset: str = "imagenet",
    *,
    protocol: str | None = None,
    networks: Iterable[str] | None = None,
    runs: Iterable[Run | str | os.PathLike[str]] = (),
) -> Comparison:
    """Published errors of this package's networks, and those of your own runs, with what each network costs.

    Operations and parameters are those that `complexity` counts of the network at the data set's size; counting all
    networks takes half a minute.

    Args:
        dataset: "imagenet", "cifar10" or "cifar100", of which there are published errors; of any other the runs alone.
        protocol: of the published errors, for ImageNet "validation, one crop" (default) or "validation, ten crops".
        networks: those alone of the published ones; default all.
        runs: run directories of ended trainings on this data set, which are judged on its test images by one crop.

    Raises:
        ValueError: for an unknown protocol or network, a run of another data set or one that has not ended, or if there
            is nothing to compare.
        FileNotFoundError: if there is no such run.
    """
    known = [way for name, way in PUBLISHED if name == dataset]
    own = tuple(_of_run(run if isinstance(run, Run) else open_run(run), dataset) for run in runs)
    if protocol is None:
        protocol = known[0] if known else "test"
    elif protocol not in known:
        raise ValueError(unknown(f"protocol of published errors on {dataset!r}", protocol, known))
    rows = PUBLISHED.get((dataset, protocol), ())
    if networks is not None:
        wanted = list(networks)
        there = [row.network for row in rows]
        for name in wanted:
            if name not in there:
                raise ValueError(unknown(f"network with a published error on {dataset!r}", name, there))
        rows = tuple(row for row in rows if row.network in wanted)
    options = {"classes": CLASSES[dataset]} if dataset in CLASSES else {}
    points = tuple(
        Point(row.network, family_of(row.network), row.top1, *_cost(row.network, options), row.source) for row in rows
    )
    if not points and not own:
        names = ", ".join(repr(name) for name in dict.fromkeys(name for name, _ in PUBLISHED))
        raise ValueError(f"No errors on {dataset!r} are published here, only on {names}: give runs on it to compare.")
    return Comparison(dataset, protocol, points + own)


def family_of(network: str) -> str:
    """ "resnext" of "resnext50_32x4d", "preact_resnet" of "preact_resnet200", "inception" of all Inceptions."""
    if "inception" in network or network == "googlenet":
        return "inception"
    return re.split(r"_?\d|_bc", network)[0]


def _of_run(run: Run, dataset: str) -> Point:
    config = run.read_config()
    if config["dataset"] != dataset:
        raise ValueError(f"The run in {str(run.path)!r} is on {config['dataset']!r}, not on {dataset!r}.")
    if not run.result.exists():
        raise ValueError(f"The run in {str(run.path)!r} has not ended: it has no {run.result.name}.")
    cost = _cost(config["network"], network_options(config))
    return Point(run.path.name, OWN, run.read_result()["test_error"], *cost, f"{run.result}")


def network_options(config: dict[str, Any]) -> dict[str, Any]:
    """What a run's network was built with, but for weights."""
    given = config["recipe"].get("network_options", {})
    options = {"classes": len(config["class_names"]), "input_shape": tuple(config["image_shape"])}
    return options | {name: value for name, value in given.items() if name != "weights"}


def _cost(network: str, options: dict[str, Any]) -> tuple[int, int]:
    """Multiply-accumulates and trainable parameters."""
    if network not in list_models():
        raise ValueError(unknown("network", network, list_models()))
    with abstract_init():
        cost = complexity(build(network, **options))
    return cost.multiply_accumulates, cost.trainable
