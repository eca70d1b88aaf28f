"""Gradients of a network at its images or at an inner map, on TensorFlow and on JAX."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

Watch = Callable[[Any], Any]
Score = Callable[[Any, Any, Watch], tuple[Any, Any]]
Gradients = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]


def gradients(model: keras.Model, score: Score) -> Gradients:
    """Compile a function from images and labels to outputs, one tensor on their way, and the score's gradient at it.

    Args:
        model: Network that the score computes with; it has one input.
        score: `(images, labels, watch) -> (score, outputs)`, a scalar and a tensor. It calls `watch` once, on the
            tensor at which the gradient is taken, and goes on with what `watch` returns.

    Returns:
        `(images, labels) -> (outputs, watched, gradient)`, of float32 images and int64 labels, all float32.

    Raises:
        NotImplementedError: On a backend other than TensorFlow and JAX.
    """
    backend = keras.backend.backend()
    if backend not in BACKENDS:
        raise NotImplementedError(f"Gradients need the backend TensorFlow or JAX, not {backend!r}.")
    return BACKENDS[backend](model, score)


def _by_tensorflow(model: keras.Model, score: Score) -> Gradients:
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec(model.inputs[0].shape), tf.TensorSpec([None], tf.int64)])
    def compiled(images, labels):
        watched: list[Any] = []

        def watch(tensor):
            tape.watch(tensor)
            watched.append(tensor)
            return tensor

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            value, outputs = score(images, labels, watch)
        gradient = tape.gradient(value, watched[0], unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return [tf.cast(x, tf.float32) for x in (outputs, watched[0], gradient)]

    concrete = compiled.get_concrete_function()  # TensorFlow would warn of functions made for several models

    def run(images, labels):
        outputs, watched, gradient = concrete(tf.constant(images), tf.constant(labels))
        return outputs.numpy(), watched.numpy(), gradient.numpy()

    return run


def _by_jax(model: keras.Model, score: Score) -> Gradients:
    import jax

    variables = list(model.variables)

    @jax.jit
    def compiled(images, labels, values):
        def scored(shift):
            watched = []

            def watch(tensor):
                watched.append(tensor)
                return tensor if shift is None else tensor + shift

            with keras.StatelessScope(state_mapping=zip(variables, values, strict=True)):
                value, outputs = score(images, labels, watch)
            return value, (outputs, watched[0])

        _, (_, at) = jax.eval_shape(lambda: scored(None))
        no_shift = ops.zeros(at.shape, at.dtype)
        gradient, (outputs, watched) = jax.grad(scored, has_aux=True)(no_shift)
        return [ops.cast(x, "float32") for x in (outputs, watched, gradient)]

    def run(images, labels):
        outputs, watched, gradient = compiled(images, labels, [variable.value for variable in variables])
        return np.asarray(outputs), np.asarray(watched), np.asarray(gradient)

    return run


BACKENDS = {"tensorflow": _by_tensorflow, "jax": _by_jax}
