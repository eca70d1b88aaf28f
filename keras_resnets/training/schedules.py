"""Learning rates as functions of the optimizer's iterations, so that a resumed run continues at the same rate."""

import math
from numbers import Real
from typing import Any

import keras
from keras import ops
from keras.optimizers import schedules

from keras_resnets._errors import positive_integer
from keras_resnets.training.recipes import record
from keras_resnets.training.recipes.changes import stretched
from keras_resnets.training.recipes.record import Recipe


def learning_rate(recipe: Recipe) -> float | schedules.LearningRateSchedule:
    """Return the schedule of a recipe in iterations; a number if the rate is constant or follows the test error.

    Keras counts each part of an accumulated batch as an iteration, and so does the schedule.

    Raises:
        ValueError: If the recipe is in epochs; `recipes.in_iterations` converts it.
    """
    if recipe.iterations is None:
        raise ValueError(f"The recipe {recipe.name!r} is in epochs: recipes.in_iterations() comes before its schedule.")
    recipe = stretched(recipe, recipe.iterations * recipe.accumulation)
    rate = float(recipe.learning_rate)
    if recipe.warmup is None or not recipe.warmup.length:
        return _after_warmup(recipe, 0)
    length = int(recipe.warmup.length)
    after = _after_warmup(recipe, length)
    if isinstance(after, float):
        after = schedules.ExponentialDecay(rate, 1, 1.0)
    return WarmUp(after, length, recipe.warmup.start * rate, rate, recipe.warmup.shape)


def _after_warmup(recipe: Recipe, length: int) -> float | schedules.LearningRateSchedule:
    """Return the schedule after a warm-up of `length` iterations, counted from its end."""
    rate, schedule = float(recipe.learning_rate), recipe.schedule
    rest = max(1, int(recipe.length) - length)
    match schedule:
        case record.Steps():
            # Keras holds a value up to its boundary, the boundary included.
            changes = [int(time) - length - 1 for time in schedule.at]
            rates = [rate * schedule.factor**k for k in range(len(schedule.at) + 1)]
            return schedules.PiecewiseConstantDecay(changes, rates) if changes else rate
        case record.Exponential():
            return schedules.ExponentialDecay(rate, schedule.every, schedule.factor, schedule.staircase)
        case record.Cosine():
            return schedules.CosineDecay(rate, rest, alpha=schedule.end)
        case record.OneCycle():
            return OneCycle(rate, rest, schedule.rise, schedule.start, schedule.end)
    return rate


def _refuse_not_finite(**values: Any) -> None:
    for name, value in values.items():
        if not isinstance(value, Real) or not math.isfinite(value):
            raise ValueError(f"{name} must be a finite number, not {value!r:.100}.")


@keras.saving.register_keras_serializable(package="keras_resnets")
class WarmUp(schedules.LearningRateSchedule):
    """Warm-up at a lower learning rate, followed by any schedule.

    Of Keras's schedules only `CosineDecay` has a warm-up, which is linear and equal to this one.

    Args:
        after: Schedule that follows, from its iteration 0 on.
        length: Iterations of the warm-up, 1 or more.
        start: Learning rate at iteration 0.
        end: Learning rate that a linear warm-up reaches at iteration `length`.
        shape: "linear" or "constant".
        name: Name of the schedule.

    Raises:
        ValueError: `length` is not a positive integer, or a rate is not a finite number.
    """

    def __init__(self, after, length, start, end, shape="linear", name="warm_up"):
        super().__init__()
        positive_integer("length", length)
        _refuse_not_finite(start=start, end=end)
        self.after = after
        self.length = length
        self.start = start
        self.end = end
        self.shape = shape
        self.name = name

    def __call__(self, step):
        after = ops.cast(self.after(step - self.length), "float32")
        done = ops.cast(step, "float32") / self.length
        slope = self.end - self.start if self.shape == "linear" else 0.0
        return ops.where(done < 1, self.start + slope * done, after)

    def get_config(self):
        return {
            "after": schedules.serialize(self.after),
            "length": self.length,
            "start": self.start,
            "end": self.end,
            "shape": self.shape,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "after": schedules.deserialize(config["after"])})


@keras.saving.register_keras_serializable(package="keras_resnets")
class OneCycle(schedules.LearningRateSchedule):
    """Half a cosine up to `peak` and half a cosine down: PyTorch's OneCycleLR (Smith & Topin 2018, arXiv 1708.07120).

    Args:
        peak: Highest learning rate.
        steps: Iterations of the whole schedule; the last one, `steps - 1`, has the lowest rate.
        rise: Share of them in which the rate rises, up to iteration `rise * steps - 1`.
        start: First learning rate, as a share of `peak`.
        end: Last learning rate, as a share of `peak`.
        name: Name of the schedule.

    Raises:
        ValueError: `steps` is not a positive integer, or another value is not a finite number.
    """

    def __init__(self, peak, steps, rise=0.3, start=1 / 25, end=1 / 25e4, name="one_cycle"):
        super().__init__()
        positive_integer("steps", steps)
        _refuse_not_finite(peak=peak, rise=rise, start=start, end=end)
        self.peak = peak
        self.steps = steps
        self.rise = rise
        self.start = start
        self.end = end
        self.name = name

    def __call__(self, step):
        step = ops.cast(step, "float32")
        top = max(self.rise * self.steps - 1, 1e-6)
        down = max(self.steps - 1 - top, 1e-6)

        def between(first, last, done):
            return last + (first - last) * (1 + ops.cos(math.pi * ops.clip(done, 0.0, 1.0))) / 2

        up_rate = between(self.start, 1.0, step / top)
        return self.peak * ops.where(step <= top, up_rate, between(1.0, self.end, (step - top) / down))

    def get_config(self):
        return {
            "peak": self.peak,
            "steps": self.steps,
            "rise": self.rise,
            "start": self.start,
            "end": self.end,
            "name": self.name,
        }
