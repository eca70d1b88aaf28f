"""Where a call is computed, for layers that choose how by it."""

import keras


def xla_on_cpu() -> bool:
    """Whether XLA compiles a call that is made, or traced, here and now for a CPU: as all of JAX, and
    `jit_compile=True` of TensorFlow."""
    if keras.backend.backend() == "jax":
        import jax

        return jax.default_backend() == "cpu"
    return tensorflow_traces_for_xla() and not tensorflow_has_accelerator()


def tensorflow_has_accelerator() -> bool:
    """Whether TensorFlow computes on a GPU or a TPU."""
    import tensorflow as tf

    return any(tf.config.list_logical_devices(kind) for kind in ("GPU", "TPU"))


def tensorflow_traces_for_xla() -> bool:
    """Whether this call is being traced into a `tf.function(jit_compile=True)`, at whatever depth.

    TensorFlow has no public question for it; this is the one that it exports for Keras.
    """
    import tensorflow as tf

    return tf.__internal__.get_enclosing_xla_context() is not None
