"""The search that ResNeXt asks for: paths, width or depth at equal cost? keras-tuner is imported with its first use."""

from importlib import import_module
from typing import Any

_MODULES = {
    "CardinalitySpace": "space",
    "Setting": "space",
    "Outcome": "report",
    "Report": "report",
    "read_report": "report",
    "search": "searching",
}
__all__ = ["CardinalitySpace", "Outcome", "Report", "Setting", "read_report", "search"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name != "keras_tuner":
            raise
        raise ImportError("kr.tuning needs keras-tuner: pip install keras_resnets[tuner].") from error


def __dir__() -> list[str]:
    return __all__
