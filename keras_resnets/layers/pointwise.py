"""1x1 convolution that trains as a matrix product."""

import keras
from keras import layers, ops

from keras_resnets.layers.backends import tensorflow_has_accelerator, tensorflow_traces_for_xla
from keras_resnets.layers.tensor import Tensor


@keras.saving.register_keras_serializable(package="keras_resnets", name="PointwiseConv2D")
class PointwiseConv2D(layers.Conv2D):
    """`keras.layers.Conv2D` whose training step with a 1x1 kernel is a matrix product on TensorFlow's CPU.

    With one row a pixel the outputs are `[pixels, channels] @ [channels, filters]`, and both gradients are such
    products too; that of the kernel takes 0.5 to 0.9 of the time of a convolution's (docs/performance.md). Arguments,
    weights, checkpoints and results are those of Keras, up to rounding; like `GroupedConv2D` this class bears the name
    `Conv2D`. Keras's own computation serves inference, JAX, XLA, accelerators, larger kernels, strides, groups, and
    maps other than float32 `[batch, height, width, channels]`.
    """

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        """Multiply pixels by the kernel in training, convolve otherwise."""
        if not (training and self._is_a_product(inputs)):
            return super().call(inputs)
        outputs = ops.tensordot(inputs, ops.reshape(self.kernel, self.kernel.shape[2:]), 1)
        outputs = outputs + self.bias if self.use_bias else outputs
        return self.activation(outputs)

    def _is_a_product(self, inputs: Tensor) -> bool:
        return (
            keras.backend.backend() == "tensorflow"
            and self.kernel_size == self.strides == (1, 1)
            and self.groups == 1
            and self.data_format == "channels_last"
            and inputs.dtype == self.compute_dtype == "float32"
            and not tensorflow_traces_for_xla()
            and not tensorflow_has_accelerator()
        )


# Checkpoints address layers by the name of their class; see GroupedConv2D.
PointwiseConv2D.__name__ = "Conv2D"
