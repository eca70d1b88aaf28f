"""Local response normalization: competition between neighbouring channels (Krizhevsky et al. 2012, sec. 3.3)."""

import keras
from keras import ops

from keras_resnets._errors import is_positive_integer


@keras.saving.register_keras_serializable(package="keras_resnets")
class LocalResponseNormalization(keras.layers.Layer):
    """b_i = a_i / (k + alpha * sum of a_j squared)^beta, over the `size` channels j around i that there are.

    Maps `[..., channels]` to the same shape. The defaults are the paper's. Caffe and PyTorch divide their alpha by
    `size`, so that theirs is `size` times this one.

    Args:
        size: n, how many channels are summed over: an odd number.
        k: the constant.
        alpha: the factor of the sum.
        beta: the exponent.

    Raises:
        ValueError: if `size` is no odd positive integer.
    """

    def __init__(self, size=5, k=2.0, alpha=1e-4, beta=0.75, **kwargs):
        super().__init__(**kwargs)
        if not is_positive_integer(size) or size % 2 == 0:
            raise ValueError(f"size must be an odd positive integer, as many channels before as after, not {size!r}.")
        self.size = size
        self.k = k
        self.alpha = alpha
        self.beta = beta

    def call(self, x):
        channels, side = x.shape[-1], self.size // 2
        squares = ops.pad(ops.square(x), ((0, 0),) * (len(x.shape) - 1) + ((side, side),))
        total = sum(squares[..., first : first + channels] for first in range(self.size))
        return x / ops.power(self.k + self.alpha * total, self.beta)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "size": self.size, "k": self.k, "alpha": self.alpha, "beta": self.beta}
