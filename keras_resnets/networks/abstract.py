"""Networks without values: variables have shapes and dtypes only, to inspect a network at no cost of memory."""

import contextlib
from collections.abc import Iterator

import keras
from keras.src.backend.common import global_state

WAITING = "uninitialized_variables"  # Keras's list of variables to initialize when a stateless scope ends


@contextlib.contextmanager
def abstract_init() -> Iterator[None]:
    """Build networks inside this context without memory for their weights; they cannot be run.

    Keras's `StatelessScope(initialize_variables=False)` alone would initialize the variables at the end of the next
    stateless scope, such as a step of JAX or a layer with stochastic depth.
    """
    before = list(global_state.get_global_attribute(WAITING, []))
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        global_state.set_global_attribute(WAITING, before)
