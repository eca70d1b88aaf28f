"""Batch normalization by TensorFlow's fused operation."""

import keras
from keras import layers, ops

from keras_resnets.layers.backends import tensorflow_traces_for_xla
from keras_resnets.layers.tensor import Tensor


@keras.saving.register_keras_serializable(package="keras_resnets")
class FusedBatchNormalization(layers.BatchNormalization):
    """`keras.layers.BatchNormalization` (Ioffe & Szegedy 2015) with a fused training step on TensorFlow.

    Keras computes mean, squared difference, variance, scale and shift, and the gradient of each, in a pass over the
    whole map apiece, which takes three times as long on a CPU outside XLA (docs/performance.md). Arguments, weights and
    results are those of Keras, up to rounding. Keras's own computation serves inference, JAX, XLA, maps other than
    float32 `[batch, height, width, channels]`, and synchronized or renormalized statistics.
    """

    def call(self, inputs: Tensor, training: bool | None = None, mask: Tensor | None = None) -> Tensor:
        """Normalize by the statistics of the batch in training, by the moving statistics in inference."""
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
        # The operation returns the unbiased variance; Keras averages the biased one.
        count = tf.cast(tf.size(inputs) // channels, "float32")
        variance = variance * (tf.maximum(count - 1, 1) / count)
        for moving, found in ((self.moving_mean, mean), (self.moving_variance, variance)):
            before = ops.cast(moving, "float32")
            moving.assign(before * self.momentum + found * (1 - self.momentum))
        return outputs

    def _can_fuse(self, inputs: Tensor) -> bool:
        return (
            keras.backend.backend() == "tensorflow"
            and len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and inputs.dtype == self.compute_dtype == "float32"
            and not (self.synchronized or getattr(self, "renorm", False))  # Keras 3.12 does not renormalize
            and not tensorflow_traces_for_xla()
        )
