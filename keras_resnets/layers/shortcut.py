"""Parameter-free shortcut across a change of shape: option A of He et al. 2015, sec. 3.3."""

from typing import Any

import keras
from keras import ops

from keras_resnets.layers.tensor import Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_resnets")
class IdentityShortcut(keras.layers.Layer):
    """Identity with subsampling and zero channels.

    Maps `[b, h, w, c]` to `[b, ceil(h / stride), ceil(w / stride), before + c + after]`.

    Args:
        padding: `(before, after)`, numbers of zero channels before and after the input's; the paper does not say on
            which side they go.
        stride: Distance between the rows and columns kept, the first of which is row 0, column 0.

    Raises:
        ValueError: If a padding is negative or the stride is less than 1.
    """

    def __init__(self, padding: tuple[int, int], stride: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        before, after = padding
        if min(before, after) < 0 or stride < 1:
            raise ValueError(
                f"IdentityShortcut needs paddings of at least 0 and a stride of at least 1, "
                f"not padding={padding!r}, stride={stride!r}."
            )
        self.padding = (int(before), int(after))
        self.stride = int(stride)

    def call(self, x: Tensor) -> Tensor:
        """Subsample rows and columns, then pad channels."""
        if self.stride > 1:  # a 1x1 pool, because the gradient of a slice takes TensorFlow ten times as long
            x = ops.average_pool(x, 1, self.stride, "valid", data_format="channels_last")
        return ops.pad(x, ((0, 0), (0, 0), (0, 0), self.padding))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the subsampled shape with the new channels."""
        batch, *space, channels = input_shape
        space = [None if n is None else -(-n // self.stride) for n in space]
        return (batch, *space, channels + sum(self.padding))  # type: ignore[operator]  # channels are known

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the layer."""
        return {**super().get_config(), "padding": self.padding, "stride": self.stride}
