"""Saved networks judged, and asked for the classes of image files."""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from keras_resnets import data
from keras_resnets.evaluation.evaluator import judge
from keras_resnets.evaluation.opening import open_network
from keras_resnets.evaluation.pictures import pictures_of
from keras_resnets.evaluation.prediction import Prediction, name_classes
from keras_resnets.evaluation.report import Evaluation
from keras_resnets.images.crop_protocols import ONE_CROP, Protocol, find_protocol
from keras_resnets.weights import Preprocessing

Source = str | os.PathLike[str]


def evaluate_run(
    sources: Source | Sequence[Source],
    *,
    weights: str = "last",
    data_dir: str | os.PathLike[str] | None = None,
    images=None,
    class_names: Sequence[str] | None = None,
    protocol: Protocol | str | int = ONE_CROP,
    preprocessing: Preprocessing | None = None,
    options: Mapping[str, Any] | None = None,
    batch_size: int | None = None,
    progress: bool | None = None,
) -> Evaluation:
    """Judge a trained run, or several networks by their mean probabilities, by default on the run's own test images.

    Args:
        sources: the run's directory, or another network that `open_network` knows, or several.
        weights: of runs, "last", or "best", which was chosen by the test images themselves and flatters.
        data_dir: of tensorflow-datasets.
        images: in place of the test images, as `evaluate` takes them.
        class_names: as for `evaluate`; by default those of the first network that has names.
        protocol, batch_size, progress: as for `evaluate`.
        preprocessing, options: as for `open_network`.

    Raises:
        FileNotFoundError: if there is no run, or it has no weights yet.
        FloatingPointError: if a network's outputs are not finite.
        ValueError: if there are no images to judge by, or they do not fit the networks; if weights are not finite.
    """
    protocol = find_protocol(protocol)
    several = [sources] if isinstance(sources, str | os.PathLike) else list(sources)
    opened = [open_network(one, weights=weights, preprocessing=preprocessing, options=options) for one in several]
    names = class_names or next((one.class_names for one in opened if one.class_names), None)
    if images is None:
        datasets = {one.dataset for one in opened}
        name = datasets.pop() if len(datasets) == 1 else None
        if name is None:
            raise ValueError("The networks are not runs of one data set: say by what images to judge them.")
        files = opened[0].files
        images = data.from_source(files) if files else data.load(name, data_dir)
    pictures = pictures_of(images, names)
    return judge([one.network for one in opened], pictures, protocol, batch_size=batch_size, progress=progress)


def predict(
    source: Source,
    files: Iterable[str | os.PathLike[str]],
    *,
    top: int = 3,
    weights: str = "last",
    class_names: Sequence[str] | None = None,
    protocol: Protocol | str | int = ONE_CROP,
    preprocessing: Preprocessing | None = None,
    options: Mapping[str, Any] | None = None,
) -> list[Prediction]:
    """Name the `top` likeliest classes of each image file by a trained run, or another saved network.

    Args:
        source: the run's directory, or another network that `open_network` knows.
        files: images of any format that Pillow reads, of any size; a run's network sees the centre of an image whose
            shorter side got its size.
        top: how many classes.
        weights: of a run, "last" or "best".
        class_names: in place of the network's own.
        protocol: whose crops' probabilities are averaged, as for `evaluate`.
        preprocessing, options: as for `open_network`.

    Raises:
        FileNotFoundError: if there is no run, or it has no weights yet.
        FloatingPointError: if a network's outputs are not finite.
        ValueError: if a file is missing or no image, before anything is predicted; if weights are not finite.
    """
    opened = open_network(source, weights=weights, preprocessing=preprocessing, options=options)
    names = class_names or opened.class_names
    return name_classes([opened.network], files, names, protocol=protocol, top=top)
