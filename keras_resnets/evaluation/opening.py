"""Networks by what a command line can say: a run, a file, or a network's name with its weights."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras

from keras_resnets import data
from keras_resnets._finite import load_model
from keras_resnets.evaluation.evaluator import Judged, judged
from keras_resnets.networks import build
from keras_resnets.runs import Run, open_run
from keras_resnets.weights import Preprocessing


@dataclass(frozen=True, eq=False)
class Opened:
    """A network and what is known of what it was trained on.

    Attributes:
        network: ready to be judged.
        class_names: in its order; None if nobody has named them.
        dataset: the name of its data set; None if it is no run.
        files: where its images are, if it was trained on files; see `data.from_source`.
        run: that it is of; None if it is of none.
    """

    network: Judged
    class_names: tuple[str, ...] | None = None
    dataset: str | None = None
    files: Mapping[str, Any] | None = None
    run: Run | None = None


def open_network(
    source: str | os.PathLike[str],
    *,
    weights: str = "last",
    preprocessing: Preprocessing | None = None,
    options: Mapping[str, Any] | None = None,
) -> Opened:
    """A network that is to be judged or to predict.

    Args:
        source: a run directory; a `.keras` file, which of a run brings the run's mean; or "NETWORK@WEIGHTS", such as
            "resnet50@torchvision" or "resnet20@resnet20.th", as `build` takes them.
        weights: of a run, "last" or "best".
        preprocessing: what a network that is not of a run expects, in place of what its weights say.
        options: of the builder, such as {"shortcut": "A-centered"}.

    Raises:
        FileNotFoundError: if there is no such run or file.
        ValueError: if there is no such network, or its weights do not fit or are not finite.
    """
    path = Path(source)
    name, at, of = os.fspath(source).partition("@")
    if at and not path.exists():
        return _named(build(name, weights=of, **(options or {})), preprocessing)
    if path.suffix == ".keras":
        if not path.exists():
            raise FileNotFoundError(f"There is no file {str(path)!r}.")
        run, model = Run(path.parent), load_model(path)
        return _of_run(run, model) if run.exists() else _named(model, preprocessing)
    run = open_run(path)
    return _of_run(run, run.load(weights))


def _of_run(run: Run, model: keras.Model) -> Opened:
    config = run.read_config()
    network, files = judged(model, mean=run.read_mean()), config.get("files")
    if files:
        photographs = data.ImageTransform.from_mapping(files["augmentation"])
        network = replace(network, size=photographs.size, shorter=photographs.test_side)
    return Opened(network, tuple(config["class_names"]), config.get("dataset"), files, run)


def _named(model: keras.Model, preprocessing: Preprocessing | None) -> Opened:
    way = preprocessing or getattr(model, "preprocessing", None)
    return Opened(judged(model, preprocessing=preprocessing), way.labels if way else None)
