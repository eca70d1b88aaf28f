"""Local response normalization: competition between neighbouring channels (Krizhevsky et al. 2012, sec. 3.3)."""

from typing import Any

import keras
from keras import ops

from keras_resnets._errors import is_positive_integer
from keras_resnets.layers.tensor import Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_resnets")
class LocalResponseNormalization(keras.layers.Layer):
    """Divide each channel by its neighbours' energy: b_i = a_i / (k + alpha * sum of a_j squared)^beta.

    The sum runs over the `size` channels j centered at i, fewer at the ends. Input and output are `[..., channels]`.
    The defaults are the paper's. Caffe and PyTorch divide alpha by `size`: their alpha is `size` times this one.

    Args:
        size: n, number of channels in the sum, odd.
        k: Constant of the denominator.
        alpha: Factor of the sum.
        beta: Exponent of the denominator.

    Raises:
        ValueError: If `size` is not an odd positive integer.
    """

    def __init__(self, size: int = 5, k: float = 2.0, alpha: float = 1e-4, beta: float = 0.75, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not is_positive_integer(size) or size % 2 == 0:
            raise ValueError(f"size must be an odd positive integer, not {size!r}.")
        self.size = size
        self.k = k
        self.alpha = alpha
        self.beta = beta

    def call(self, x: Tensor) -> Tensor:
        """Normalize across channels."""
        channels, side = x.shape[-1], self.size // 2
        squares = ops.pad(ops.square(x), ((0, 0),) * (len(x.shape) - 1) + ((side, side),))
        total = sum(squares[..., first : first + channels] for first in range(self.size))
        return x / ops.power(self.k + self.alpha * total, self.beta)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of the input."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the layer."""
        return {**super().get_config(), "size": self.size, "k": self.k, "alpha": self.alpha, "beta": self.beta}
