"""Memory for time: values that the backward pass needs are computed again instead of kept."""

import keras

from keras_resnets.layers.branch import BranchLayer


@keras.saving.register_keras_serializable(package="keras_resnets")
class Recompute(BranchLayer):
    """A branch of which training keeps the inputs alone (Chen et al. 2016, arXiv 1604.06174).

    Outputs, gradients and moving statistics are those of the branch itself. XLA on a CPU finds the two computations
    equal and does one of them, which saves neither time nor memory.

    Called with a list of maps, as many as the branch has inputs.

    Args:
        branch: functional `keras.Model` of one output; what it draws at random would be drawn anew in the backward
            pass, so it holds no dropout.
    """

    def call(self, maps, training=False):
        if not training:
            return self.branch(maps, training=False)
        states = self._states()

        def forward(*maps_and_weights):
            inputs, weights = list(maps_and_weights[: len(maps)]), maps_and_weights[len(maps) :]
            outputs, new_states = self.branch.stateless_call(weights, states, inputs, training=True)
            return (outputs, *new_states)

        outputs, *states = keras.remat(forward)(*maps, *self._weights())
        self._assign(states)
        return outputs

    def compute_output_spec(self, maps, training=False):
        return self.branch.compute_output_spec(maps, training=training)
