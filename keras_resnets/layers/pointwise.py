"""1x1 convolutions whose kernels get their gradient from one matrix product."""

import keras
from keras import layers

from keras_resnets.layers.backends import tensorflow_has_accelerator, tensorflow_traces_for_xla


@keras.saving.register_keras_serializable(package="keras_resnets", name="PointwiseConv2D")
class PointwiseConv2D(layers.Conv2D):
    """`keras.layers.Conv2D`, whose 1x1 kernel gets its gradient faster from TensorFlow on a CPU.

    That gradient is a product of two matrices, the inputs' `[channels, pixels]` and the upstream gradient's
    `[pixels, filters]`, and takes 0.5 to 0.9 of the time as such (docs/performance.md). Arguments, weights, checkpoints
    and results are Keras's, up to rounding: like `GroupedConv2D` this class calls itself `Conv2D`. It is Keras's own
    computation in inference, on JAX, inside XLA, on accelerators, and for larger kernels, strides, groups, and what is
    not float32 `[batch, height, width, channels]`.
    """

    def call(self, inputs, training=None):
        if not (training and self._is_a_product(inputs)):
            return super().call(inputs)
        outputs = pointwise(inputs, self.kernel)
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


def pointwise(inputs, kernel):
    """TensorFlow's 1x1 convolution, `[batch, height, width, channels]` by `[1, 1, channels, filters]`."""
    import tensorflow as tf

    channels, filters = kernel.shape[2:]

    @tf.custom_gradient
    def convolution(inputs, kernel):
        def gradients(upstream):
            pixels, outputs = tf.reshape(inputs, (-1, channels)), tf.reshape(upstream, (-1, filters))
            # The longer side of the product last: oneDNN is faster so.
            if channels <= filters:
                of_kernel = tf.matmul(pixels, outputs, transpose_a=True)
            else:
                of_kernel = tf.transpose(tf.matmul(outputs, pixels, transpose_a=True))
            of_inputs = tf.nn.conv2d_transpose(upstream, kernel, tf.shape(inputs), 1, "VALID")
            return of_inputs, tf.reshape(of_kernel, kernel.shape)

        return tf.nn.conv2d(inputs, kernel, 1, "VALID"), gradients

    return convolution(inputs, tf.convert_to_tensor(kernel))


# The addresses of a checkpoint's layers are made of the names of their classes, as for GroupedConv2D.
PointwiseConv2D.__name__ = "Conv2D"
