"""Mirror padding, which leaves the maxima of a pool unchanged."""

from typing import Any

import keras
from keras import ops

from keras_resnets.layers.tensor import Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_resnets")
class MirrorPadding2D(keras.layers.Layer):
    """Mirror a map at its edges, outermost pixels included: `[b, h, w, c]` to `[b, h + 2m, w + 2m, c]`.

    A max pool whose windows reach m pixels around their center finds the same maxima as with padding by minus infinity,
    because its window holds every mirrored pixel already. Unlike infinities, mirrored pixels do not harm quantization.

    Args:
        margin: m, rows and columns added on every side; at most the height and width of the map.

    Raises:
        ValueError: If the margin is less than 1.
    """

    def __init__(self, margin: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if margin < 1:
            raise ValueError(f"MirrorPadding2D needs a margin of at least 1, not {margin!r}.")
        self.margin = int(margin)

    def call(self, x: Tensor) -> Tensor:
        """Pad height and width."""
        side = (self.margin, self.margin)
        return ops.pad(x, ((0, 0), side, side, (0, 0)), mode="symmetric")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape with the margins added."""
        batch, *space, channels = input_shape
        return (batch, *(None if n is None else n + 2 * self.margin for n in space), channels)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the layer."""
        return {**super().get_config(), "margin": self.margin}
