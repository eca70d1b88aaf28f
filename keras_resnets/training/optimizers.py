"""The papers' optimizer and learning rate, in Keras's terms."""

import keras
from keras import ops

from keras_resnets.training.recipes import Recipe


@keras.saving.register_keras_serializable(package="keras_resnets")
class CoupledSGD(keras.optimizers.SGD):
    """SGD whose weight decay is added to the gradient and so passes through the momentum, as in the papers and PyTorch.

    One step, with `g` the gradient, `v` the velocity and `w` the weight:

        g = g + coupled_weight_decay * w
        v = momentum * v - learning_rate * g
        w = w + v

    `weight_decay` of `keras.optimizers.SGD` acts on the weights alone: 1e-4 there is about a tenth of the papers' 1e-4.
    The learning rate is part of the velocity, as in Caffe, which the authors used; PyTorch multiplies it in afterwards,
    which is the same as long as it is constant. `exclude_from_weight_decay` works as for any Keras optimizer.

    Args:
        coupled_weight_decay: at least 0, the L2 penalty's factor.
        **kwargs: of `keras.optimizers.SGD`, without `weight_decay`.

    Raises:
        ValueError: for a negative decay, or if the decoupled `weight_decay` is asked for too.
    """

    def __init__(self, learning_rate=0.01, momentum=0.0, coupled_weight_decay=0.0, name="coupled_sgd", **kwargs):
        if kwargs.pop("weight_decay", None):
            raise ValueError(
                "CoupledSGD takes coupled_weight_decay; weight_decay is the decoupled one of keras.optimizers.SGD."
            )
        if coupled_weight_decay < 0:
            raise ValueError(f"coupled_weight_decay must be at least 0, not {coupled_weight_decay}.")
        super().__init__(learning_rate, momentum, name=name, **kwargs)
        self.coupled_weight_decay = coupled_weight_decay

    def update_step(self, gradient, variable, learning_rate):
        if self.coupled_weight_decay and self._use_weight_decay(variable):
            decay = ops.cast(self.coupled_weight_decay, variable.dtype)
            gradient = ops.cast(gradient, variable.dtype) + decay * variable
        super().update_step(gradient, variable, learning_rate)

    def get_config(self):
        return {**super().get_config(), "coupled_weight_decay": self.coupled_weight_decay}


def optimizer(recipe: Recipe) -> keras.optimizers.Optimizer:
    """The optimizer of `recipe`, its learning rate following the optimizer's own iterations."""
    return CoupledSGD(learning_rate(recipe), recipe.momentum, coupled_weight_decay=recipe.weight_decay)


def learning_rate(recipe: Recipe) -> keras.optimizers.schedules.LearningRateSchedule:
    """Constant warm-up, then steps: the first iteration at the new rate is number `decay_at`, counted from 0."""
    steps = [recipe.learning_rate * recipe.decay_factor**k for k in range(len(recipe.decay_at) + 1)]
    changes = list(recipe.decay_at)
    if recipe.warmup_iterations:
        steps, changes = [recipe.warmup_learning_rate, *steps], [recipe.warmup_iterations, *changes]
    # Keras holds a value up to its boundary, the boundary included.
    return keras.optimizers.schedules.PiecewiseConstantDecay([change - 1 for change in changes], steps)
