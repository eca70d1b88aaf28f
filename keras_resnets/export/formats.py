"""Export formats by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from keras_resnets._checking import checked
from keras_resnets._errors import unknown
from keras_resnets.export.litert_file import export_litert
from keras_resnets.export.onnx_file import export_onnx
from keras_resnets.export.saved_model import export_saved_model

FORMATS: dict[str, Callable[..., Any]] = {
    "saved_model": export_saved_model,
    "onnx": export_onnx,
    "litert": export_litert,
}
"""Export functions by format; each takes a network, as `evaluate` does, and a path, and returns a record."""


@checked
def find_format(name: str) -> Callable[..., Any]:
    """Return the function that writes a format.

    Raises:
        ValueError: The format is unknown; the message names the nearest match.
    """
    if name not in FORMATS:
        raise ValueError(unknown("format", name, FORMATS))
    return FORMATS[name]


@checked
def options_of(name: str) -> tuple[str, ...]:
    """Return the names of the options of a format's function.

    Raises:
        ValueError: The format is unknown; the message names the nearest match.
    """
    return tuple(inspect.signature(find_format(name)).parameters)
