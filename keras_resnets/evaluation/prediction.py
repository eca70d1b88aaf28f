"""The classes that a trained network sees in image files."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from keras_resnets import data
from keras_resnets.evaluation.scores import log_probabilities
from keras_resnets.networks import inference_model
from keras_resnets.runs import open_run

MODES = {1: "L", 3: "RGB"}


@dataclass(frozen=True)
class Prediction:
    """What a network says of one file.

    Attributes:
        file: the image's path.
        classes: (class name, probability), the likeliest first.
    """

    file: Path
    classes: tuple[tuple[str, float], ...]

    def __str__(self) -> str:
        return f"{self.file}: " + ", ".join(f"{name} {100 * p:.1f} %" for name, p in self.classes)


def predict(
    run_dir: str | os.PathLike[str],
    files: Iterable[str | os.PathLike[str]],
    *,
    top: int = 3,
    weights: str = "last",
) -> list[Prediction]:
    """Name the `top` likeliest classes of each image file.

    Args:
        run_dir: of a training, as `train` left it.
        files: images of any format that Pillow reads; for a network that was trained on image files, of those that
            `data.from_folder` takes, cut as in its test.
        top: how many classes.
        weights: "last" or "best".

    Raises:
        FileNotFoundError: if there is no run, or it has no weights yet.
        ValueError: if a file is missing or no image, before anything is predicted.
    """
    run = open_run(run_dir)
    config, mean = run.read_config(), run.read_mean()
    paths = [Path(file) for file in files]
    if not paths:
        return []
    if "files" in config:
        pixels = data.centres(paths, data.Photographs.from_mapping(config["files"]["augmentation"]))
    else:
        pixels = np.stack([read_image(path, config["image_shape"]) for path in paths]).astype(np.float32) / 255
    model = inference_model(run.load(weights))
    log_p = log_probabilities(model, model.predict(pixels - mean, verbose=0))
    best = np.argsort(-log_p, axis=1, kind="stable")[:, :top]
    names = config["class_names"]
    return [
        Prediction(path, tuple((names[k], float(np.exp(row[k]))) for k in order))
        for path, row, order in zip(paths, log_p, best, strict=True)
    ]


def read_image(path: str | os.PathLike[str], shape: Sequence[int]) -> np.ndarray:
    """An image file as uint8 [height, width, channels], turned upright, in gray or RGB, resized with antialiasing.

    Raises:
        ValueError: if the file is missing or no whole image.
    """
    from PIL import Image, ImageOps

    height, width, channels = shape
    try:
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image).convert(MODES[channels])
            resized = upright.resize((width, height), Image.Resampling.BILINEAR)
    except FileNotFoundError:
        raise ValueError(f"There is no file {os.fspath(path)!r}.") from None
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"{os.fspath(path)!r} is no image that can be read: {error}.") from error
    return np.asarray(resized, np.uint8).reshape(height, width, channels)
