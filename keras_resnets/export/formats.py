"""The formats by name, as the command line asks for them."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from keras_resnets._errors import unknown
from keras_resnets.evaluation import open_network
from keras_resnets.export.litert_file import export_litert
from keras_resnets.export.onnx_file import export_onnx
from keras_resnets.export.saved_model import export_saved_model
from keras_resnets.weights import Preprocessing


def _of_model(write: Callable[..., Any]) -> Callable[..., Any]:
    """`write`, which takes a model, for a source that `evaluation.open_network` opens."""

    @functools.wraps(write)
    def of_source(
        source: str | os.PathLike[str],
        path: str | os.PathLike[str],
        *,
        class_names: Sequence[str] | None = None,
        preprocessing: Preprocessing | None = None,
        weights: str = "last",
        options: Mapping[str, Any] | None = None,
        **of_the_format: Any,
    ) -> Any:
        opened = open_network(source, weights=weights, preprocessing=preprocessing, options=options)
        network, labels = opened.network, class_names or opened.class_names
        mean = network.mean
        return write(
            network.model, path, preprocessing=network.preprocessing, mean=mean, labels=labels, **of_the_format
        )

    return of_source


FORMATS: dict[str, Callable[..., Any]] = {
    "saved_model": export_saved_model,
    "onnx": _of_model(export_onnx),
    "litert": _of_model(export_litert),
}
"""Functions of a source, as `evaluation.open_network` has it, and a path; what they return says what was written."""


def find_format(name: str) -> Callable[..., Any]:
    """The function of `FORMATS` that writes a format.

    Raises:
        ValueError: for an unknown format, with the nearest match.
    """
    if name not in FORMATS:
        raise ValueError(unknown("format", name, FORMATS))
    return FORMATS[name]


def options_of(name: str) -> tuple[str, ...]:
    """The names of what a format's function can be told.

    Raises:
        ValueError: for an unknown format, with the nearest match.
    """
    return tuple(inspect.signature(find_format(name)).parameters)
