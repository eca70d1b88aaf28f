"""Several machines through `model.fit`: what Keras 3 lacks for TensorFlow's strategies.

Keras 3.12 to 3.15 fail at two places (measured). To build a model they take the mean of the replicas' batches, which on
several workers hands values of replicas on as if they were tensors, and anywhere fails for parts of unequal sizes; one
replica's batch tells the shapes as well. And on several workers the results of a step, which are scalars, are reduced
along an axis that they do not have. `repair` mends both, each mend letting Keras try first, so that it steps aside in a
release that works.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable
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
    """The cluster that the environment describes: by Slurm's variables, or by TF_CONFIG."""
    import tensorflow as tf

    if "TF_CONFIG" not in os.environ and int(os.environ.get("SLURM_NTASKS", 1)) > 1:
        return tf.distribute.cluster_resolver.SlurmClusterResolver()
    return tf.distribute.cluster_resolver.TFConfigClusterResolver()


def described() -> bool:
    """Whether the environment describes a cluster of several workers.

    Raises:
        ValueError: if its description cannot be read.
    """
    if "TF_CONFIG" not in os.environ and "SLURM_NTASKS" not in os.environ:
        return False
    try:
        return sum(map(len, cluster().cluster_spec().as_dict().values())) > 1
    except (ValueError, RuntimeError, KeyError, TypeError) as error:
        raise ValueError(f"The cluster that the environment describes cannot be read: {error}") from error


def join() -> tuple[tf.distribute.MultiWorkerMirroredStrategy, bool]:
    """This worker's strategy, once all others have come, and whether it is the chief.

    Raises:
        ValueError: if no cluster is described, or TensorFlow has computed something already.
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
    """Whether the flag is set on any worker; all must ask."""
    import tensorflow as tf

    return bool(_total(strategy)(tf.constant(float(flag))) > 0)


@functools.cache
def _total(strategy):
    """The sum of a number over all workers: compiled once, since it is asked for after every batch."""
    import tensorflow as tf

    return tf.function(lambda number: strategy.reduce("SUM", strategy.run(tf.identity, args=(number,)), axis=None))


def averaging(strategy: tf.distribute.Strategy, variables: Iterable[keras.Variable]) -> Callable[[], None]:
    """A function that gives every replica the mean of its variables over all of them; all workers must call it."""
    import tensorflow as tf

    values = [variable.value for variable in variables]
    sizes = [value.shape.num_elements() for value in values]

    def joined():
        return tf.concat([tf.reshape(value, [-1]) for value in values], axis=0)

    def assign(mean):
        for value, part in zip(values, tf.split(mean, sizes), strict=True):
            value.assign(tf.reshape(part, value.shape))

    @tf.function
    def average():
        strategy.run(assign, args=(strategy.reduce("MEAN", strategy.run(joined), axis=None),))

    return average if values else lambda: None
