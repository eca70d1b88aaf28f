"""Optimizers of the recipes: Keras's, and those with coupled weight decay, LARS and LAMB, which Keras lacks."""

import math
from typing import Any

import keras
from keras import ops

from keras_resnets.training import schedules
from keras_resnets.training.recipes import record
from keras_resnets.training.recipes.record import Recipe

# Of variables, as Keras's layers call them.
NAMES = {"norms": ("gamma", "beta"), "biases": ("bias",), "slopes": ("alpha",)}
CLIPPING = {"global_norm": "global_clipnorm", "norm": "clipnorm", "value": "clipvalue"}


class CoupledDecay:
    """Mixin, ahead of a Keras optimizer, that adds the weight decay to the gradient.

    `exclude_from_weight_decay` works as for any Keras optimizer.
    """

    coupled_weight_decay: float

    def update_step(self, gradient, variable, learning_rate):
        if self.coupled_weight_decay and self._use_weight_decay(variable):
            gradient = ops.cast(gradient, variable.dtype)
            gradient = gradient + ops.cast(self.coupled_weight_decay, variable.dtype) * variable
        super().update_step(gradient, variable, learning_rate)

    def get_config(self):
        return {**super().get_config(), "coupled_weight_decay": self.coupled_weight_decay}


def checked_decay(optimizer: str, decay: float, options: dict[str, Any]) -> float:
    """Return `decay`; raise ValueError if it is negative, or if `options` hold Keras's own, which is decoupled."""
    if options.pop("weight_decay", None):
        raise ValueError(f"{optimizer} takes coupled_weight_decay; weight_decay is the decoupled one of Keras.")
    if decay < 0:
        raise ValueError(f"coupled_weight_decay must be at least 0, not {decay}.")
    return decay


class FusedSGD(keras.optimizers.SGD):
    """`keras.optimizers.SGD`, whose step with momentum is one operation a variable on TensorFlow.

    Keras computes it as six, each a pass over the variable (docs/performance.md).
    """

    rate_in_velocity = True

    def update_step(self, gradient, variable, learning_rate):
        if not self.momentum:
            return super().update_step(gradient, variable, learning_rate)
        if keras.backend.backend() != "tensorflow":
            step = super().update_step if self.rate_in_velocity else self._step_without_rate
            return step(gradient, variable, learning_rate)
        import tensorflow as tf

        operations = tf.raw_ops
        apply = operations.ResourceApplyKerasMomentum if self.rate_in_velocity else operations.ResourceApplyMomentum
        apply(
            var=variable.handle,
            accum=self.momentums[self._get_variable_index(variable)].value.handle,
            lr=tf.cast(learning_rate, variable.dtype),
            grad=tf.cast(tf.convert_to_tensor(gradient), variable.dtype),
            momentum=tf.cast(self.momentum, variable.dtype),
            use_nesterov=self.nesterov,
        )

    def _step_without_rate(self, gradient, variable, learning_rate):
        """Step of PyTorch, whose velocity is a sum of gradients."""
        velocity = self.momentums[self._get_variable_index(variable)]
        gradient, rate = ops.cast(gradient, variable.dtype), ops.cast(learning_rate, variable.dtype)
        self.assign(velocity, self.momentum * velocity + gradient)
        self.assign_sub(variable, rate * (gradient + self.momentum * velocity if self.nesterov else velocity))


