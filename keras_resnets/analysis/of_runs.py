"""Figures and reports of trained runs."""

import base64
import html
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from keras_resnets._files import write_text
from keras_resnets.analysis.comparison import network_options
from keras_resnets.analysis.degradation import read_degradation
from keras_resnets.analysis.lesion import Lesion, lesion
from keras_resnets.analysis.paths import Paths, paths
from keras_resnets.analysis.responses import Responses, draw_responses, responses
from keras_resnets.analysis.surgery import deletable_blocks, residual_blocks
from keras_resnets.complexity import complexity
from keras_resnets.evaluation import Classifier
from keras_resnets.evaluation.classifier import test_images
from keras_resnets.networks import build
from keras_resnets.networks.abstract import abstract_init
from keras_resnets.runs import Run, open_run
from keras_resnets.training.figures import save_errors

Source = Run | str | os.PathLike[str]


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


def analyse(
    run: Source,
    *,
    images=None,
    weights: str = "last",
    data_dir: str | os.PathLike[str] | None = None,
    limit: int | None = 500,
    pairs: bool = False,
    trials: int = 10,
    seed: int = 0,
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
    network = Classifier.open(_run(run).path, weights=weights)
    images = test_images([network], data_dir) if images is None else images
    damage: dict[str, Any] = {"limit": limit, "pairs": pairs, "trials": trials, "seed": seed}
    few = 32 if limit is None else min(32, limit)
    return Analysis(
        responses=responses(network, images, limit=limit),
        lesion=lesion(network, images, **damage) if deletable_blocks(network.model) else None,
        paths=paths(network, images, limit=few, trials=trials, seed=seed) if residual_blocks(network.model) else None,
    )


def draw_runs(
    runs: Iterable[Source],
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
    several = [_run(run) for run in runs]
    if not several:
        raise ValueError("No runs to draw: give at least one.")
    where = Path(directory) if directory is not None else several[0].figures if len(several) == 1 else Path("figures")
    written: list[Path] = []
    found = []
    for run in several:
        ahead = "" if len(several) == 1 else f"{run.path.name}-"
        written += _draw_errors(run, where / f"{ahead}errors")
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


def report(
    run: Source,
    path: str | os.PathLike[str] | None = None,
    *,
    curves_only: bool = False,
    **options: Any,
) -> Path:
    """Write one HTML file with a run's settings, result, curves, complexity and analyses.

    The file contains its pictures and loads nothing from elsewhere.

    Args:
        run: A run directory.
        path: The file, default `RUN/report.html`.
        curves_only: Whether to skip what needs weights and images.
        options: Options of `analyse`.

    Returns:
        The file.

    Raises:
        FileNotFoundError: If the run does not exist.
        ValueError: If no epoch of it has ended, or for the reasons of `analyse`.
    """
    run = _run(run)
    config = run.read_config()
    with abstract_init():
        cost = complexity(build(config["network"], **network_options(config)))
    title = f"{config['network']} on {config['dataset']}"
    parts = [f"<h1>{html.escape(title)}</h1>", _settings(config), _result(run)]
    with TemporaryDirectory() as temporary:
        where = Path(temporary)
        parts.append(_section("Training (thin) and test error (bold)", _draw_errors(run, where / "errors.svg")))
        parts.append(_section("Complexity", (), cost.table()))
        if not curves_only:
            found = analyse(run, **options)
            for heading, result in (
                ("Layer responses (He et al. 2015, Fig. 7)", found.responses),
                ("Lesions (Veit et al. 2016, sec. 4)", found.lesion),
                ("Paths (Veit et al. 2016, sec. 5)", found.paths),
            ):
                if result is None:
                    parts.append(_section(heading, (), "Not applicable: the network has no such blocks."))
                else:
                    parts.append(_section(heading, result.figure(where / "figure.svg"), result.table()))
    path = run.report if path is None else Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, PAGE.format(title=html.escape(title), style=STYLE, body="\n".join(parts)))
    return path


PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title><style>{style}</style></head>
<body>
{body}
</body>
</html>
"""
STYLE = (
    "body{font-family:sans-serif;max-width:70em;margin:2em auto;padding:0 1em;color:#000;background:#fff}"
    "table{border-collapse:collapse}td{border-bottom:1px solid #ccc;padding:.2em 1em .2em 0;vertical-align:top}"
    "pre{overflow-x:auto;background:#f4f4f4;padding:1em}img{max-width:100%}"
)


def _settings(config: dict[str, Any]) -> str:
    """Return the configuration as an HTML table, nested values as JSON."""
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{html.escape(value if isinstance(value, str) else json.dumps(value))}"
        "</td></tr>"
        for name, value in config.items()
    )
    return f"<h2>Settings</h2>\n<table>{rows}</table>"


def _result(run: Run) -> str:
    """Return the result as HTML, or that the training has not ended."""
    if not run.result.exists():
        return "<h2>Result</h2>\n<p>The training has not ended.</p>"
    result = run.read_result()
    return (
        f"<h2>Result</h2>\n<p>Test error {result['test_error']:.2f} %, training error {result['train_error']:.2f} % "
        f"after {result['iterations']:,} iterations, {result['seconds']:,.0f} s; lowest test error "
        f"{result['best_test_error']:.2f} %.</p>"
    )


def _section(heading: str, pictures: Sequence[Path], text: str = "") -> str:
    """Return a heading, embedded pictures and preformatted text as HTML."""
    shown = "".join(
        f'<img alt="{html.escape(heading)}" src="data:image/svg+xml;base64,'
        f'{base64.b64encode(picture.read_bytes()).decode()}">'
        for picture in pictures
    )
    preformatted = f"<pre>{html.escape(text)}</pre>" if text else ""
    return f"<h2>{html.escape(heading)}</h2>\n{shown}{preformatted}"


def _draw_errors(run: Run, path: Path) -> tuple[Path, ...]:
    """Draw the curves of one run."""
    config, rows = run.read_config(), run.read_metrics()
    if not rows:
        raise ValueError(f"No epoch of the run in {str(run.path)!r} has ended.")
    return save_errors(rows, f"{config['network']} on {config['dataset']}", path)


def _comparable(runs: Sequence[Run]) -> bool:
    """Return whether all runs have the same recipe and data set."""
    first, *others = ((config["dataset"], config["recipe"]) for config in (run.read_config() for run in runs))
    return all(other == first for other in others)


def _run(run: Source) -> Run:
    return run if isinstance(run, Run) else open_run(run)
