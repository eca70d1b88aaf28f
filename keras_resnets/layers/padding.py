"""Mirror padding, which leaves the maxima of a pool unchanged."""

from typing import Any

import keras
from keras import ops

from keras_resnets.layers.tensor import Shape, Tensor


@keras.saving.register_keras_serializable(package="keras_resnets")
class MirrorPadding2D(keras.layers.Layer):
    """Mirror a map at its edges, outermost pixels included: `[b, h, w, c]` to `[b, h + 2m, w + 2m, c]`.

    A max pool whose windows reach m pixels around their center, or that pads at the end what a last window lacks, finds
    the same maxima as with padding by minus infinity, because its window holds every mirrored pixel already. Unlike
    infinities, mirrored pixels do not harm quantization.

    Args:
        margin: m, rows and columns added on every side, or (before, after); at most the height and width of the map.

    Raises:
        ValueError: If a margin is negative, or none is at least 1.
    """

    def __init__(self, margin: int | tuple[int, int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        before, after = (margin, margin) if isinstance(margin, int) else margin
        if min(before, after) < 0 or max(before, after) < 1:
            raise ValueError(f"MirrorPadding2D needs a margin of at least 1, not {margin!r}.")
        self.margins = (int(before), int(after))

    def call(self, x: Tensor) -> Tensor:
        """Pad height and width."""
        return ops.pad(x, ((0, 0), self.margins, self.margins, (0, 0)), mode="symmetric")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape with the margins added."""
        batch, *space, channels = input_shape
        return (batch, *(None if n is None else n + sum(self.margins) for n in space), channels)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the layer."""
        before, after = self.margins
        return {**super().get_config(), "margin": before if before == after else self.margins}
