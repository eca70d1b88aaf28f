"""Stochastic depth (Huang et al. 2016, "Deep Networks with Stochastic Depth", arXiv 1603.09382), also "drop path"."""

from collections.abc import Callable
from functools import partial
from numbers import Real
from typing import Any

import keras
from keras import ops

from keras_resnets._checking import in_words
from keras_resnets.layers.backends import xla_on_cpu
from keras_resnets.layers.branch import BranchLayer
from keras_resnets.layers.tensor import Tensor


@keras.saving.register_keras_serializable(package="keras_resnets")
class StochasticDepth(BranchLayer):
    """Sum of a shortcut and a residual branch that is dropped at random in training (Huang et al. 2016, eq. 2 and 5).

    Other libraries call this stochastic depth or `drop_path`, whose rate is 1 - `survival`.

    =====================  =============================
    training, branch kept  shortcut + branch(x)
    training, dropped      shortcut
    inference              shortcut + survival * branch(x)
    =====================  =============================

    One draw decides for the whole mini-batch (timm's `drop_path` draws for each sample and scales in training). A
    dropped branch keeps its moving statistics, and its weights get gradients of zero, so that momentum and weight decay
    still move them.

    A dropped branch is computed neither forward nor backward. Where XLA compiles for a CPU (JAX, and TensorFlow's
    `jit_compile=True`) it is computed and left out of the sum, because XLA's gradients of convolutions are about a
    hundred times slower inside a conditional (measured by `benchmarks/stochastic_depth.py`).

    The layer is called as `layer(x, shortcut)`: x is the input of the branch; the shortcut has the shape of the
    branch's output. The state of the seed generator is saved with the weights.

    Args:
        branch: Functional `keras.Model` of F, with one input and one output.
        survival: Probability that the branch survives a training step, in (0, 1]; at 1 no random number is drawn.
        seed: Integer; None takes one from Keras's global seed, `keras.utils.set_random_seed`.

    Raises:
        ValueError: If `survival` is not in (0, 1].
    """

    def __init__(self, branch: keras.Model, survival: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(branch, **kwargs)
        self.survival = checked_survival(survival)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, x: Tensor, shortcut: Tensor, training: bool = False) -> Tensor:
        """Add the branch of `x` to `shortcut`: kept or dropped in training, scaled in inference."""
        shortcut = ops.cast(shortcut, self.compute_dtype)
        if not training or self.survival == 1:
            return self._sum(shortcut, self.survival * self.branch(x, training=training))
        weights, states = self._weights(), self._states()

        def survived() -> tuple[Tensor, list[Tensor]]:
            outputs, new_states = self.branch.stateless_call(weights, states, x, training=True)
            return self._sum(shortcut, outputs), new_states

        def dropped() -> tuple[Tensor, list[Tensor]]:
            return _only_first(shortcut, x, *weights), states

        survives = keras.random.uniform((), dtype="float32", seed=self.seed_generator) < self.survival
        choose = _computing_both if xla_on_cpu() else ops.cond
        outputs, states = choose(survives, survived, dropped)
        self._assign(states)
        return outputs

    def _sum(self, shortcut: Tensor, outputs: Tensor) -> Tensor:
        return ops.add(shortcut, ops.cast(outputs, self.compute_dtype))

    def compute_output_spec(self, x: Tensor, shortcut: Tensor, training: bool = False) -> keras.KerasTensor:
        """Return the shape of the shortcut in the compute dtype."""
        return keras.KerasTensor(shortcut.shape, self.compute_dtype)

    def save_own_variables(self, store: Any) -> None:
        """Save the state of the seed generator."""
        store["seed_generator_state"] = self.seed_generator.state

    def load_own_variables(self, store: Any) -> None:
        """Restore the state of the seed generator."""
        self.seed_generator.state.assign(store["seed_generator_state"])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the layer, the branch serialized."""
        return {**super().get_config(), "survival": self.survival, "seed": self.seed}


@ops.custom_gradient
def _only_first(first: Tensor, *others: Tensor) -> tuple[Tensor, Callable[[Tensor], tuple[Tensor, ...]]]:
    """Return `first`, with gradients of zero for the others; eager TensorFlow would give them none."""
    return first, lambda upstream: (upstream, *map(ops.zeros_like, others))


def _computing_both(condition: Tensor, true: Callable[[], Any], false: Callable[[], Any]) -> Any:
    """Select between the results of both functions, as `ops.cond` does between the functions."""
    return keras.tree.map_structure(partial(ops.where, condition), true(), false())


def checked_survival(survival: object, name: str = "survival") -> float:
    """Return a probability of survival as a float.

    Args:
        survival: Probability in (0, 1].
        name: Name of the option, for the error.

    Raises:
        ValueError: If it is not a number in (0, 1].
    """
    if isinstance(survival, bool) or not isinstance(survival, Real) or not 0 < float(survival) <= 1:
        raise ValueError(f"{name} must be a probability above 0 and up to 1, not {in_words(survival)}.")
    return float(survival)
