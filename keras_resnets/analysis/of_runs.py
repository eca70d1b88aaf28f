"""What there is to see of trained runs: their figures, and one report that gathers a run's."""

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
from keras_resnets.analysis.figures import draw_responses
from keras_resnets.analysis.lesion import Lesion, lesion
from keras_resnets.analysis.paths import Paths, paths
from keras_resnets.analysis.responses import Responses, responses
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
    """What the analyses found of one run; None where a network has nothing of that kind.

    Attributes:
        responses: of the layers.
        lesion: None for a network of which no block can be deleted.
        paths: None for a network without shortcuts.
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
    """Responses, lesions and paths of a run's network, on its test images.

    Args:
        run: a run directory.
        images: in place of the run's test images, as `evaluate` takes them.
        weights: "last" or "best".
        data_dir: of tensorflow-datasets.
        limit: so many of the images, spread evenly; None for all. Gradients of paths take up to 32.
        pairs: whether each pair of blocks is deleted too, which takes long.
        trials, seed: of what is drawn at random.

    Raises:
        FileNotFoundError: if there is no run, or it has no weights yet.
        ValueError: if its data set is none that can be loaded by name, and no images are given.
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
    """Draw every figure of some runs, each as PNG and SVG.

    Of each run: `errors`, `responses`, `lesion` and `paths`, as far as its network has them. Of several: those of each
    with the run's name ahead, `responses` of all, and `degradation` where recipe and data are the same.

    Args:
        runs: run directories.
        directory: where the figures go, default that of the run, `RUN/figures`, and of several runs `figures`.
        curves_only: draw what needs neither weights nor images.
        options: those of `analyse`.

    Returns:
        The files.

    Raises:
        FileNotFoundError: if there is no such run.
        ValueError: if no epoch of a run has ended, or for the reasons of `analyse`.
    """
    several = [_run(run) for run in runs]
    if not several:
        raise ValueError("There are no runs to draw.")
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
    """Write one HTML file that tells all of a run: settings, result, curves, complexity and analysis.

    The file holds its pictures itself and asks nothing of a network.

    Args:
        run: a run directory.
        path: of the file, default `RUN/report.html`.
        curves_only: leave out what needs weights and images.
        options: those of `analyse`.

    Raises:
        FileNotFoundError: if there is no run.
        ValueError: if no epoch of it has ended, or for the reasons of `analyse`.
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
                    parts.append(_section(heading, (), "This network has no blocks of that kind."))
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
    """The configuration as a table, a row a setting, what is nested in JSON."""
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{html.escape(value if isinstance(value, str) else json.dumps(value))}"
        "</td></tr>"
        for name, value in config.items()
    )
    return f"<h2>Settings</h2>\n<table>{rows}</table>"


def _result(run: Run) -> str:
    """The outcome, or that there is none yet."""
    if not run.result.exists():
        return "<h2>Result</h2>\n<p>The training has not ended.</p>"
    result = run.read_result()
    return (
        f"<h2>Result</h2>\n<p>Test error {result['test_error']:.2f} %, training error {result['train_error']:.2f} % "
        f"after {result['iterations']:,} iterations, {result['seconds']:,.0f} s; lowest test error "
        f"{result['best_test_error']:.2f} %.</p>"
    )


def _section(heading: str, pictures: Sequence[Path], text: str = "") -> str:
    """A heading, pictures as part of the page, and text as it is."""
    shown = "".join(
        f'<img alt="{html.escape(heading)}" src="data:image/svg+xml;base64,'
        f'{base64.b64encode(picture.read_bytes()).decode()}">'
        for picture in pictures
    )
    told = f"<pre>{html.escape(text)}</pre>" if text else ""
    return f"<h2>{html.escape(heading)}</h2>\n{shown}{told}"


def _draw_errors(run: Run, path: Path) -> tuple[Path, ...]:
    """The curves of one run."""
    config, rows = run.read_config(), run.read_metrics()
    if not rows:
        raise ValueError(f"No epoch of the run in {str(run.path)!r} has ended.")
    return save_errors(rows, f"{config['network']} on {config['dataset']}", path)


def _comparable(runs: Sequence[Run]) -> bool:
    """Whether runs have one recipe and one data set."""
    first, *others = ((config["dataset"], config["recipe"]) for config in (run.read_config() for run in runs))
    return all(other == first for other in others)


def _run(run: Source) -> Run:
    return run if isinstance(run, Run) else open_run(run)
