"""Values that the replicas of a model under `tf.distribute` hold apart: moving statistics, and sums of metrics.

Keras writes those of the first replica into a file, or their total.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import keras
import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf


def averaging(strategy: tf.distribute.Strategy, variables: Iterable[keras.Variable]) -> Callable[[], None]:
    """Return a function that sets variables to their mean over all replicas; all workers must call it."""
    import tensorflow as tf

    values = [variable.value for variable in variables]

    @tf.function
    def average():
        mean = strategy.reduce("MEAN", strategy.run(_joined, args=(values,)), axis=None)
        strategy.run(_assign, args=(values, mean))

    return average if values else lambda: None


def gather(strategy: tf.distribute.Strategy, variables: Sequence[keras.Variable]) -> np.ndarray:
    """Return the values of float32 variables on each replica, `[replicas, values]`; all workers must call it."""
    values = [variable.value for variable in variables]
    return strategy.gather(strategy.run(lambda: _joined(values)[None]), axis=0).numpy()


def scatter(
    strategy: tf.distribute.Strategy, variables: Sequence[keras.Variable], rows: np.ndarray, add: bool = False
) -> None:
    """Assign to the variables of each replica its row of `rows`, as `gather` returned them.

    Args:
        strategy: A strategy of `tf.distribute`.
        variables: float32 variables.
        rows: `[replicas, values]`.
        add: Whether the values are added to those of the variables.
    """
    import tensorflow as tf

    values = [variable.value for variable in variables]

    def assign_own():
        row = tf.gather(rows, tf.distribute.get_replica_context().replica_id_in_sync_group)
        _assign(values, row + _joined(values) if add else row)

    strategy.run(assign_own)


def _joined(values: Sequence[tf.Variable]) -> tf.Tensor:
    import tensorflow as tf

    return tf.concat([tf.reshape(value, [-1]) for value in values], axis=0)


def _assign(values: Sequence[tf.Variable], joined: tf.Tensor) -> None:
    import tensorflow as tf

    sizes = [value.shape.num_elements() for value in values]
    for value, part in zip(values, tf.split(joined, sizes), strict=True):
        value.assign(tf.reshape(part, value.shape))
