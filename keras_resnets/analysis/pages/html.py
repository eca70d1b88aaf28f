"""HTML pages about runs: their pictures, their words, and their templates."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from keras_resnets._files import write_text

SETTINGS = ("precision", "sync_batch_norm", "seed")


def drawn(draw: Callable[[Path], tuple[Path, ...]]) -> str:
    """Return the picture that `draw` writes to a path, an SVG file in base64."""
    with TemporaryDirectory() as folder:
        (picture,) = draw(Path(folder) / "figure.svg")
        return base64.b64encode(picture.read_bytes()).decode()


def write_page(path: str | os.PathLike[str], template: str, content: Mapping[str, Any]) -> Path:
    """Write a page to a file, whose folders are made, and return its path."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, page(template, content))
    return path


def page(template: str, content: Mapping[str, Any]) -> str:
    """Return a page as HTML, all names and texts escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("keras_resnets.analysis.pages", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(content)


def png(image: np.ndarray) -> str:
    """Return an image, uint8 `[h, w, 1 or 3]`, as a PNG file in base64."""
    from PIL import Image

    with BytesIO() as file:
        Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(file, "PNG")
        return base64.b64encode(file.getvalue()).decode()


def short(number: float) -> str:
    """Return a number with three digits and the prefix k, M or G."""
    for prefix, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:.3g} {prefix}"
    return f"{number:g}"


def settings(config: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return the content of config.json in words, by group and name."""
    recipe = dict(config["recipe"])
    augmentation = recipe.pop("augmentation", None)
    data = {
        "data set": config["dataset"],
        "training images": config.get("train_images"),
        "test images": config.get("test_images"),
        "image": " x ".join(map(str, config.get("image_shape", ()))),
        "classes": config.get("class_names"),
        "augmentation": config.get("augmentation") if augmentation in (None, "dataset") else augmentation,
    }
    groups = {
        "Network": {"network": config["network"], **{name: config.get(name) for name in SETTINGS}},
        "Data": data,
        "Recipe": recipe,
        "Machine": {**config.get("machine", {}), **config.get("devices", {})},
        "Versions": config.get("versions", {}),
    }
    return {
        group: {
            name.replace("_", " "): in_words(value) for name, value in values.items() if value not in (None, "", [], {})
        }
        for group, values in groups.items()
    }


def in_words(value: Any) -> str:
    """Return a value of config.json as a reader would write it."""
    if isinstance(value, Mapping):
        kind = [str(value["kind"])] if "kind" in value else []
        set_ = {name: one for name, one in value.items() if name != "kind" and one not in (None, False, 0, [], {})}
        return ", ".join(kind + [f"{name.replace('_', ' ')} {in_words(one)}" for name, one in set_.items()])
    if isinstance(value, list | tuple) and value:
        *others, last = map(in_words, value)
        return f"{', '.join(others)} and {last}" if others else last
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)
