"""Networks that are built to be looked at: their variables have shapes, and never get values."""

import contextlib
from collections.abc import Iterator

import keras
from keras.src.backend.common import global_state

WAITING = "uninitialized_variables"  # Keras's list of variables that get their values when a stateless scope ends


@contextlib.contextmanager
def abstract_init() -> Iterator[None]:
    """What is built inside costs no memory and cannot be run.

    Keras's `StatelessScope(initialize_variables=False)` alone would keep the variables, and give all of them values at
    the end of the next stateless scope, wherever that is: in a step of JAX, or in a layer with stochastic depth.
    """
    before = list(global_state.get_global_attribute(WAITING, []))
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        global_state.set_global_attribute(WAITING, before)
