"""Padding that no maximum can tell."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_resnets")
class MirrorPadding2D(keras.layers.Layer):
    """Mirrors the map at its edges, the outermost pixels included: `[b, h, w, c]` to `[b, h + 2m, w + 2m, c]`.

    A max pool whose windows reach m pixels around their centre finds the same maxima as with minus infinity outside:
    every mirrored pixel is in the window already. Unlike infinities, they do no harm to quantization.

    Args:
        margin: m, rows and columns on every side; at most the height and width of the map.

    Raises:
        ValueError: if the margin is less than 1.
    """

    def __init__(self, margin, **kwargs):
        super().__init__(**kwargs)
        if margin < 1:
            raise ValueError(f"MirrorPadding2D needs a margin of at least 1, not {margin!r}.")
        self.margin = int(margin)

    def call(self, x):
        side = (self.margin, self.margin)
        return ops.pad(x, ((0, 0), side, side, (0, 0)), mode="symmetric")

    def compute_output_shape(self, input_shape):
        batch, *space, channels = input_shape
        return (batch, *(None if n is None else n + 2 * self.margin for n in space), channels)

    def get_config(self):
        return {**super().get_config(), "margin": self.margin}