@keras.saving.register_keras_serializable(package="keras_resnets")
class CoupledSGD(CoupledDecay, FusedSGD):
    """SGD whose weight decay is added to the gradient and so passes through the momentum, as in the papers and PyTorch.

    One step, with `g` the gradient, `v` the velocity and `w` the weight:

        g = g + coupled_weight_decay * w
        v = momentum * v - learning_rate * g
        w = w + v

    `weight_decay` of `keras.optimizers.SGD` acts on the weights alone: 1e-4 there is about a tenth of the papers' 1e-4.
    The learning rate is part of the velocity, as in Caffe and Keras: after a drop of the rate, the velocity goes on at
    the old one for about ten steps. Without `rate_in_velocity` it is multiplied in afterwards, as in PyTorch, Torch and
    TensorFlow's MomentumOptimizer:

        v = momentum * v + g
        w = w - learning_rate * v

    As long as the rate is constant, both take the same steps.

    Args:
        coupled_weight_decay: Factor of the L2 penalty, at least 0.
        rate_in_velocity: Whether the velocity holds the learning rate.
        **kwargs: Options of `keras.optimizers.SGD`, without `weight_decay`.

    Raises:
        ValueError: If the decay is negative, or the decoupled `weight_decay` is given too.
    """

    def __init__(
        self,
        learning_rate=0.01,
        momentum=0.0,
        coupled_weight_decay=0.0,
        rate_in_velocity=True,
        name="coupled_sgd",
        **kwargs,
    ):
        decay = checked_decay("CoupledSGD", coupled_weight_decay, kwargs)
        super().__init__(learning_rate, momentum, name=name, **kwargs)
        self.coupled_weight_decay = decay
        self.rate_in_velocity = bool(rate_in_velocity)

    def get_config(self):
        return {**super().get_config(), "rate_in_velocity": self.rate_in_velocity}


@keras.saving.register_keras_serializable(package="keras_resnets")
class CoupledRMSprop(CoupledDecay, keras.optimizers.RMSprop):
    """RMSprop whose weight decay is added to the gradient, like the gradient of an L2 penalty.

    Args:
        coupled_weight_decay: Factor of the L2 penalty, at least 0.
        initial_square: Value at which the average of the squares begins: 1 in TensorFlow's RMSProp of 2015, by which
            the Inception networks were trained, and in timm's RMSpropTF; 0 in Keras and PyTorch.
        **kwargs: Options of `keras.optimizers.RMSprop`, without `weight_decay`; its epsilon is added inside the root.

    Raises:
        ValueError: If the decay is negative, or the decoupled `weight_decay` is given too.
    """

    def __init__(
        self, learning_rate=0.001, coupled_weight_decay=0.0, initial_square=0.0, name="coupled_rmsprop", **kwargs
    ):
        decay = checked_decay("CoupledRMSprop", coupled_weight_decay, kwargs)
        super().__init__(learning_rate, name=name, **kwargs)
        self.coupled_weight_decay = decay
        self.initial_square = float(initial_square)

    def add_optimizer_variables(self, trainable_variables, name, initializer="zeros"):
        if name == "velocity":  # Keras's name of the average of the squares
            initializer = keras.initializers.Constant(self.initial_square)
        return super().add_optimizer_variables(trainable_variables, name, initializer)

    def get_config(self):
        return {**super().get_config(), "initial_square": self.initial_square}


@keras.saving.register_keras_serializable(package="keras_resnets")
class AdamW(keras.optimizers.AdamW):
    """`keras.optimizers.AdamW` with epsilon added to the corrected root, as in PyTorch and Algorithm 2 of the paper.

    Keras adds it to the root of an average that is not corrected for its start, where it counts 32 times as much in the
    first step and shortens the steps of small gradients.
    """

    def __init__(self, learning_rate=0.001, weight_decay=0.004, epsilon=1e-8, name="adamw", **kwargs):
        super().__init__(learning_rate, weight_decay, epsilon=epsilon, name=name, **kwargs)

    def update_step(self, gradient, variable, learning_rate):
        index = self._get_variable_index(variable)
        mean, square = self._momentums[index], self._velocities[index]
        gradient, rate = ops.cast(gradient, variable.dtype), ops.cast(learning_rate, variable.dtype)
        self.assign_add(mean, (gradient - mean) * (1 - self.beta_1))
        self.assign_add(square, (ops.square(gradient) - square) * (1 - self.beta_2))
        self.assign_sub(variable, rate * adam_step(self, mean, square, variable.dtype))


