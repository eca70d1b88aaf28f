"""Report of a run: one page that one would send to a colleague."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from keras_resnets import plotting
from keras_resnets._checking import checked
from keras_resnets.analysis.explanation import METHODS, explain
from keras_resnets.analysis.of_runs import RunSource, analyse, as_run, epochs_of, save_curves
from keras_resnets.analysis.pages.answers import Answers, answers_of, cost_of
from keras_resnets.analysis.pages.html import drawn, png, settings, short, write_page
from keras_resnets.analysis.subject import maps_of
from keras_resnets.complexity import Complexity
from keras_resnets.evaluation import Classifier, Evaluation
from keras_resnets.evaluation.metrics import reliability
from keras_resnets.runs import Run
from keras_resnets.training.progress import duration

Method = Literal["grad_cam", "saliency"]
TEMPLATE = "report.html.jinja"
MOST_CLASSES = 20  # of a confusion matrix that a page has room for
MISTAKES = 12
OPACITY = 0.55  # of a heat map over its image in gray


@checked
def report(
    run: RunSource,
    path: str | os.PathLike[str] | None = None,
    *,
    curves_only: bool = False,
    **options: Any,
) -> Path:
    """Write one HTML page about a run, with its pictures in it; it loads nothing from elsewhere.

    It has the run's error, size, cost and time; its curves; the errors of each class, the confusion matrix of up to 20
    classes, the reliability diagram (Guo et al. 2017), and the most confident mistakes beside what they rest on
    (Grad-CAM); layer responses, lesions and paths; the settings, the machine, and the command that repeats it.

    Args:
        run: A run directory.
        path: The file, default `RUN/report.html`.
        curves_only: Whether to skip what needs weights and images.
        options: Options of `analyse`. Classes are predicted of all test images, or of 10,000 spread evenly over them.

    Returns:
        The file.

    Raises:
        FileNotFoundError: If the run does not exist.
        ValueError: If no epoch of it has ended, or for the reasons of `analyse`.
    """
    run = as_run(run)
    config, rows = run.read_config(), epochs_of(run)
    result = run.read_result() if run.result.exists() else None
    cost = cost_of(run)
    content: dict[str, Any] = {
        "title": f"{config['network']} on {config['dataset']}",
        "curves": drawn(partial(save_curves, run)),
        "architecture": cost.table(),
        "settings": settings(config),
        "command": config.get("command", ""),
        "ended": result is not None,
    }
    judged = None if curves_only else _judged(answers_of(run, options))
    sections = () if curves_only else _sections(run, options)
    figures = head(cost, rows, result, judged.evaluation if judged else None)
    content |= {"figures": figures, "test": judged, "sections": sections}
    return write_page(run.report if path is None else path, TEMPLATE, content)


@dataclass(frozen=True)
class Figure:
    """Number at the head of the page: its name, its value, and a remark."""

    name: str
    value: str
    remark: str


@dataclass(frozen=True)
class Mistake:
    """Image that was taken for another class.

    Attributes:
        name: File name, or number of the image.
        label: Name of its class.
        predicted: Name of the class that it was taken for.
        probability: Probability of that class, in per cent.
        picture: The image as the network sees it, a PNG file in base64.
        heat_map: The same in gray under the heat map of the class that it was taken for.
    """

    name: str
    label: str
    predicted: str
    probability: float
    picture: str
    heat_map: str


@dataclass(frozen=True)
class Judged:
    """Answers of a run's network to its test images.

    Attributes:
        evaluation: Their evaluation.
        reliability: Reliability diagram, an SVG file in base64.
        matrix: Rows of the confusion matrix, each a list of (images, share of the row); empty for many classes.
        method: Name of the method of the heat maps.
        mistakes: The most confident mistakes.
    """

    evaluation: Evaluation
    reliability: str
    matrix: tuple[tuple[tuple[int, float], ...], ...]
    method: str
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True)
class Section:
    """Analysis on the page: its heading, its picture (an SVG file in base64), and its table as text."""

    heading: str
    picture: str = ""
    text: str = ""


def head(
    cost: Complexity,
    rows: Sequence[Mapping[str, float]],
    result: Mapping[str, Any] | None,
    evaluation: Evaluation | None,
) -> tuple[Figure, ...]:
    """Return the four figures at the head of the page."""
    last = rows[-1]
    remark = f"training error {last['train_error']:.2f} %" if result else "the training has not ended"
    if evaluation:
        low, high = evaluation.interval
        remark = f"95 % interval {low:.2f} to {high:.2f} %; {remark}"
    seconds = sum(row["seconds"] for row in rows)
    size = "x".join(map(str, cost.input_shape))
    return (
        Figure("test error", f"{last['test_error']:.2f} %", remark),
        Figure("trainable parameters", short(cost.trainable), f"{cost.trainable:,}"),
        Figure("multiply-accumulates", short(cost.multiply_accumulates), f"an image of {size}"),
        Figure("training time", duration(seconds), f"{int(last['iteration']):,} iterations"),
    )


def _judged(found: Answers) -> Judged:
    """Return what the page shows of a network's answers."""
    method = _method_for(found.network)
    wrong = np.flatnonzero(~found.correct)
    worst = wrong[np.argsort(-found.confidence[wrong], kind="stable")[:MISTAKES]]
    return Judged(
        evaluation=found.evaluation,
        reliability=drawn(partial(_draw_reliability, found.confidence, found.correct)),
        matrix=_matrix(found.evaluation.confusion) if len(found.class_names) <= MOST_CLASSES else (),
        method=METHODS[method].title,
        mistakes=_mistakes(found, worst, method),
    )


