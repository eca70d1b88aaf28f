"""Stochastic depth (Huang et al. 2016, "Deep Networks with Stochastic Depth", arXiv 1603.09382)."""

import numbers
from functools import partial

import keras
from keras import ops

from keras_resnets.layers.backends import xla_on_cpu
from keras_resnets.layers.branch import BranchLayer


@keras.saving.register_keras_serializable(package="keras_resnets")
class StochasticDepth(BranchLayer):
    """The sum of a shortcut and a residual branch that survives at random (Huang et al. 2016, eq. 2 and 5).

    ========================  =============================
    in training, survived     shortcut + branch(x)
    in training, dropped      shortcut
    in test                   shortcut + survival * branch(x)
    ========================  =============================

    One draw decides for the whole mini-batch. The moving statistics of a dropped branch stay, and its weights get
    gradients of zero, so that momentum and weight decay still move them.

    A dropped branch is not computed, neither forward nor backward, except where XLA compiles for a CPU (JAX, and
    TensorFlow's `jit_compile=True`): there it is computed and left out of the sum, because XLA's gradients of
    convolutions are about a hundred times slower inside a conditional (`benchmarks/stochastic_depth.py` measures it).

    Called as `layer(x, shortcut)`: x is what the branch reads, the shortcut and the result have the shape of what it
    gives. The draws follow a seed generator whose state is saved with the weights.

    Args:
        branch: functional `keras.Model` of F, with one input and one output.
        survival: probability that the branch survives, in (0, 1]; at 1 nothing is drawn.
        seed: integer; None takes one from Keras's global seed, `keras.utils.set_random_seed`.

    Raises:
        ValueError: if `survival` is not in (0, 1].
    """

    def __init__(self, branch, survival, seed=None, **kwargs):
        super().__init__(branch, **kwargs)
        self.survival = checked_survival(survival)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, x, shortcut, training=False):
        shortcut = ops.cast(shortcut, self.compute_dtype)
        if not training or self.survival == 1:
            return self._sum(shortcut, self.survival * self.branch(x, training=training))
        weights, states = self._weights(), self._states()

        def survived():
            outputs, new_states = self.branch.stateless_call(weights, states, x, training=True)
            return self._sum(shortcut, outputs), new_states

        def dropped():
            return _only_first(shortcut, x, *weights), states

        survives = keras.random.uniform((), dtype="float32", seed=self.seed_generator) < self.survival
        choose = _computing_both if xla_on_cpu() else ops.cond
        outputs, states = choose(survives, survived, dropped)
        self._assign(states)
        return outputs

    def _sum(self, shortcut, outputs):
        return ops.add(shortcut, ops.cast(outputs, self.compute_dtype))

    def compute_output_spec(self, x, shortcut, training=False):
        return keras.KerasTensor(shortcut.shape, self.compute_dtype)

    def save_own_variables(self, store):
        store["seed_generator_state"] = self.seed_generator.state

    def load_own_variables(self, store):
        self.seed_generator.state.assign(store["seed_generator_state"])

    def get_config(self):
        return {**super().get_config(), "survival": self.survival, "seed": self.seed}


@ops.custom_gradient
def _only_first(first, *others):
    """`first`, with gradients of zero for the others: executed eagerly, TensorFlow would give them none at all."""
    return first, lambda upstream: (upstream, *map(ops.zeros_like, others))


def _computing_both(condition, true, false):
    return keras.tree.map_structure(partial(ops.where, condition), true(), false())


def checked_survival(survival):
    """`survival`, if it is a probability above zero.

    Raises:
        ValueError: if it is not.
    """
    if isinstance(survival, bool) or not isinstance(survival, numbers.Real) or not 0 < survival <= 1:
        raise ValueError(f"survival must be a probability above 0 and up to 1, not {survival!r}.")
    return float(survival)
