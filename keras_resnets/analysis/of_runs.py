"""Figures and measurements of trained runs."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras_resnets._checking import Count, Seed, checked
from keras_resnets.analysis.degradation import read_degradation
from keras_resnets.analysis.lesion import Lesion, lesion
from keras_resnets.analysis.paths import Paths, paths
from keras_resnets.analysis.responses import Responses, draw_responses, responses
from keras_resnets.analysis.surgery import deletable_blocks, residual_blocks
from keras_resnets.evaluation import Classifier
from keras_resnets.evaluation.classifier import test_images
from keras_resnets.evaluation.pictures import Images
from keras_resnets.runs import Run, open_run
from keras_resnets.training.figures import save_errors

RunSource = Run | str | os.PathLike[str]


@dataclass(frozen=True)
class Analysis:
    """Analyses of one run; None for those that do not apply to its network.

    Attributes:
        responses: Responses of the layers.
        lesion: Lesions; None if no block can be deleted.
        paths: Paths; None for a network without shortcuts.
    """

    responses: Responses
    lesion: Lesion | None
    paths: Paths | None


@checked
def analyse(
    run: RunSource,
    *,
    images: Images | None = None,
    weights: str = "last",
    data_dir: str | os.PathLike[str] | None = None,
    limit: Count | None = 500,
    pairs: bool = False,
    trials: Count = 10,
    seed: Seed = 0,
) -> Analysis:
    """Measure responses, lesions and paths of a run's network on its test images.

    Args:
        run: A run directory.
        images: Images in place of the run's test images, as for `evaluate`.
        weights: "last" or "best".
        data_dir: Directory of tensorflow-datasets.
        limit: Number of images, spread evenly over the set; None for all. Gradients of paths use at most 32.
        pairs: Whether to delete each pair of blocks too, which takes long.
        trials, seed: Number and seed of random draws.

    Raises:
        FileNotFoundError: If the run does not exist, or has no weights yet.
        ValueError: If its data set cannot be loaded by name, and no images are given.
    """
    network = Classifier.open(as_run(run).path, weights=weights)
    images = test_images([network], data_dir) if images is None else images
    damage: dict[str, Any] = {"limit": limit, "pairs": pairs, "trials": trials, "seed": seed}
    few = 32 if limit is None else min(32, limit)
    return Analysis(
        responses=responses(network, images, limit=limit),
        lesion=lesion(network, images, **damage) if deletable_blocks(network.model) else None,
        paths=paths(network, images, limit=few, trials=trials, seed=seed) if residual_blocks(network.model) else None,
    )


@checked
def draw_runs(
    runs: Iterable[RunSource],
    directory: str | os.PathLike[str] | None = None,
    *,
    curves_only: bool = False,
    **options: Any,
) -> tuple[Path, ...]:
    """Draw all figures of runs, each as PNG and SVG.

    For each run: `errors`, `responses`, `lesion` and `paths`, as far as they apply to its network. For several runs:
    those of each, prefixed by the run's name, `responses` of all, and `degradation` if recipe and data are the same.

    Args:
        runs: Run directories.
        directory: Directory of the figures, default `RUN/figures`, for several runs `figures`.
        curves_only: Whether to skip what needs weights and images.
        options: Options of `analyse`.

    Returns:
        The files written.

    Raises:
        FileNotFoundError: If a run does not exist.
        ValueError: If no epoch of a run has ended, or for the reasons of `analyse`.
    """
    several = [as_run(run) for run in runs]
    if not several:
        raise ValueError("No runs to draw: give at least one.")
    where = Path(directory) if directory is not None else several[0].figures if len(several) == 1 else Path("figures")
    written: list[Path] = []
    found = []
    for run in several:
        ahead = "" if len(several) == 1 else f"{run.path.name}-"
        written += save_curves(run, where / f"{ahead}errors")
        if not curves_only:
            one = analyse(run, **options)
            found.append(one.responses)
            written += one.responses.figure(where / f"{ahead}responses")
            for name, result in (("lesion", one.lesion), ("paths", one.paths)):
                written += result.figure(where / f"{ahead}{name}") if result else ()
    if len(several) > 1:
        written += draw_responses(found, where / "responses") if found else ()
        if _comparable(several):
            written += read_degradation(several).figure(where / "degradation")
    return tuple(written)


def save_curves(run: Run, path: Path) -> tuple[Path, ...]:
    """Draw the curves of one run."""
    config = run.read_config()
    return save_errors(epochs_of(run), f"{config['network']} on {config['dataset']}", path)


def epochs_of(run: Run) -> list[dict[str, float]]:
    """Return the rows of a run's metrics.csv.

    Raises:
        ValueError: If no epoch of it has ended.
    """
    rows = run.read_metrics()
    if not rows:
        raise ValueError(f"No epoch of the run in {str(run.path)!r} has ended.")
    return rows


def _comparable(runs: Sequence[Run]) -> bool:
    """Return whether all runs have the same recipe and data set."""
    first, *others = ((config["dataset"], config["recipe"]) for config in (run.read_config() for run in runs))
    return all(other == first for other in others)


def as_run(run: RunSource) -> Run:
    """Return the run in a directory."""
    return run if isinstance(run, Run) else open_run(run)