def _matrix(confusion: np.ndarray) -> tuple[tuple[tuple[int, float], ...], ...]:
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    return tuple(
        tuple(zip(row.tolist(), share.tolist(), strict=True)) for row, share in zip(confusion, shares, strict=True)
    )


def _mistakes(found: Answers, chosen: np.ndarray, method: Method) -> tuple[Mistake, ...]:
    """Return mistakes with their pictures, explained one at a time, as images may differ in size."""
    names, mistakes = found.class_names, []
    for one in map(int, chosen):
        number = int(found.numbers[one])
        image = found.pictures.images[number]
        told = explain(found.network, [image], method)
        mistakes.append(
            Mistake(
                name=image.name if isinstance(image, Path) else f"image {number:,}",
                label=names[int(found.labels[one])],
                predicted=names[int(found.predicted[one])],
                probability=100 * float(found.confidence[one]),
                picture=png(told.images[0]),
                heat_map=png(_blended(told.images[0], told.heat_maps[0])),
            )
        )
    return tuple(mistakes)


def _method_for(network: Classifier) -> Method:
    """Return "grad_cam", or "saliency" for a network without a layer whose output is a map."""
    return "grad_cam" if maps_of(network.model) else "saliency"


def _blended(image: np.ndarray, heat_map: np.ndarray) -> np.ndarray:
    """Return an image in gray under its heat map, uint8 `[h, w, 3]`."""
    from matplotlib import colormaps

    heat = colormaps["inferno"](heat_map / max(float(heat_map.max()), 1e-12))[..., :3]
    gray = image.mean(axis=-1, keepdims=True) / 255
    return np.rint(255 * (OPACITY * heat + (1 - OPACITY) * gray)).astype(np.uint8)


def _draw_reliability(confidence: np.ndarray, correct: np.ndarray, path: Path) -> tuple[Path, ...]:
    """Draw the accuracy of the answers of each confidence, and below it their number (Guo et al. 2017, Fig. 1)."""
    images, confidences, right = reliability(confidence, correct)
    some = images > 0
    edges = np.arange(len(images)) / len(images)
    figure, (above, below) = plotting.panels(
        1, 2, width=5.0, height=5.0, sharex=True, gridspec_kw={"height_ratios": (3, 1)}
    )
    above.plot((0, 1), (0, 1), color="0.6", linestyle="--", label="perfectly calibrated")
    above.plot(
        confidences[some] / images[some],
        right[some] / images[some],
        "o-",
        color=plotting.COLORS[1],
        label="this network",
    )
    above.set(ylabel="accuracy", ylim=(0, 1.02), xlim=(0, 1.02))
    above.legend(loc="upper left")
    below.bar(edges, images / images.sum(), width=1 / len(images), align="edge", color=plotting.COLORS[6])
    below.set(xlabel="confidence", ylabel="share of images")
    return plotting.save(figure, path)


def _sections(run: Run, options: Mapping[str, Any]) -> tuple[Section, ...]:
    """Return the analyses of a run."""
    found = analyse(run, **options)
    return tuple(
        Section(heading, drawn(result.figure), result.table())
        if result
        else Section(heading, text="Not applicable: the network has no such blocks.")
        for heading, result in (
            ("Lesions (Veit et al. 2016, sec. 4)", found.lesion),
            ("Layer responses (He et al. 2015, Fig. 7)", found.responses),
            ("Paths (Veit et al. 2016, sec. 5)", found.paths),
        )
    )
