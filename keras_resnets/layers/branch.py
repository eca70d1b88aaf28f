"""Base of layers that hold a part of a network as a model and decide how it is computed."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_resnets.layers.tensor import Tensor


class BranchLayer(keras.layers.Layer):
    """Layer around a functional model whose layers keep their names and weights.

    Args:
        branch: Functional `keras.Model` with one output.
    """

    def __init__(self, branch: keras.Model, **kwargs: Any) -> None:
        # The layers of the branch cast for themselves; its weights must reach them uncast.
        super().__init__(autocast=False, **kwargs)
        self.branch = branch

    # Values of the backend: TensorFlow counts the gradient of a Keras variable twice if a function with a custom
    # gradient is called with the variable.
    def _weights(self) -> list[Tensor]:
        return [variable.value for variable in self.branch.trainable_variables]

    def _states(self) -> list[Tensor]:
        return [variable.value for variable in self.branch.non_trainable_variables]

    def _assign(self, states: Sequence[Tensor]) -> None:
        """Set the non-trainable variables; call it outside conditionals and `remat`, where JAX forbids assignment."""
        for variable, state in zip(self.branch.non_trainable_variables, states, strict=True):
            variable.assign(state)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the layer, the branch serialized."""
        return {**super().get_config(), "branch": keras.saving.serialize_keras_object(self.branch)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "BranchLayer":
        """Build the layer and its branch from a config."""
        return cls(**{**config, "branch": keras.saving.deserialize_keras_object(config["branch"])})
