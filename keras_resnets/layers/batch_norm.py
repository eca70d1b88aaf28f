"""Batch normalization by TensorFlow's one operation for it."""

import keras
from keras import layers, ops

from keras_resnets.layers.backends import tensorflow_traces_for_xla


@keras.saving.register_keras_serializable(package="keras_resnets")
class FusedBatchNormalization(layers.BatchNormalization):
    """`keras.layers.BatchNormalization` (Ioffe & Szegedy 2015), whose training step is one operation on TensorFlow.

    Keras computes mean, squared difference, variance, scale and shift one after the other, and as many gradients, each
    a pass over the whole map: outside XLA that takes three times as long on a CPU (docs/performance.md). Arguments,
    weights and results are Keras's, up to rounding. It is Keras's own computation in inference, on JAX, inside XLA, for
    maps that are not float32 `[batch, height, width, channels]`, and where statistics are synchronized or renormalized.
    """

    def call(self, inputs, training=None, mask=None):
        if not (training and self.trainable and mask is None and self._can_fuse(inputs)):
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        channels = inputs.shape[-1]
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=ops.cast(self.gamma, "float32") if self.scale else tf.ones(channels),
            offset=ops.cast(self.beta, "float32") if self.center else tf.zeros(channels),
            mean=tf.zeros(0),
            variance=tf.zeros(0),
            epsilon=self.epsilon,
            is_training=True,
        )
        # The operation tells the unbiased variance, of which Keras keeps no moving average.
        count = tf.cast(tf.size(inputs) // channels, "float32")
        variance = variance * (tf.maximum(count - 1, 1) / count)
        for moving, found in ((self.moving_mean, mean), (self.moving_variance, variance)):
            before = ops.cast(moving, "float32")
            moving.assign(before * self.momentum + found * (1 - self.momentum))
        return outputs

    def _can_fuse(self, inputs) -> bool:
        return (
            keras.backend.backend() == "tensorflow"
            and len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and inputs.dtype == self.compute_dtype == "float32"
            and not (self.synchronized or self.renorm)
            and not tensorflow_traces_for_xla()
        )
