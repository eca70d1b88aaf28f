"""Gradient checkpointing: recompute a branch in the backward pass instead of keeping its activations."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_resnets.layers.branch import BranchLayer
from keras_resnets.layers.tensor import Tensor


@keras.saving.register_keras_serializable(package="keras_resnets")
class Recompute(BranchLayer):
    """Branch whose inputs alone are kept for the backward pass (Chen et al. 2016, arXiv 1604.06174).

    Outputs, gradients and moving statistics are those of the branch. XLA on a CPU merges the two equal computations
    into one, which saves neither time nor memory.

    The layer is called with a list of maps, one for each input of the branch.

    Args:
        branch: Functional `keras.Model` with one output and without dropout, whose mask would be drawn anew in the
            backward pass.
    """

    def call(self, maps: Sequence[Tensor], training: bool = False) -> Tensor:
        """Compute the branch, under `keras.remat` in training."""
        if not training:
            return self.branch(maps, training=False)
        states = self._states()

        def forward(*maps_and_weights: Tensor) -> tuple[Tensor, ...]:
            inputs, weights = list(maps_and_weights[: len(maps)]), maps_and_weights[len(maps) :]
            outputs, new_states = self.branch.stateless_call(weights, states, inputs, training=True)
            return (outputs, *new_states)

        outputs, *states = keras.remat(forward)(*maps, *self._weights())
        self._assign(states)
        return outputs

    def compute_output_spec(self, maps: Sequence[Tensor], training: bool = False) -> Any:
        """Return the shape and dtype of the branch's output."""
        return self.branch.compute_output_spec(maps, training=training)
