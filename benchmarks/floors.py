"""What a training step cannot be faster than on a machine: by its arithmetic, and by the memory's bandwidth."""

from __future__ import annotations

import time
from collections.abc import Callable

LONG = 0.02  # seconds: what takes as long has no start-up cost to speak of
MATRIX_SIDES = (1024, 2048, 4096, 8192, 16384)
MIB = (64, 256, 1024, 4096)


def floors(model, batch: int) -> list[dict]:
    """A row for each bound: what a step must do, what this machine does a second, the milliseconds that follow."""
    amounts, rates = work(model, batch), peaks()
    return [
        {
            "bound": bound,
            "amount": amounts[bound],
            "per_second": rates[bound],
            "ms": round(1000 * amounts[bound] / rates[bound], 2),
        }
        for bound in ("operations", "bytes")
    ]


def work(model, batch: int) -> dict[str, float]:
    """Floating-point operations of a step, and bytes that it must move to memory and from it.

    Forward, the gradient of the inputs and that of the weights are a product each: 6 operations for each
    multiply-accumulate. What a convolution gives is written and read forward, as a normalization needs the statistics
    of the whole map before anything can use it; backward it is read once more, and its gradient is written and read: 5
    passes over each map, in the precision of the computations. Each parameter and its velocity, in float32, are read,
    written, or read for a product, 8 times.
    """
    import keras
    import numpy as np

    import keras_resnets as kr

    told = kr.complexity(model)
    maps = sum(np.prod(row.output_shape) for row in told.by_layer if row.multiply_accumulates)
    size = 4 if keras.config.dtype_policy().compute_dtype == "float32" else 2
    return {
        "operations": 6.0 * told.multiply_accumulates * batch,
        "bytes": float(5 * size * maps * batch + 8 * 4 * told.trainable),
    }


def peaks() -> dict[str, float]:
    """Operations a second of a large matrix product in the precision of the computations, and bytes a second of a sum.

    Both are what Keras's backend reaches on this machine, now.
    """
    import keras
    from keras import ops

    dtype = keras.config.dtype_policy().compute_dtype

    def product(side):
        square = ops.ones((side, side), dtype)
        return 2.0 * side**3, lambda: ops.matmul(square, square)[0, 0]

    def summing(mib):
        numbers = ops.ones((mib * 2**18,), "float32")
        return mib * 2.0**20, lambda: ops.sum(numbers)

    return {
        "operations": fastest(map(product, MATRIX_SIDES)),
        "bytes": fastest(map(summing, MIB)),
    }


def fastest(tasks, rounds: int = 5) -> float:
    """The greatest amount a second of tasks that grow, up to the first that is long; each is (amount, function)."""
    best = 0.0
    for amount, task in tasks:
        spent = min(seconds(task) for _ in range(rounds))
        best = max(best, amount / spent)
        if spent > LONG:
            break
    return best


def seconds(task: Callable) -> float:
    """Until the result, a number, is here: some backends return before they have computed."""
    start = time.perf_counter()
    float(task())
    return time.perf_counter() - start
