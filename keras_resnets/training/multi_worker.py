"""Training on several machines by `model.fit`, and the repairs that Keras 3 needs for it.

Keras 3.12 to 3.15 fail in two places (measured). To build a model they average the batches of the replicas, which fails
on several workers, and on one for parts of unequal sizes; the batch of one replica has the same shapes. And on several
workers they reduce the results of a step, which are scalars, along an axis. `repair` replaces both functions, each of
which calls Keras's own first, so that a release that works is used as it is.
"""

from __future__ import annotations

import functools
import os
from typing import TYPE_CHECKING

import keras

if TYPE_CHECKING:
    import tensorflow as tf


def repair() -> None:
    """Let `fit`, `evaluate` and `predict` work under `tf.distribute.MultiWorkerMirroredStrategy`.

    `train` calls it for any strategy; a program of your own calls it once, before `model.fit`. Calling it again changes
    nothing.
    """
    from keras.src.backend.tensorflow import trainer

    if not hasattr(trainer.reduce_per_replica, "__wrapped__"):
        trainer.reduce_per_replica = _reducing_scalars(trainer.reduce_per_replica)
        build = trainer.TensorFlowTrainer._maybe_symbolic_build
        trainer.TensorFlowTrainer._maybe_symbolic_build = _building_from_one_replica(build)


def _reducing_scalars(reduce_per_replica):
    import tensorflow as tf

    @functools.wraps(reduce_per_replica)
    def repaired(values, strategy, reduction):
        try:
            return reduce_per_replica(values, strategy, reduction)
        except ValueError:
            if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
                raise
            return keras.tree.map_structure(lambda value: strategy.reduce("MEAN", value, axis=None), values)

    return repaired


def _building_from_one_replica(build):
    import tensorflow as tf

    @functools.wraps(build)
    def repaired(self, iterator=None, data_batch=None):
        try:
            build(self, iterator=iterator, data_batch=data_batch)
        except (ValueError, tf.errors.InvalidArgumentError):
            if iterator is None:
                raise
            _, _, batches = next(iter(iterator))
            local = self.distribute_strategy.experimental_local_results
            build(self, data_batch=keras.tree.map_structure(lambda value: local(value)[0], next(batches)))

    return repaired


def cluster() -> tf.distribute.cluster_resolver.ClusterResolver:
    """Return the cluster that TF_CONFIG or Slurm's environment variables describe."""
    import tensorflow as tf

    if "TF_CONFIG" not in os.environ and int(os.environ.get("SLURM_NTASKS", 1)) > 1:
        return tf.distribute.cluster_resolver.SlurmClusterResolver()
    return tf.distribute.cluster_resolver.TFConfigClusterResolver()


def described() -> bool:
    """Return whether the environment describes a cluster of several workers.

    Raises:
        ValueError: If its description cannot be read.
    """
    if "TF_CONFIG" not in os.environ and "SLURM_NTASKS" not in os.environ:
        return False
    try:
        return sum(map(len, cluster().cluster_spec().as_dict().values())) > 1
    except (ValueError, RuntimeError, KeyError, TypeError) as error:
        raise ValueError(f"Cannot read the cluster in the environment: {error}") from error


def join() -> tuple[tf.distribute.MultiWorkerMirroredStrategy, bool]:
    """Wait for all other workers; return this worker's strategy, and whether it is the chief.

    Raises:
        ValueError: If no cluster is described, or TensorFlow has computed something already.
    """
    import tensorflow as tf

    if not described():
        raise ValueError(
            "The strategy 'multi_worker' needs TF_CONFIG, or Slurm's variables, to describe a cluster of two workers "
            "or more: `keras-resnets launch` sets it."
        )
    resolver = cluster()
    try:
        strategy = tf.distribute.MultiWorkerMirroredStrategy(resolver)
    except RuntimeError as error:
        raise ValueError(
            f"A worker joins its cluster at its start, before anything is computed: {str(error).splitlines()[0]}"
        ) from error
    has_chief = "chief" in resolver.cluster_spec().jobs
    chief = resolver.task_type == "chief" if has_chief else resolver.task_id == 0
    return strategy, chief


def any_worker(strategy: tf.distribute.Strategy, flag: bool) -> bool:
    """Return whether a flag is set on any worker; all workers must call it."""
    import tensorflow as tf

    return bool(_total(strategy)(tf.constant(float(flag))) > 0)


@functools.cache
def _total(strategy):
    """Return the function that sums a number over all workers, compiled once: it is called after every batch."""
    import tensorflow as tf

    return tf.function(lambda number: strategy.reduce("SUM", strategy.run(tf.identity, args=(number,)), axis=None))
