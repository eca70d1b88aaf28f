"""Trained networks on their way out: equal ones for inference, and files that other programs run."""

from collections.abc import Callable
from typing import Any

from keras_resnets._errors import unknown
from keras_resnets.export.folding import inference_model
from keras_resnets.export.saved_model import SavedModel, export_saved_model

FORMATS: dict[str, Callable[..., Any]] = {"saved_model": export_saved_model}
"""By name, functions of a network and a place, with options of their own; what they return says what was written."""


def find_format(name: str) -> Callable[..., Any]:
    """The function of `FORMATS` that writes a format.

    Raises:
        ValueError: for an unknown format, with the nearest match.
    """
    if name not in FORMATS:
        raise ValueError(unknown("format", name, FORMATS))
    return FORMATS[name]


__all__ = ["FORMATS", "SavedModel", "export_saved_model", "find_format", "inference_model"]
