"""Failures of a device in a training: a GPU that is lost, memory that runs out, a disk that TensorFlow finds full."""

from __future__ import annotations

import errno
import os
import sys

from keras_resnets._errors import one_line

NO_SPACE = os.strerror(errno.ENOSPC)


class DeviceError(OSError):
    """Raised when a device fails in a training; what was saved before is whole."""


def device_fault(error: BaseException) -> str | None:
    """Return in words what failed, if TensorFlow or XLA raised the error because a device failed; None for others."""
    jax, tensorflow = sys.modules.get("jax"), sys.modules.get("tensorflow")
    of_jax = jax is not None and isinstance(error, jax.errors.JaxRuntimeError)
    errors = tensorflow.errors if tensorflow else None
    if errors and isinstance(error, errors.OpError) and NO_SPACE in str(error):
        return f"The disk is full: {_message(error)}"
    if (errors and isinstance(error, errors.ResourceExhaustedError)) or (of_jax and "RESOURCE_EXHAUSTED" in str(error)):
        return f"The device ran out of memory (a smaller batch needs less): {_message(error)}"
    failed = errors and isinstance(error, errors.InternalError | errors.UnavailableError | errors.AbortedError)
    return f"The device failed: {_message(error)}" if failed or of_jax else None


def _message(error: BaseException) -> str:
    """Return what an error says in one line, after the heading that TensorFlow gives errors of compiled programs."""
    return one_line(error).rpartition("<stack traces unavailable> ")[2]
