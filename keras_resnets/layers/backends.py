"""Backend, device and compiler of a call, for layers that choose their computation by them."""

import keras


def xla_on_cpu() -> bool:
    """Return whether XLA compiles the current call, or trace, for a CPU.

    True for every call of JAX on a CPU, and for TensorFlow's `jit_compile=True` there.
    """
    if keras.backend.backend() == "jax":
        import jax

        return jax.default_backend() == "cpu"
    return tensorflow_traces_for_xla() and not tensorflow_has_accelerator()


def tensorflow_has_accelerator() -> bool:
    """Return whether TensorFlow computes on a GPU or a TPU."""
    import tensorflow as tf

    return any(tf.config.list_logical_devices(kind) for kind in ("GPU", "TPU"))


def tensorflow_traces_for_xla() -> bool:
    """Return whether the current call is traced into a `tf.function(jit_compile=True)`, at any depth.

    No public function of TensorFlow answers this; the one used here is exported for Keras.
    """
    import tensorflow as tf

    return tf.__internal__.get_enclosing_xla_context() is not None
