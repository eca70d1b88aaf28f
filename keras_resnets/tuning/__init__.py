"""Search for the cardinality, width or depth that is best at equal cost (Xie et al. 2017); needs keras-tuner."""

from typing import TYPE_CHECKING, Any

from keras_resnets._lazy import lazy

if TYPE_CHECKING:
    from keras_resnets.tuning.report import Outcome as Outcome
    from keras_resnets.tuning.report import Report as Report
    from keras_resnets.tuning.report import read_report as read_report
    from keras_resnets.tuning.searching import search as search
    from keras_resnets.tuning.space import CardinalitySpace as CardinalitySpace
    from keras_resnets.tuning.space import Setting as Setting

_PUBLIC = {
    ".report": ("Outcome", "Report", "read_report"),
    ".searching": ("search",),
    ".space": ("CardinalitySpace", "Setting"),
}
__all__ = sorted(name for names in _PUBLIC.values() for name in names)
_get = lazy(__name__, _PUBLIC)


def __getattr__(name: str) -> Any:
    try:
        return _get(name)
    except ModuleNotFoundError as error:
        if error.name != "keras_tuner":
            raise
        raise ImportError("kr.tuning needs keras-tuner: pip install keras_resnets[tuner].") from error


def __dir__() -> list[str]:
    return __all__
