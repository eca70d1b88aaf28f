"""Recipes, and training by them; each public name is imported at its first use."""

from typing import TYPE_CHECKING

from keras_resnets._lazy import lazy

if TYPE_CHECKING:
    from keras_resnets.training import recipes as recipes
    from keras_resnets.training.device_faults import DeviceError as DeviceError
    from keras_resnets.training.losses import BinaryCrossEntropy as BinaryCrossEntropy
    from keras_resnets.training.losses import SmoothedCrossEntropy as SmoothedCrossEntropy
    from keras_resnets.training.optimizers import LAMB as LAMB
    from keras_resnets.training.optimizers import LARS as LARS
    from keras_resnets.training.optimizers import CoupledRMSprop as CoupledRMSprop
    from keras_resnets.training.optimizers import CoupledSGD as CoupledSGD
    from keras_resnets.training.plan import plan as plan
    from keras_resnets.training.preemption import Preempted as Preempted
    from keras_resnets.training.schedules import OneCycle as OneCycle
    from keras_resnets.training.schedules import WarmUp as WarmUp
    from keras_resnets.training.trainer import train as train

_PUBLIC = {
    ".device_faults": ("DeviceError",),
    ".losses": ("BinaryCrossEntropy", "SmoothedCrossEntropy"),
    ".optimizers": ("LAMB", "LARS", "CoupledRMSprop", "CoupledSGD"),
    ".plan": ("plan",),
    ".preemption": ("Preempted",),
    ".schedules": ("OneCycle", "WarmUp"),
    ".trainer": ("train",),
}
__all__ = sorted(["recipes", *(name for names in _PUBLIC.values() for name in names)])
__getattr__ = lazy(__name__, _PUBLIC)


def __dir__() -> list[str]:
    return __all__
