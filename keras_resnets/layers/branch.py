"""Layers that decide how a part of a network is computed, and hold that part as a model of their own."""

import keras


class BranchLayer(keras.layers.Layer):
    """A layer around a functional model, whose layers keep their names and weights.

    Args:
        branch: functional `keras.Model` with one output.
    """

    def __init__(self, branch, **kwargs):
        # The branch's layers cast for themselves: its weights must pass through what surrounds them as they are.
        super().__init__(autocast=False, **kwargs)
        self.branch = branch

    # Values of the backend, because TensorFlow counts the gradient of a Keras variable twice where a function with a
    # gradient of its own is called with it.
    def _weights(self):
        return [variable.value for variable in self.branch.trainable_variables]

    def _states(self):
        return [variable.value for variable in self.branch.non_trainable_variables]

    def _assign(self, states):
        """To be called outside of a conditional or a recomputed function, in which JAX lets no variable be assigned."""
        for variable, state in zip(self.branch.non_trainable_variables, states, strict=True):
            variable.assign(state)

    def get_config(self):
        return {**super().get_config(), "branch": keras.saving.serialize_keras_object(self.branch)}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "branch": keras.saving.deserialize_keras_object(config["branch"])})
