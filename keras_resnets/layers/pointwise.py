"""1x1 convolutions that train as matrix products."""

import keras
from keras import layers, ops

from keras_resnets.layers.backends import tensorflow_has_accelerator, tensorflow_traces_for_xla


@keras.saving.register_keras_serializable(package="keras_resnets", name="PointwiseConv2D")
class PointwiseConv2D(layers.Conv2D):
    """`keras.layers.Conv2D`, whose training step is made of matrix products for 1x1 kernels on TensorFlow's CPU.

    With a row for each pixel, outputs are `[pixels, channels] @ [channels, filters]`, and both gradients are such
    products too; the kernel's takes 0.5 to 0.9 of the time that it takes as a convolution's (docs/performance.md).
    Arguments, weights, checkpoints and results are Keras's, up to rounding: like `GroupedConv2D` this class calls
    itself `Conv2D`. It is Keras's own computation in inference, on JAX, inside XLA, on accelerators, and for larger
    kernels, strides, groups, and what is not float32 `[batch, height, width, channels]`.
    """

    def call(self, inputs, training=None):
        if not (training and self._is_a_product(inputs)):
            return super().call(inputs)
        outputs = ops.tensordot(inputs, ops.reshape(self.kernel, self.kernel.shape[2:]), 1)
        outputs = outputs + self.bias if self.use_bias else outputs
        return self.activation(outputs)

    def _is_a_product(self, inputs) -> bool:
        return (
            keras.backend.backend() == "tensorflow"
            and self.kernel_size == self.strides == (1, 1)
            and self.groups == 1
            and self.data_format == "channels_last"
            and inputs.dtype == self.compute_dtype == "float32"
            and not tensorflow_traces_for_xla()
            and not tensorflow_has_accelerator()
        )


# The addresses of a checkpoint's layers are made of the names of their classes, as for GroupedConv2D.
PointwiseConv2D.__name__ = "Conv2D"