def adam_step(optimizer, mean, square, dtype):
    """Return Adam's step at a learning rate of 1, from the averages of gradient and square before their correction."""
    steps = ops.cast(optimizer.iterations + 1, dtype)
    mean = mean / _share_of_steps(optimizer.beta_1, steps)
    square = square / _share_of_steps(optimizer.beta_2, steps)
    return mean / (ops.sqrt(square) + optimizer.epsilon)


def _share_of_steps(beta, steps):
    """Return 1 - beta ** steps; the difference itself would lose four of seven digits in the first steps."""
    return -ops.expm1(steps * math.log(beta)) if beta else ops.ones_like(steps)


@keras.saving.register_keras_serializable(package="keras_resnets")
class LARS(CoupledDecay, FusedSGD):
    """Layer-wise adaptive rate scaling (You, Gitman, Ginsburg 2017, arXiv 1708.03888, Algorithm 1).

    One step, with `g` the gradient, `v` the velocity and `w` the weights of one variable:

        local = trust * |w| / (|g| + coupled_weight_decay * |w|), or 1 where |w| or |g| is 0
        v = momentum * v - learning_rate * local * (g + coupled_weight_decay * w)
        w = w + v

    Variables that `exclude_from_weight_decay` names take a plain step of SGD.

    Args:
        trust: The paper's eta, above 0.
        coupled_weight_decay: The paper's beta, at least 0.
        **kwargs: Options of `keras.optimizers.SGD`, without `weight_decay` and `nesterov`.

    Raises:
        ValueError: If the decay is negative, or the decoupled `weight_decay` is given too.
    """

    def __init__(self, learning_rate=0.01, momentum=0.9, trust=0.001, coupled_weight_decay=0.0, name="lars", **kwargs):
        decay = checked_decay("LARS", coupled_weight_decay, kwargs)
        super().__init__(learning_rate, momentum, name=name, **kwargs)
        self.trust = trust
        self.coupled_weight_decay = decay

    def update_step(self, gradient, variable, learning_rate):
        if self._use_weight_decay(variable):
            weights, gradients = norm(variable), norm(gradient)
            local = self.trust * weights / (gradients + self.coupled_weight_decay * weights + tiny(variable))
            moving = ops.logical_and(weights > 0, gradients > 0)
            learning_rate = ops.cast(learning_rate, variable.dtype) * ops.where(moving, local, ops.ones_like(local))
        super().update_step(gradient, variable, learning_rate)

    def get_config(self):
        return {**super().get_config(), "trust": self.trust}


@keras.saving.register_keras_serializable(package="keras_resnets")
class LAMB(CoupledDecay, keras.optimizers.Lamb):
    """LAMB with the weight decay inside the step that is rescaled (You et al. 2020, arXiv 1904.00962, Algorithm 2).

    One step, with `m` and `v` the running averages of the gradient and its square, their starts corrected:

        r = m / (sqrt(v) + epsilon) + coupled_weight_decay * w
        w = w - learning_rate * |w| / |r| * r

    `weight_decay` of `keras.optimizers.Lamb` is subtracted from the weights beside that step, without |w| / |r|, and is
    often tens of times as strong. Variables that `exclude_from_weight_decay` names are not rescaled either, as in timm.

    Args:
        coupled_weight_decay: Weight decay, at least 0.
        **kwargs: Options of `keras.optimizers.Lamb`, without `weight_decay`.

    Raises:
        ValueError: If the decay is negative, or the decoupled `weight_decay` is given too.
    """

    def __init__(self, learning_rate=0.001, coupled_weight_decay=0.0, epsilon=1e-6, name="lamb", **kwargs):
        decay = checked_decay("LAMB", coupled_weight_decay, kwargs)
        super().__init__(learning_rate, epsilon=epsilon, name=name, **kwargs)
        self.coupled_weight_decay = decay

    def update_step(self, gradient, variable, learning_rate):
        gradient = ops.cast(gradient, variable.dtype)
        index = self._get_variable_index(variable)
        mean, square = self._momentums[index], self._velocities[index]
        self.assign_add(mean, (gradient - mean) * (1 - self.beta_1))
        self.assign_add(square, (ops.square(gradient) - square) * (1 - self.beta_2))
        step = adam_step(self, mean, square, variable.dtype)
        rate = ops.cast(learning_rate, variable.dtype)
        if self._use_weight_decay(variable):
            step = step + ops.cast(self.coupled_weight_decay, variable.dtype) * variable
            weights, length = norm(variable), norm(step)
            moving = ops.logical_and(weights > 0, length > 0)
            rate = rate * ops.where(moving, weights / (length + tiny(variable)), ops.ones_like(weights))
        self.assign_sub(variable, rate * step)


def norm(tensor):
    """Return the Euclidean norm of all values of a tensor."""
    return ops.sqrt(ops.sum(ops.square(tensor)))


def tiny(variable):
    """Return a number that keeps the quotient finite where `where` discards it."""
    return ops.cast(1e-30, variable.dtype)


def optimizer(recipe: Recipe) -> keras.optimizers.Optimizer:
    """Return the optimizer of a recipe in iterations; its learning rate is a function of its own iterations.

    The variables excluded from weight decay are not in the config of a Keras optimizer: call `exclude` after loading.
    """
    part = recipe.optimizer
    options: dict[str, Any] = {"learning_rate": schedules.learning_rate(recipe)}
    if recipe.clipping:
        options[CLIPPING[recipe.clipping.by]] = float(recipe.clipping.threshold)
    if recipe.accumulation > 1:
        options["gradient_accumulation_steps"] = recipe.accumulation
    if recipe.ema:
        options |= {"use_ema": True, "ema_momentum": ema_momentum(recipe)}
    made = _made(part, options)
    exclude(made, recipe)
    return made


def _made(part: record.Optimizer, options: dict[str, Any]) -> keras.optimizers.Optimizer:
    decoupled = getattr(part, "decay", "coupled") == "decoupled"
    decay = {"weight_decay" if decoupled else "coupled_weight_decay": float(part.weight_decay)}
    match part:
        case record.SGD():
            momentum = {"momentum": float(part.momentum), "nesterov": part.nesterov}
            if decoupled:
                return keras.optimizers.SGD(**momentum, **decay, **options)
            return CoupledSGD(rate_in_velocity=part.rate_in_velocity, **momentum, **decay, **options)
        case record.RMSProp():
            rates = {"rho": part.rho, "momentum": float(part.momentum), "epsilon": part.epsilon}
            if decoupled:
                return keras.optimizers.RMSprop(**rates, **decay, **options)
            return CoupledRMSprop(initial_square=part.initial_square, **rates, **decay, **options)
        case record.AdamW():
            betas = {"beta_1": part.beta_1, "beta_2": part.beta_2, "epsilon": part.epsilon}
            return AdamW(weight_decay=float(part.weight_decay), **betas, **options)
        case record.LAMB():
            return LAMB(beta_1=part.beta_1, beta_2=part.beta_2, epsilon=part.epsilon, **decay, **options)
        case record.LARS():
            return LARS(momentum=float(part.momentum), trust=part.trust, **decay, **options)


def reschedule(optimizer: keras.optimizers.Optimizer, recipe: Recipe) -> None:
    """Give a loaded optimizer the learning rates and the running average of a recipe, perhaps of another length."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    rate = schedules.learning_rate(recipe)
    if not isinstance(rate, float):
        inner.learning_rate = rate
    if recipe.ema:
        inner.ema_momentum = ema_momentum(recipe)


def ema_momentum(recipe: Recipe) -> float:
    """Return the momentum of the running average, which Keras updates after each part of an accumulated batch."""
    return recipe.ema ** (1 / recipe.accumulation)


def exclude(optimizer: keras.optimizers.Optimizer, recipe: Recipe) -> None:
    """Exclude the variables that the recipe names from weight decay; call it before the first step and after a load."""
    names = [name for group in recipe.optimizer.exclude for name in NAMES[group]]
    getattr(optimizer, "inner_optimizer", optimizer).exclude_from_weight_decay(var_names=names)
